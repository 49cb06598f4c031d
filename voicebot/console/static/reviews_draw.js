// Drawing calls to review.

import { ask, tell } from "./ask.js";
import { onKeys } from "./frame_keys.js";
import { daysOf, MOST_CALLS, NoResult, readResult } from "./reviews_result.js";
import { word } from "./words.js";

const form = document.getElementById("draw");
const wrong = document.getElementById("wrong");
const chosen = document.getElementById("result");
const told = document.getElementById("result-told");
const REASONS = ["people", "not_eligible", "no_calls", "scorecard"];

function listing() {
  document.getElementById("listed-field").hidden = form.only.value !== "listed";
}

let result = null;

/** Names the failed calls of the chosen client; the days are widened so that they hold them all. */
function nameFailed() {
  if (!result) return;
  const mine = result.failed.filter((one) => one.client === form.client.value).slice(0, MOST_CALLS);
  form.listed.value = mine.map((one) => one.id).join("\n");
  const days = daysOf(mine);
  if (days) {
    if (form.first.value && days.first < form.first.value) form.first.value = days.first;
    if (form.last.value && days.last > form.last.value) form.last.value = days.last;
  }
  const { of, failed } = result;
  const parts = { n: mine.length, others: failed.filter((one) => one.client !== form.client.value).length, of };
  told.textContent = word(failed.length ? "reviews.result_found" : "reviews.result_none", parts);
}

async function read() {
  result = null;
  form.listed.value = "";
  told.textContent = "";
  told.className = "hint";
  const [file] = chosen.files;
  if (!file) return;
  try {
    const found = await readResult(file);
    // Somebody may have chosen another file meanwhile.
    if (chosen.files[0] !== file) return;
    result = found;
    nameFailed();
  } catch (error) {
    if (!(error instanceof NoResult)) throw error;
    told.textContent = word(`reviews.result_${error.reason}`);
    told.className = "wrong";
  }
}

async function draw(event) {
  event.preventDefault();
  wrong.hidden = true;
  const said = new FormData(form);
  const body = {
    client: said.get("client"),
    first: said.get("first"),
    last: said.get("last"),
    calls: Number(said.get("calls")),
    only: said.get("only"),
    listed: said.get("listed").split(/\s+/).filter(Boolean),
    people: said.getAll("people"),
    seed: said.get("seed") === "" ? null : Number(said.get("seed")),
  };
  try {
    const { calls, found, seed } = await ask("/reviews/draw", body);
    tell(word("reviews.drawn", { n: calls, found, seed }));
    setTimeout(() => location.reload(), 1200);
  } catch (error) {
    wrong.textContent = word(`reviews.reason_${REASONS.includes(error.reason) ? error.reason : "other"}`);
    wrong.hidden = false;
  }
}

form?.addEventListener("submit", draw);
form?.only.addEventListener("change", listing);
form?.client.addEventListener("change", nameFailed);
chosen?.addEventListener("change", read);
if (form) {
  // A browser that goes back fills the form in again.
  listing();
  onKeys({ n: () => form.client.focus() });
}
