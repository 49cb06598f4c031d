// The desk: one stream tells how things stand; what the agent does is asked of the server, and the stream shows what came of it.

import { ask, tell } from "./ask.js";
import { CardView } from "./card.js";
import { element, fill, serverSays, ticking, urgency } from "./card_parts.js";
import { TranscriptView } from "./card_transcript.js";
import { showCallbacks } from "./desk_callbacks.js";
import { Ring } from "./desk_ring.js";
import { Talk, whyNot } from "./desk_talk.js";
import { onKeys } from "./frame_keys.js";
import { Headset } from "./headset.js";
import { word } from "./words.js";

const { root, csrf } = document.body.dataset;
const find = (id) => document.getElementById(id);
const PAUSES = ["break", "lunch", "meeting", "training", "technical"];

const headset = new Headset();
const ring = new Ring();
const talk = new Talk(headset);
const card = new CardView(find("card"), { correctable: true });
const said = new TranscriptView(find("said"));
let desk = null;
let tasks = null;
let accepting = "";
/** A call that is over stays in sight while its agent writes. */
let kept = false;

const me = () => desk?.me?.state ?? "offline";
const way = () => find("covers").elements.way.value;

// What the stream tells

function follow() {
  const stream = new EventSource(`${root}/desk/events`);
  const on = (name, deed) => stream.addEventListener(name, ({ data }) => deed(JSON.parse(data)));
  on("desk", showDesk);
  on("card", (told) => {
    tasks = told.tasks;
    card.show(told.card);
    showCall();
  });
  on("said", (told) => said.add(told));
  on("call", () => {
    kept = me() === "wrap_up" || kept;
    if (!kept) forgetCall();
  });
  stream.addEventListener("open", () => document.body.removeAttribute("data-lost"));
  stream.addEventListener("error", () => {
    document.body.dataset.lost = "";
    find("me-state").replaceChildren(element("span.badge.warn", {}, word("desk.lost")));
    delete find("me-state").dataset.shown;
    if (stream.readyState === EventSource.CLOSED) setTimeout(follow, 2000);
  });
}

function showDesk(told) {
  serverSays(told.now);
  const before = desk;
  desk = told;
  kept = me() === "wrap_up" && card.card !== null;
  showMe();
  showQueue();
  showColleagues();
  showCallbacks(desk.callbacks, desk.user);
  showOffer(before);
  showTalk(before);
  showCall();
  if (!desk.offer && !desk.mine && !kept) forgetCall();
}

function forgetCall() {
  card.clear();
  said.clear();
  tasks = null;
  showCall();
}

function showCall() {
  const shown = card.card !== null && (desk?.offer || desk?.mine || kept);
  find("call").hidden = !shown;
  find("nothing").hidden = Boolean(shown || desk?.offer || desk?.mine);
  find("nothing-why").textContent = word(me() === "available" ? "desk.nothing_available" : "desk.nothing_why");
  find("said-live").hidden = kept;
}

// My state

function showMe() {
  const state = me();
  const since = desk.me?.since;
  const shown = JSON.stringify([state, since, desk.me?.reason, desk.me?.way, desk.wrap_up_s]);
  fill(find("me-state"), shown, () => [
    element(`span.badge.${{ available: "good", offline: "off", paused: "warn", wrap_up: "warn" }[state] ?? "info"}`, {}, element(`span.dot${state === "available" ? ".full" : ""}`, { "aria-hidden": "true" }), word(`state.${state}`)),
    desk.me?.reason ? element("span.small.soft", {}, desk.me.reason) : "",
    since && state !== "offline" ? (state === "wrap_up" ? wrapUp(since) : element("span.small.soft", {}, ticking(since))) : "",
  ]);
  fill(find("me-buttons"), state, () => buttons(state));
  find("me-told").hidden = !(state === "available" && desk.me.way === "browser" && !headset.open);
  find("me-told").textContent = word("desk.headset_closed");
  const covers = find("covers").elements;
  if (desk.me && document.activeElement?.form !== find("covers")) covers.way.value = desk.me.way;
  find("covers-short").textContent = word(`desk.way.${way()}`);
}

function wrapUp(since) {
  const until = new Date(Date.parse(since) + desk.wrap_up_s * 1000).toISOString();
  return element("strong.small", {}, ticking("", { until }));
}

function buttons(state) {
  const deed = (name, said, wish, kind = "") => element(`button${kind}`, { type: "button", "data-deed": name, on: { click: wish } }, said);
  const pause = element("select", { "aria-label": word("desk.pause"), id: "pause", on: { change: (event) => event.target.value && setState("paused", event.target.value) } }, element("option", { value: "" }, word("desk.pause")), ...PAUSES.map((one) => element("option", {}, word(`desk.pause.${one}`))));
  const available = deed("available", word(state === "wrap_up" ? "desk.ready" : "desk.available"), available_, ".primary");
  const offline = deed("offline", word("desk.offline"), () => setState("offline"));
  if (state === "offline") return [available];
  if (state === "paused") return [available, offline];
  if (state === "wrap_up") return [available, deed("moment", word("desk.moment"), () => setState("paused", word("desk.moment_reason")))];
  if (state === "available") return [pause, offline];
  return [element("span.soft.small", {}, word("desk.after_call")), pause];
}

async function available_() {
  ring.warm();
  const covers = find("covers");
  const chosen = (name) => [...covers.querySelectorAll(`input[name=${name}]`)];
  const part = (name) => (chosen(name).every((one) => one.checked) ? [] : chosen(name).filter((one) => one.checked).map((one) => one.value));
  try {
    if (way() === "browser") await headset.warm();
    await ask("/desk/state", { state: "available", clients: part("client"), languages: part("language"), way: way() });
  } catch (failure) {
    tell(whyNot(failure));
  }
}

