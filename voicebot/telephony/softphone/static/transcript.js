// The conversation as it is written: one bubble per caller turn and per sentence, with what was understood.

import { name, word } from "./words.js";

const LOST_AFTER = ["call_ended"];

export class Transcript {
  #list;
  #events = null;
  #turns = new Map();
  #sentences = new Map();

  constructor(list) {
    this.#list = list;
  }

  /** Follows a call's events (server-sent, in order, replayed from the first). */
  follow(address) {
    this.#events?.close();
    this.#events = new EventSource(address);
    for (const [kind, write] of Object.entries(this.#writers())) {
      this.#events.addEventListener(kind, ({ data }) => {
        write(JSON.parse(data).data);
        if (LOST_AFTER.includes(kind)) this.#events.close();
      });
    }
  }

  begin() {
    this.#events?.close();
    this.#list.replaceChildren();
    this.#turns.clear();
    this.#sentences.clear();
  }

  note(wordName, more = "", kind = "note") {
    const item = this.#add(kind);
    name(item.appendChild(document.createElement("span")), wordName);
    if (more) item.append(` : ${more}`);
  }

  say(text, language) {
    this.#add("receptionist", text, language);
  }

  #writers() {
    return {
      caller_said: (said) => this.#turns.set(said.turn, this.#add("caller", said.text, said.language)),
      receptionist_says: (said) =>
        this.#sentences.set(said.sentence, this.#add("receptionist unplayed", said.text, said.language)),
      sentence_played: ({ sentence, played }) => this.#played(this.#sentences.get(sentence), played),
      acts_understood: ({ turn, acts }) => this.#understood(this.#turns.get(turn), acts),
      turn_answered: ({ turn, wait_ms }) => this.#chip(this.#turns.get(turn), `${Math.round(wait_ms)} ms`, "wait"),
      keys_pressed: ({ keys }) => this.note("keys", keys),
      caller_silent: ({ silence_s }) => this.note("silence", `${Math.round(silence_s)} s`),
      message_recorded: () => this.note("message"),
      recording_stopped: () => this.note("recording_stopped"),
      line_lost: () => this.note("line_lost"),
      trouble: ({ code }) => this.note("trouble", code, "note trouble"),
      call_ended: () => this.note("ended"),
    };
  }

  #played(bubble, played) {
    if (!bubble) return;
    bubble.classList.toggle("unplayed", played === "none");
    bubble.classList.toggle("cut", played === "part");
  }

  #understood(bubble, acts) {
    for (const act of acts) {
      const what = act.value ?? act.scenario ?? act.red_flag ?? act.name ?? act.faq ?? act.keys ?? "";
      this.#chip(bubble, what ? `${word(act.kind)} : ${what}` : word(act.kind));
    }
  }

  #chip(bubble, text, kind = "") {
    if (!bubble) return;
    let row = bubble.querySelector(".understood");
    if (!row) {
      row = bubble.appendChild(document.createElement("div"));
      row.className = "understood";
    }
    const chip = row.appendChild(document.createElement("span"));
    chip.textContent = text;
    if (kind) chip.className = kind;
  }

  #add(kind, text = "", language = "") {
    const item = document.createElement("li");
    item.className = kind;
    if (language) item.lang = language;
    if (text) {
      const words = item.appendChild(document.createElement("span"));
      words.className = "text";
      words.textContent = text;
    }
    this.#list.append(item);
    this.#list.scrollTop = this.#list.scrollHeight;
    return item;
  }
}
