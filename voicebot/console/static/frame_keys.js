// Keys without a modifier, for every page: they rest while somebody writes, while a dialog is open, and when switched off.

const OFF = "voicebot-keys-off";
const TWO_KEYS_MS = 1200;

export function keysAreOn() {
  return localStorage.getItem(OFF) === null;
}

export function switchKeys(on) {
  if (on) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, "1");
}

/** deeds: { "j": next, "g 1": toDesk, "Enter": open }; a deed gets the event. Two keys in a row are parted by a blank. */
export function onKeys(deeds) {
  let first = "";
  let forgotten;
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || resting(event)) return;
    // On a French keyboard a digit is typed with shift: after a first key, its place on the keyboard is enough.
    const key = (first && /^Digit(\d)$/.exec(event.code)?.[1]) || event.key;
    const pressed = first ? `${first} ${key}` : key;
    first = "";
    clearTimeout(forgotten);
    const deed = Object.hasOwn(deeds, pressed) ? deeds[pressed] : undefined;
    if (deed) {
      event.preventDefault();
      deed(event);
    } else if (Object.keys(deeds).some((keys) => keys.startsWith(`${event.key} `))) {
      first = event.key;
      forgotten = setTimeout(() => (first = ""), TWO_KEYS_MS);
    }
  });
}

function resting(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || !keysAreOn()) return true;
  if (document.querySelector("dialog[open]")) return true;
  const at = event.target;
  if (at.closest("input:not([type=checkbox], [type=radio], [type=button], [type=range]), select, textarea, [contenteditable]")) return true;
  // Enter and space belong to what has the focus.
  return (event.key === "Enter" || event.key === " ") && Boolean(at.closest("a, button, summary, input, [role=button], [role=tab]"));
}
