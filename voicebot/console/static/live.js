// The cockpit: all calls on the line, the riskiest first; one of them is watched closely, heard, whispered to, or taken over.

import { ask, tell } from "./ask.js";
import { CardView } from "./card.js";
import { element, fill, serverSays, ticking, urgency } from "./card_parts.js";
import { TranscriptView } from "./card_transcript.js";
import { Talk, whyNot } from "./desk_talk.js";
import { onKeys } from "./frame_keys.js";
import { Headset } from "./headset.js";
import { word } from "./words.js";

const { root } = document.body.dataset;
const find = (id) => document.getElementById(id);
const headset = new Headset();
const talk = new Talk(headset);
const card = new CardView(find("card"), { correctable: true });
const said = new TranscriptView(find("said"));
const calls = new Map();
const rows = new Map();
let chosen = "";
let stream = null;
let tasks = null;
/** What the headset is on for: { call, purpose: "listen" | "talk", handoff, since }, or null. */
let worn = null;

// What the stream tells

function follow() {
  stream?.close();
  const mine = new EventSource(`${root}/live/events${chosen ? `?call=${encodeURIComponent(chosen)}` : ""}`);
  stream = mine;
  const on = (name, deed) => mine.addEventListener(name, ({ data }) => mine === stream && deed(JSON.parse(data)));
  on("calls", (told) => {
    calls.clear();
    showCalls(told);
  });
  on("calls_changed", showCalls);
  on("card", (told) => {
    card.show(told.card);
    tasks = told.tasks;
    showTalk();
  });
  on("said", (told) => said.add(told));
  on("decided", showDecided);
  mine.addEventListener("open", () => (find("live-lost").hidden = true));
  mine.addEventListener("error", () => {
    if (mine !== stream) return;
    find("live-lost").hidden = false;
    if (mine.readyState === EventSource.CLOSED) setTimeout(follow, 2000);
  });
}

function showCalls({ now, calls: told }) {
  serverSays(now);
  for (const one of told) {
    if (one.over) calls.delete(one.id);
    else calls.set(one.id, one);
  }
  const ranked = [...calls.values()].sort((a, b) => b.risk - a.risk || a.started_at.localeCompare(b.started_at));
  find("live-count").textContent = String(ranked.length);
  for (const gone of [...rows.keys()].filter((id) => !calls.has(id))) rows.delete(gone);
  const list = find("calls");
  const items = ranked.map(row);
  if (items.some((item, at) => list.children[at] !== item) || list.children.length !== items.length) {
    const focused = list.contains(document.activeElement) ? document.activeElement : null;
    list.replaceChildren(...(items.length ? items : [element("li.empty", {}, element("strong", {}, word("live.none")), word("live.none_why"))]));
    focused?.focus();
  }
  showWatched();
}

/** The same element for the same call, so that the focus stays where it is. */
function row(one) {
  let item = rows.get(one.id);
  if (!item) {
    item = element("li", { "data-call": one.id }, element("button.item", { type: "button", on: { click: () => choose(one.id) } }));
    rows.set(one.id, item);
  }
  const button = item.firstElementChild;
  if (one.id === chosen) button.setAttribute("aria-current", "true");
  else button.removeAttribute("aria-current");
  fill(button, JSON.stringify(one), () => [
    element("div.row", {}, risk(one.risk), urgency(one.urgency), element("strong.grow.cut", {}, one.client_name), element("span.badge.off", { title: word(`card.language.${one.language}`) }, one.language.toUpperCase()), ticking(one.started_at)),
    element("div.row.small", {}, ...one.reasons.map((reason) => element("span.badge.warn", {}, reasonWord(reason))), one.with && element("span.badge.info", {}, word("live.with", { who: one.with })), one.listeners ? element("span.badge", {}, word("live.listeners", { n: one.listeners })) : null, one.rehearsal && element("span.badge", {}, word("card.rehearsal"))),
    element("div.item-more", {}, one.last ? `${word(`said.${one.last_by}`)} : ${one.last}` : word("live.nothing_said")),
  ]);
  return item;
}

function risk(score) {
  return element("span.live-risk", {}, element("meter", { min: 0, max: 100, low: 34, high: 67, optimum: 0, value: score, "aria-label": word("live.risk") }), element("strong.small", {}, String(score)));
}

function reasonWord(reason) {
  return word(`risk.${reason}`);
}

// The one that is watched

