// Elements without markup in strings: element("p.soft", { title }, "words", child).

export function element(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const made = document.createElement(tag);
  if (classes.length) made.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "on") for (const [event, deed] of Object.entries(value)) made.addEventListener(event, deed);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== "" && child !== false));
  return made;
}

/** Seconds as people read them on a clock: 4:07, 1:02:07. */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n) => String(n).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** Difference between the server's clock and this one, in ms. */
let ahead = 0;
export function serverSays(now) {
  ahead = Date.parse(now) - Date.now();
}

/** A time that ticks by itself. since or until: as the server wrote it. */
export function ticking(since, { until = "" } = {}) {
  const made = element("time.figures", until ? { "data-until": until } : { "data-since": since });
  show(made);
  return made;
}

function show(time) {
  const now = Date.now() + ahead;
  const { since, until } = time.dataset;
  const shown = clock((until ? Date.parse(until) - now : now - Date.parse(since)) / 1000);
  if (time.textContent !== shown) time.textContent = shown;
}
setInterval(() => document.querySelectorAll("time[data-since], time[data-until]").forEach(show), 500);

const ICONS = { p0: "⚠", p1: "▲", p2: "●", p3: "○", p4: "–" };

/** Urgency by icon, letter and colour. */
export function urgency(level) {
  return element(`span.badge.${level}`, {}, element("span", { "aria-hidden": "true" }, ICONS[level]), level.toUpperCase());
}

/** Replaces the content of a place, only when `key` says that it is different. */
export function fill(place, key, make) {
  if (place.dataset.shown === key) return;
  place.dataset.shown = key;
  place.replaceChildren(...[make()].flat());
}

/** +33639980001 → 06 39 98 00 01; others as they are. */
export function shortNumber(number) {
  const french = /^\+33(\d)(\d{8})$/.exec(number);
  return french ? `0${french[1]} ${french[2].match(/../g).join(" ")}` : number;
}
