// What a draft changes in past calls, shown in the dialog before it is published.

import { ask, Refused } from "./ask.js";
import { word } from "./words.js";

const ASK_MS = 400;

/**
 * Replays past calls under the text and shows what flips.
 * path: of the client. box: where it is shown. ready(allowed): whether the text may be published now; called again when it changes.
 * Returns a function that ends it.
 */
export function replayDraft(path, yaml, box, ready) {
  const state = { over: false };
  const bar = Object.assign(document.createElement("progress"), { max: 1, value: 0 });
  const line = Object.assign(document.createElement("p"), { textContent: word("clients.replay.begun") });
  line.setAttribute("role", "status");
  bar.setAttribute("aria-label", word("clients.replay.begun"));
  const skip = Object.assign(document.createElement("button"), { type: "button", textContent: word("clients.replay.skip") });
  skip.addEventListener("click", () => {
    cancel();
    said("clients.replay.skipped_by_you");
    ready(true);
  });
  box.replaceChildren(line, bar, skip);
  ready(false);

  function said(key) {
    box.replaceChildren(Object.assign(document.createElement("p"), { className: "soft", textContent: word(key) }));
  }

  function cancel() {
    if (state.over) return;
    state.over = true;
    ask(`${path}/replay/cancel`, {}).catch(known);
  }

  async function follow() {
    let told = await ask(`${path}/replay`, { yaml });
    while (!state.over && told.state === "running") {
      bar.max = told.of || 1;
      bar.value = told.done;
      if (told.of) line.textContent = word("clients.replay.progress", { done: told.done, of: told.of });
      await new Promise((go) => setTimeout(go, ASK_MS));
      if (!state.over) told = await ask(`${path}/replay`);
    }
    if (state.over) return;
    state.over = true;
    if (told.state !== "ready") {
      said(told.state === "unavailable" ? "clients.replay.unavailable" : "clients.replay.failed");
      return ready(true);
    }
    box.innerHTML = told.html;
    if (!told.danger) return ready(true);
    const tick = Object.assign(document.createElement("input"), { type: "checkbox", id: "replay-seen" });
    tick.addEventListener("change", () => ready(tick.checked));
    const label = Object.assign(document.createElement("label"), { className: "seen" });
    label.append(tick, " ", word("clients.replay.seen", { n: told.danger }));
    box.append(label);
  }

  follow().catch((error) => {
    state.over = true;
    said("clients.replay.failed");
    ready(true);
    known(error);
  });
  return cancel;
}

function known(error) {
  if (!(error instanceof Refused) && !(error instanceof TypeError)) throw error;
}