async function setState(state, reason = "") {
  try {
    await ask("/desk/state", { state, reason });
  } catch (failure) {
    tell(whyNot(failure));
  }
}

// The queue

function showQueue() {
  const waiting = desk.queue.filter((one) => one.status === "waiting" || one.status === "ringing");
  find("queue-count").textContent = String(waiting.length);
  fill(find("queue"), JSON.stringify([desk.queue, desk.offer, desk.mine]), () => (desk.queue.length ? desk.queue.map(inQueue) : element("li.empty", {}, element("strong", {}, word("queue.none")), word("queue.none_why"))));
}

function inQueue(one) {
  const mine = one.id === desk.offer || one.id === desk.mine;
  const how = one.taker ? word("queue.with", { who: one.taker }) : one.ringing ? word("queue.rings", { who: one.ringing }) : word(one.passed_over ? "queue.waits_again" : "queue.waits", { n: one.passed_over });
  return element(
    mine ? "li.desk-waiting.selected" : "li.desk-waiting",
    { "data-handoff": one.id },
    element("div.row", {}, urgency(one.urgency), element("strong.grow.cut", {}, one.client_name), element("span.badge.off", { title: word(`card.language.${one.language}`) }, one.language.toUpperCase()), ticking(one.queued_at)),
    element("div.small.soft", {}, element("span", { "aria-hidden": "true" }, one.taker ? "● " : one.ringing ? "☎ " : "… "), how, one.rehearsal ? ` · ${word("card.rehearsal")}` : ""),
  );
}

function showColleagues() {
  fill(find("colleagues"), JSON.stringify(desk.colleagues), () =>
    desk.colleagues.length
      ? desk.colleagues.map((one) => element("li.desk-colleague.row", {}, element("span.grow.cut", {}, one.name), element(`span.badge${one.state === "available" ? ".good" : ""}`, {}, word(`state.${one.state}`)), element("span.soft.small", {}, ticking(one.since))))
      : element("li.desk-colleague.soft", {}, word("desk.alone")),
  );
}

// The offer

function showOffer(before) {
  const offered = desk.queue.find((one) => one.id === desk.offer);
  find("offer").hidden = !offered;
  if (offered) {
    const byPhone = desk.me?.way === "phone";
    find("offer-title").textContent = word("desk.rings_for", { client: offered.client_name });
    fill(find("offer-more"), JSON.stringify([offered.ring_until, byPhone]), () => [byPhone ? word("desk.phone_rings") : "", offered.ring_until ? ticking("", { until: offered.ring_until }) : ""].filter(Boolean));
    find("offer-buttons").hidden = byPhone;
    if (!byPhone && accepting !== offered.id) ring.start(word("desk.rings_for", { client: offered.client_name }));
  } else ring.stop();
  const was = before?.offer;
  if (was && was !== desk.offer && was !== desk.mine && was !== accepting) lostOffer(was);
}

/** Somebody else has it, it went to the next one, or the caller hung up: said, so that nobody wonders. */
async function lostOffer(handoff) {
  try {
    const { status, taker } = await ask(`/desk/handoffs/${encodeURIComponent(handoff)}`);
    tell(taker ? word("desk.taken_by", { who: taker }) : word(status === "abandoned" ? "desk.abandoned" : status === "called_back" ? "desk.called_back" : "desk.went_on"));
  } catch {
    tell(word("desk.went_on"));
  }
}

async function accept() {
  const handoff = desk?.offer;
  if (!handoff || accepting || desk.me?.way === "phone") return;
  accepting = handoff;
  ring.stop();
  const asked = performance.now();
  try {
    const ticket = await ask(`/desk/handoffs/${encodeURIComponent(handoff)}/accept`, {});
    await headset.putOn(ticket, asked);
  } catch (failure) {
    if (failure.reason === "taken" || failure.reason === "over") await lostOffer(handoff);
    else tell(whyNot(failure));
  } finally {
    accepting = "";
  }
}

async function decline() {
  const handoff = desk?.offer;
  if (!handoff || desk.me?.way === "phone") return;
  ring.stop();
  accepting = handoff;
  try {
    await ask(`/desk/handoffs/${encodeURIComponent(handoff)}/decline`, {});
    tell(word("desk.declined"));
  } catch (failure) {
    tell(whyNot(failure));
  } finally {
    accepting = "";
  }
}

// The caller is mine

function showTalk(before) {
  const mine = desk.queue.find((one) => one.id === desk.mine);
  if (!mine) {
    talk.clear();
    if (before?.mine && headset.worn) headset.takeOff();
    return;
  }
  const labels = Object.fromEntries((card.card?.lines ?? []).map((line) => [line.detail, line.label]));
  talk.show({ handoff: mine.id, title: word("talk.title", { client: mine.client_name }), since: mine.talking_at, way: mine.way, tasks, labels });
}

find("accept").addEventListener("click", accept);
find("decline").addEventListener("click", decline);
const offered = (deed) => () => desk?.offer && deed();
onKeys({
  Enter: offered(accept), a: offered(accept), A: offered(accept), d: offered(decline), D: offered(decline),
  o: () => me() !== "available" && available_(), p: () => find("pause")?.focus(),
});
find("covers").addEventListener("change", () => {
  find("covers-short").textContent = word(`desk.way.${way()}`);
  if (me() === "available") available_();
});
// A closed window takes no calls: its agent is told off at once, not when somebody rings in vain.
addEventListener("pagehide", () => {
  headset.takeOff();
  if (desk?.me?.way !== "browser" || me() === "offline") return;
  fetch(`${root}/desk/state`, { method: "POST", keepalive: true, headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf }, body: JSON.stringify({ state: "offline" }) });
});
follow();