function choose(call) {
  if (call === chosen) return;
  if (worn?.purpose === "listen") headset.takeOff();
  chosen = call;
  card.clear();
  said.clear();
  find("decided").replaceChildren();
  for (const [id, item] of rows) item.firstElementChild.toggleAttribute("aria-current", id === call);
  if (rows.has(call)) rows.get(call).firstElementChild.setAttribute("aria-current", "true");
  showWatched();
  follow();
}

function showWatched() {
  const one = calls.get(chosen);
  find("watch").hidden = !chosen;
  find("nothing").hidden = Boolean(chosen);
  find("watch-title").textContent = one ? one.client_name : word("live.over");
  find("watch-with").hidden = !one?.with;
  find("watch-with").textContent = one?.with ? word("live.with", { who: one.with }) : "";
  for (const id of ["listen", "take-over", "hint"]) find(id).disabled = !one || (id === "take-over" && Boolean(one.with));
  find("hint-form").querySelector("button").disabled = !one;
  find("listen").setAttribute("aria-pressed", String(worn?.purpose === "listen"));
  showTalk();
}

function showDecided({ whole, turns }) {
  const list = find("decided");
  if (whole) list.replaceChildren();
  for (const { turn, decisions } of turns) {
    for (const one of decisions) {
      list.prepend(element("li.live-decision", {}, element("div.row", {}, element("span.badge", {}, word("live.turn", { n: turn })), element("strong", {}, one.action.replaceAll("_", " ")), one.subject), element("div.small.soft", {}, `${one.rule} ← `, element("code", {}, one.because))));
    }
  }
}

// Deeds

function move(step) {
  const order = [...find("calls").querySelectorAll("li[data-call]")].map((item) => item.dataset.call);
  if (!order.length) return;
  const at = order.indexOf(chosen);
  choose(order[at < 0 ? 0 : Math.min(order.length - 1, Math.max(0, at + step))]);
  rows.get(chosen)?.firstElementChild.focus();
}

async function putOn(what, purpose) {
  const call = chosen;
  if (!calls.has(call) || talk.handoff) return;
  const asked = performance.now();
  try {
    const opening = headset.warm();
    // Nothing is claimed for a headset that cannot be put on.
    await opening;
    const ticket = await ask(`/live/calls/${encodeURIComponent(call)}/${what}`, {});
    if (headset.worn) headset.takeOff();
    await headset.putOn(ticket, asked);
    worn = { call, purpose, handoff: ticket.handoff, since: "" };
    find("watch-sound").textContent = purpose === "listen" ? word("live.listening") : "";
  } catch (failure) {
    tell(whyNot(failure));
  }
  showWatched();
}

function listen() {
  if (worn?.purpose === "listen") headset.takeOff();
  else putOn("listen", "listen");
}

async function hint(event) {
  event.preventDefault();
  const text = find("hint").value.trim();
  if (!text || !chosen) return;
  try {
    await ask(`/live/calls/${encodeURIComponent(chosen)}/hint`, { text });
    find("hint").value = "";
    tell(word("live.hinted"));
  } catch (failure) {
    tell(whyNot(failure));
  }
}

function showTalk() {
  document.querySelector(".live-deeds").hidden = worn?.purpose === "talk";
  if (worn?.purpose !== "talk") {
    talk.clear();
    return;
  }
  const labels = Object.fromEntries((card.card?.lines ?? []).map((line) => [line.detail, line.label]));
  talk.show({ handoff: worn.handoff, title: word("talk.title", { client: card.card?.client_name ?? "" }), since: worn.since, way: "browser", tasks, labels });
}

headset.addEventListener("on", () => {
  if (worn) worn.since = new Date().toISOString();
  showTalk();
});
headset.addEventListener("sound", ({ detail }) => (find("watch-sound").textContent = `${find("watch-sound").textContent} ${word("talk.sound", { ms: detail })}`));
headset.addEventListener("off", () => {
  worn = null;
  find("watch-sound").textContent = "";
  showWatched();
});
find("listen").addEventListener("click", listen);
find("take-over").addEventListener("click", () => putOn("take-over", "talk"));
find("hint-form").addEventListener("submit", hint);
find("hint").addEventListener("keydown", (event) => event.key === "Escape" && find("hint").blur());
const unless = (deed) => () => !talk.handoff && deed();
onKeys({
  ArrowDown: () => move(1), ArrowUp: () => move(-1),
  l: unless(listen), L: unless(listen), w: () => find("hint").focus(), W: () => find("hint").focus(),
  t: unless(() => putOn("take-over", "talk")), T: unless(() => putOn("take-over", "talk")),
});
addEventListener("pagehide", () => headset.takeOff());
follow();
