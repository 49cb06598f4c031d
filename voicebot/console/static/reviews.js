// The queue of reviews: walking through it by keys.

import { onKeys } from "./frame_keys.js";

const links = [...document.querySelectorAll("[data-review]")];

function walk(step) {
  const at = links.indexOf(document.activeElement);
  const next = links[Math.min(links.length - 1, Math.max(0, at < 0 ? 0 : at + step))];
  next?.focus();
}

onKeys({ j: () => walk(1), k: () => walk(-1), x: () => links[0]?.click() });
