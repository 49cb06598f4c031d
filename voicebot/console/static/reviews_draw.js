// Drawing calls to review.

import { ask, tell } from "./ask.js";
import { word } from "./words.js";

const form = document.getElementById("draw");
const wrong = document.getElementById("wrong");
const REASONS = ["people", "not_eligible", "no_calls", "scorecard"];

function listing() {
  document.getElementById("listed-field").hidden = form.only.value !== "listed";
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
