// The inbox: walking through it by keys, deeds on one message or on many, sending again.

import { Refused, ask, tell } from "./ask.js";
import { onKeys } from "./frame_keys.js";
import { word } from "./words.js";

const { root } = document.body.dataset;
const AT = "voicebot-messages-at";
const TOLD = "voicebot-messages-told";

const one = document.getElementById("one");
const rows = [...document.querySelectorAll(".message-row")];
const picks = rows.map((row) => row.querySelector(".pick")).filter(Boolean);
const mayChange = picks.length > 0 || one?.hasAttribute("data-may-change");

function linkOf(row) {
  return row.querySelector(".item");
}

function current() {
  return rows.find((row) => row.contains(document.activeElement)) ?? rows.find((row) => linkOf(row).hasAttribute("aria-current"));
}

/** The message that a key is meant for: the one that has the focus, else the one that is open. */
function meant() {
  return current() ?? one;
}

function walk(step) {
  if (!rows.length) return;
  const at = rows.indexOf(current());
  const next = rows[Math.min(rows.length - 1, Math.max(0, at < 0 ? 0 : at + step))];
  linkOf(next).focus();
  next.scrollIntoView({ block: "nearest" });
}

function again(call, told, path) {
  sessionStorage.setItem(AT, call);
  sessionStorage.setItem(TOLD, told);
  if (path) location.assign(path);
  else location.reload();
}

async function tried(deed) {
  try {
    return await deed();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    tell(word("messages.refused", { reason: error.message }));
    return undefined;
  }
}

async function handle(calls, how, to = "", path = "") {
  const done = await tried(() => ask("/messages/handle", { calls, how, to }));
  if (done) again(calls[0], word("messages.handled", { n: done.handled }), path);
}

function listAddress() {
  return `${root}/messages${location.search}`;
}

/** An open message that becomes unread is closed, or looking at it would make it read again. */
function unread(what) {
  const how = what.hasAttribute("data-unread") ? "read" : "unread";
  const open = one && one.dataset.call === what.dataset.call;
  handle([what.dataset.call], how, "", open && how === "unread" ? listAddress() : "");
}

async function read() {
  if (!one?.hasAttribute("data-unread") || !one.hasAttribute("data-may-change")) return;
  const done = await tried(() => ask("/messages/handle", { calls: [one.dataset.call], how: "read" }));
  if (!done) return;
  one.removeAttribute("data-unread");
  const row = rows.find((row) => row.dataset.call === one.dataset.call);
  row?.removeAttribute("data-unread");
  row?.querySelectorAll(".unread-mark, .unread-mark + .visually-hidden").forEach((mark) => mark.remove());
  row?.querySelector(".item").classList.remove("unread");
}

function chosen() {
  return picks.filter((pick) => pick.checked).map((pick) => pick.value);
}

function showChosen() {
  const calls = chosen();
  const said = document.getElementById("chosen");
  said.textContent = calls.length ? word("messages.selected", { n: calls.length }) : said.dataset.none;
  document.getElementById("bulk").hidden = !calls.length;
  const all = document.getElementById("all");
  all.checked = calls.length === picks.length;
  all.indeterminate = calls.length > 0 && calls.length < picks.length;
}

function askToResend(button) {
  const dialog = document.getElementById("resending");
  const { resend, to, by } = button.dataset;
  document.getElementById("resending-what").textContent = resend ? word("messages.resend_ask", { to, by }) : word("messages.resend_ask_dead");
  document.getElementById("resending-no").onclick = () => dialog.close();
  document.getElementById("resending-yes").onclick = async () => {
    dialog.close();
    const sent = await tried(() => ask(`/messages/${one.dataset.call}/resend`, { dispatch: resend }));
    if (sent) again(one.dataset.call, word("messages.resent", { n: sent.queued }));
  };
  dialog.showModal();
}

const keys = {
  j: () => walk(1),
  k: () => walk(-1),
  Enter: () => current() && linkOf(current()).click(),
  "/": () => document.getElementById("search").select(),
};
if (mayChange) {
  keys.u = () => meant() && unread(meant());
  keys.e = () => meant() && handle([meant().dataset.call], meant().hasAttribute("data-done") ? "reopened" : "done");
  keys.a = () => meant() && handle([meant().dataset.call], "assigned", "me");
  keys.x = () => current()?.querySelector(".pick")?.click();
}
onKeys(keys);

document.getElementById("rows")?.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  walk(step);
});
document.addEventListener("keydown", (event) => {
  if (document.activeElement === document.body && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    walk(event.key === "ArrowDown" ? 1 : -1);
  }
});
for (const pick of picks) pick.addEventListener("change", showChosen);
document.getElementById("all")?.addEventListener("change", (event) => {
  for (const pick of picks) pick.checked = event.target.checked;
  showChosen();
});
for (const button of document.querySelectorAll("[data-bulk]")) {
  button.addEventListener("click", () => handle(chosen(), button.dataset.bulk, button.dataset.bulk === "assigned" ? "me" : ""));
}
for (const button of document.querySelectorAll("[data-deed]")) {
  button.addEventListener("click", () => (button.dataset.deed === "unread" ? unread(one) : handle([one.dataset.call], button.dataset.deed)));
}
for (const button of document.querySelectorAll("[data-resend]")) button.addEventListener("click", () => askToResend(button));
document.getElementById("assign")?.addEventListener("change", (event) => handle([one.dataset.call], "assigned", event.target.value));

const at = sessionStorage.getItem(AT);
const told = sessionStorage.getItem(TOLD);
sessionStorage.removeItem(AT);
sessionStorage.removeItem(TOLD);
if (told) tell(told);
const back = rows.find((row) => row.dataset.call === at) ?? (one && current());
if (back) linkOf(back).focus({ preventScroll: false });
read();
