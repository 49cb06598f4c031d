// The versions of a client: going back to one of them is publishing it again.

import { ask, Refused } from "./ask.js";
import { word } from "./words.js";

const { client, base } = document.body.dataset;
const by = (id) => document.getElementById(id);
let chosen = "";

for (const button of document.querySelectorAll(".roll-back")) {
  button.addEventListener("click", () => {
    chosen = button.dataset.digest;
    by("dialog-words").textContent = word("clients.roll_back.sure", { n: button.dataset.version });
    by("dialog").showModal();
  });
}
by("dialog-no").addEventListener("click", () => by("dialog").close());
by("dialog-yes").addEventListener("click", async () => {
  by("dialog-yes").disabled = true;
  try {
    await ask(`/clients/${client}/roll-back`, { digest: chosen, base });
    location.assign(location.pathname);
  } catch (error) {
    by("dialog").close();
    by("dialog-yes").disabled = false;
    if (!(error instanceof Refused)) throw error;
    const problems = (error.content?.problems ?? []).map((one) => one.text).join(" · ");
    by("refused").textContent = error.status === 409 ? word("clients.conflict.words") : problems || error.reason;
    by("refused").hidden = false;
  }
});
