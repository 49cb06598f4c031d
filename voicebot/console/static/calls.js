// The archive: walking through it by keys.

import { onKeys } from "./frame_keys.js";

const links = [...document.querySelectorAll(".call-row a")];

function walk(step) {
  const at = links.indexOf(document.activeElement);
  const next = links[Math.min(links.length - 1, Math.max(0, at < 0 ? 0 : at + step))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

onKeys({ j: () => walk(1), k: () => walk(-1), "/": () => document.getElementById("search").select() });
