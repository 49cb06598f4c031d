// What every page does: says which keys it knows, leads to other pages by keys, and takes away what was said.

import { keysAreOn, onKeys, switchKeys } from "./frame_keys.js";
import { showTimes } from "./frame_times.js";

const TOLD_MS = 7000;

const told = document.getElementById("told");
let takenAway;
new MutationObserver(() => {
  clearTimeout(takenAway);
  if (told.textContent) takenAway = setTimeout(() => told.replaceChildren(), TOLD_MS);
}).observe(told, { childList: true, characterData: true, subtree: true });

showTimes();

const keys = document.getElementById("keys");
if (keys) {
  const on = document.getElementById("keys-on");
  on.checked = keysAreOn();
  on.addEventListener("change", () => switchKeys(on.checked));
  document.getElementById("keys-button").addEventListener("click", () => keys.showModal());
  const pages = [...document.querySelectorAll(".bar nav a")];
  const ways = pages.map((page, at) => [`g ${at + 1}`, () => page.click()]);
  onKeys({ "?": () => keys.showModal(), ...Object.fromEntries(ways) });
}
