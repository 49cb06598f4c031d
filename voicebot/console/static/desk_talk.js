// Talking with a caller: mute, hold, keypad, giving back with a task, hanging up. Desk and Live calls use it alike.

import { ask, tell } from "./ask.js";
import { element, fill, ticking } from "./card_parts.js";
import { onKeys } from "./frame_keys.js";
import { word } from "./words.js";

const find = (id) => document.getElementById(id);
const REASONS = ["taken", "over", "not_yours", "elsewhere", "busy", "no_line", "no_phone"];

/** What a refusal means, in words. */
export function whyNot(failure) {
  return word(REASONS.includes(failure.reason) ? `not.${failure.reason}` : failure.name === "NotAllowedError" || failure.name === "NotFoundError" ? "not.microphone" : "not.other");
}

export class Talk {
  #headset;
  #handoff = "";
  #held = false;
  #way = "browser";
  #caller = "";

  constructor(headset) {
    this.#headset = headset;
    find("mute").addEventListener("click", () => this.mute());
    find("hold").addEventListener("click", () => this.hold());
    find("keypad-button").addEventListener("click", () => this.#keypad(find("keypad").hidden));
    find("give-back").addEventListener("click", () => this.giveBack());
    find("hang-up").addEventListener("click", () => this.hangUp());
    for (const key of document.querySelectorAll("[data-key]")) key.addEventListener("click", () => this.press(key.dataset.key));
    find("back-stay").addEventListener("click", () => find("back").close(""));
    find("back-form").addEventListener("submit", (event) => this.#give(event));
    for (const id of ["back-detail", "back-text"]) find(id).addEventListener("change", (event) => (event.target.closest(".row").querySelector("input").checked = true));
    find("end").addEventListener("close", () => this.#end());
    headset.addEventListener("sound", ({ detail }) => (find("talk-sound").textContent = word("talk.sound", { ms: detail })));
    headset.addEventListener("key", ({ detail }) => this.#callerPressed(detail));
    const keys = Object.fromEntries([..."0123456789*#"].map((key) => [key, () => this.press(key)]));
    const during = (deed) => (event) => this.#handoff && deed.call(this, event);
    const deeds = { m: this.mute, h: this.hold, b: this.giveBack, x: this.hangUp, ...keys };
    onKeys(Object.fromEntries(Object.entries(deeds).flatMap(([key, deed]) => [[key, during(deed)], [key.toUpperCase(), during(deed)]])));
  }

  get handoff() {
    return this.#handoff;
  }

  /** handoff: as the server tells of one that is ours. tasks: { details, texts } that a caller can be given back for. */
  show({ handoff, title, since, way, tasks, labels }) {
    if (handoff !== this.#handoff) {
      this.#held = false;
      this.#caller = "";
      find("talk-sound").textContent = "";
      find("talk-keys").hidden = true;
      find("keyed").textContent = "";
      this.#pressed("hold", false);
      this.#pressed("mute", false);
    }
    this.#handoff = handoff;
    this.#way = way;
    find("talk").hidden = false;
    find("talk-title").textContent = title;
    fill(find("talk-time"), since || "", () => (since ? ticking(since) : word("talk.joining")));
    for (const id of ["mute", "keypad-button"]) find(id).hidden = way === "phone";
    this.#tasks(tasks, labels);
  }

  clear() {
    this.#handoff = "";
    find("talk").hidden = true;
    for (const id of ["back", "end"]) if (find(id).open) find(id).close("");
    this.#keypad(false);
  }

  mute() {
    const on = !this.#headset.muted;
    this.#headset.mute(on);
    this.#pressed("mute", on);
    tell(word(on ? "talk.muted" : "talk.unmuted"));
  }

  async hold() {
    await this.#asked("hold", { on: !this.#held }, () => {
      this.#held = !this.#held;
      this.#pressed("hold", this.#held);
      tell(word(this.#held ? "talk.held" : "talk.unheld"));
    });
  }

  press(key) {
    if (this.#way === "phone") return;
    this.#headset.press(key);
    this.#keypad(true);
    find("keyed").textContent = (find("keyed").textContent + key).slice(-24);
  }

  giveBack() {
    find("back-words").value = "";
    find("back-wrong").hidden = true;
    for (const radio of find("back-form").elements.kind) radio.checked = false;
    find("back").showModal();
    find("back-words").focus();
  }

  hangUp() {
    find("end").returnValue = "";
    find("end").showModal();
  }

  async #give(event) {
    event.preventDefault();
    const kind = find("back-form").elements.kind.value;
    const words = find("back-words").value.trim();
    if (!kind && !words) return this.#wrong(word("back.choose"));
    const detail = kind === "take_detail" ? find("back-detail").value : "";
    const text = kind === "send_text" ? find("back-text").value : "";
    try {
      await ask(`/desk/handoffs/${encodeURIComponent(this.#handoff)}/give-back`, words && !kind ? { words } : { kind, detail, text });
      find("back").close("give");
      tell(word("back.given"));
    } catch (failure) {
      this.#wrong(failure.reason === "not_understood" ? word("back.not_understood") : whyNot(failure));
    }
  }

  #wrong(said) {
    find("back-wrong").textContent = said;
    find("back-wrong").hidden = false;
    find("back-words").focus();
  }

  async #end() {
    if (find("end").returnValue === "end") await this.#asked("hang-up", {}, () => {});
  }

  async #asked(what, body, then) {
    try {
      await ask(`/desk/handoffs/${encodeURIComponent(this.#handoff)}/${what}`, body);
      then();
    } catch (failure) {
      tell(whyNot(failure));
    }
  }

  #callerPressed(key) {
    this.#caller = (this.#caller + key).slice(-12);
    find("talk-keys").hidden = false;
    find("talk-keys").textContent = word("talk.caller_keys", { keys: this.#caller });
  }

  #keypad(on) {
    find("keypad").hidden = !on;
    find("keypad-button").setAttribute("aria-expanded", String(on));
  }

  #pressed(id, on) {
    find(id).setAttribute("aria-pressed", String(on));
  }

  #tasks(tasks, labels) {
    const of = (id) => labels[id] || (id in NAMES ? word(NAMES[id]) : id);
    fill(find("back-detail"), JSON.stringify([tasks?.details, labels]), () => (tasks?.details ?? []).map((id) => element("option", { value: id }, of(id))));
    fill(find("back-text"), JSON.stringify(tasks?.texts), () => (tasks?.texts ?? []).map(({ id, title }) => element("option", { value: id }, title)));
    find("back-texts").hidden = !tasks?.texts?.length;
  }
}

const HOUSE = ["caller_name", "callback_number", "reason", "address", "access_codes", "company", "email", "preferred_slot"];
const NAMES = Object.fromEntries(HOUSE.map((id) => [id, `detail.${id}`]));
