// « Rappels promis » : who was told that we call back, with the words of the promise, until somebody has called.

import { ask, tell } from "./ask.js";
import { element, fill, shortNumber, ticking, urgency } from "./card_parts.js";
import { whyNot } from "./desk_talk.js";
import { word } from "./words.js";

const find = (id) => document.getElementById(id);

export function showCallbacks(callbacks, me) {
  const open = callbacks.filter((one) => one.status !== "done");
  find("callbacks-count").textContent = String(open.length);
  const focused = document.activeElement?.dataset.deed;
  fill(find("callbacks"), JSON.stringify([callbacks, me]), () => (callbacks.length ? callbacks.map((one) => shown(one, me)) : element("li.empty", {}, element("strong", {}, word("callbacks.none")), word("callbacks.none_why"))));
  if (focused) document.querySelector(`[data-deed="${CSS.escape(focused)}"]`)?.focus();
}

function shown(one, me) {
  const done = one.status === "done";
  return element(
    done ? "li.desk-callback.done" : "li.desk-callback",
    { "data-callback": one.id },
    element("div.row", {}, urgency(one.urgency), element("strong.grow.cut", {}, one.name || word("card.unknown")), element("span.soft.small", {}, ticking(one.promised_at))),
    element("div", {}, element("a", { href: `tel:${one.number}` }, shortNumber(one.number)), element("span.soft", {}, ` · ${one.client_name}`)),
    element("p.small.desk-promise", { lang: one.language }, `« ${one.words} »`),
    element("div.row", {}, element(`span.badge.${done ? "good" : one.status === "open" ? "off" : "info"}`, {}, status(one)), ...(done ? [] : buttons(one, me))),
    one.note && element("p.small.soft", {}, one.note),
  );
}

function status(one) {
  const said = word(`callbacks.${one.status}`, { who: one.by_name, tries: one.tries });
  return one.tries && one.status !== "unreached" ? `${said} · ${word("callbacks.tries", { n: one.tries })}` : said;
}

function buttons(one, me) {
  const mine = one.by === me && one.status === "assigned";
  const deeds = mine ? ["done", "unreached"] : one.status === "assigned" ? [] : ["assigned"];
  return deeds.map((to) => element(`button.small-button${to === "done" ? ".good" : ""}`, { type: "button", "data-deed": `${one.id} ${to}`, on: { click: () => change(one, to) } }, word(`callbacks.to.${to}`)));
}

async function change(one, status) {
  try {
    await ask(`/desk/callbacks/${encodeURIComponent(one.id)}`, { status });
  } catch (failure) {
    tell(failure.reason === "taken" ? word("callbacks.taken") : whyNot(failure));
  }
}
