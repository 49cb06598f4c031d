// One scorecard, by keys: each change is kept as a draft at once, in order; submitting leads to the next call.

import { ask, tell } from "./ask.js";
import { onKeys } from "./frame_keys.js";
import { word } from "./words.js";

const card = document.getElementById("card");
const { call, deed } = card.dataset;
const locked = card.hasAttribute("data-locked");
const { root } = document.body.dataset;
const note = document.getElementById("note");
const saved = document.getElementById("saved");
const questions = [...card.querySelectorAll(".question")];
const REASONS = ["submitted", "incomplete", "answer"];
// The row of digits of a French keyboard, without shift.
const FRENCH_DIGITS = { "&": "1", "é": "2", '"': "3", "'": "4", "(": "5", "-": "6", "è": "7", "_": "8", "ç": "9", "à": "0" };

let at = 0;
let saving = Promise.resolve();
let pending = 0;
let leaving = false;

function answerOf(question) {
  const chosen = question.querySelector("input[type=radio]:checked");
  if (chosen) return chosen.value;
  return question.querySelector("[data-text]")?.value.trim() ?? "";
}

function answers() {
  return Object.fromEntries(questions.map((one) => [one.dataset.item, answerOf(one)]).filter(([, answer]) => answer));
}

function count() {
  const n = questions.filter(answerOf).length;
  document.getElementById("answered").textContent = questions.length ? word("reviews.answered", { n, of: questions.length }) : "";
}

function show(next, focus = true) {
  questions[at]?.classList.remove("now");
  at = Math.min(questions.length - 1, Math.max(0, next));
  const question = questions[at];
  if (!question) return;
  question.classList.add("now");
  question.scrollIntoView({ block: "nearest" });
  if (focus) question.focus({ preventScroll: true });
}

function sent() {
  const whole = { answers: answers(), note: note.value };
  return deed === "ruling" ? { ...whole, final: false } : whole;
}

/** Drafts are sent one after another, so that the last change is the one that is kept. */
function keep() {
  count();
  if (leaving) return;
  saved.textContent = word("reviews.saving");
  pending += 1;
  saving = saving.then(async () => {
    try {
      await ask(`/reviews/${call}/${deed === "ruling" ? "ruling" : "draft"}`, sent());
      pending -= 1;
      if (!pending) saved.textContent = word("reviews.saved");
    } catch (error) {
      pending -= 1;
      saved.textContent = word("reviews.not_saved");
      tell(word(`reviews.reason_${REASONS.includes(error.reason) ? error.reason : "other"}`));
    }
  });
}

function choose(question, key) {
  const input = [...question.querySelectorAll("[data-key]")].find(
    (one) => one.dataset.key === key || (one.value === "yes" && (key === "o" || key === "y")),
  );
  if (!input) return;
  input.checked = true;
  const text = question.querySelector("[data-text]");
  if (text) text.value = "";
  question.classList.remove("open-item");
  keep();
  show(at + 1);
}

function take(question, value) {
  const radio = [...question.querySelectorAll("input[type=radio]")].find((one) => one.value === value);
  const text = question.querySelector("[data-text]");
  for (const one of question.querySelectorAll("input[type=radio]")) one.checked = one === radio;
  if (text) text.value = radio ? "" : value;
  question.classList.remove("open-item");
  keep();
}

function side(name) {
  const question = questions[at];
  const both = question?.closest("[data-a]");
  if (!both) return;
  take(question, both.dataset[name]);
  show(at + 1);
}

async function submit() {
  const open = questions.filter((one) => !answerOf(one));
  for (const one of questions) one.classList.toggle("open-item", open.includes(one));
  if (open.length) {
    tell(word("reviews.open_items", { n: open.length }));
    show(questions.indexOf(open[0]));
    return;
  }
  if (leaving) return;
  leaving = true;
  await saving;
  try {
    const whole = { answers: answers(), note: note.value };
    await ask(`/reviews/${call}/${deed}`, deed === "ruling" ? { ...whole, final: true } : whole);
    location.assign(document.getElementById("next")?.href ?? `${root}/reviews`);
  } catch (error) {
    leaving = false;
    tell(word(`reviews.reason_${REASONS.includes(error.reason) ? error.reason : "other"}`));
  }
}

const keys = { x: () => saving.then(() => document.getElementById("next")?.click()) };
// What is still on its way would be lost with the page.
addEventListener("beforeunload", (event) => pending && event.preventDefault());
if (!locked && questions.length) {
  Object.assign(keys, {
    j: () => show(at + 1),
    k: () => show(at - 1),
    s: submit,
    i: () => questions[at].querySelector("[data-text]")?.focus(),
    c: () => questions[at].querySelector("[data-propose]")?.click(),
  });
  if (deed === "ruling") Object.assign(keys, { a: () => side("a"), b: () => side("b") });
  for (const key of ["o", "y", "n", ..."0123456789"]) keys[key] = () => choose(questions[at], key);
  for (const [key, digit] of Object.entries(FRENCH_DIGITS)) keys[key] = () => choose(questions[at], digit);
  for (const [index, question] of questions.entries()) {
    question.addEventListener("focusin", () => index !== at && show(index, false));
    question.addEventListener("change", (event) => {
      const text = question.querySelector("[data-text]");
      if (event.target === text) for (const one of question.querySelectorAll("input[type=radio]")) one.checked = false;
      else if (text) text.value = "";
      question.classList.remove("open-item");
      keep();
    });
    question.querySelector("[data-text]")?.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" && event.key !== "Enter") return;
      event.preventDefault();
      event.target.blur();
      show(event.key === "Enter" ? index + 1 : index);
    });
    question.querySelector("[data-propose]")?.addEventListener("click", (event) => take(question, event.currentTarget.dataset.propose));
    for (const button of question.closest("[data-a]")?.querySelectorAll("[data-take]") ?? []) {
      button.addEventListener("click", () => take(question, question.closest("[data-a]").dataset[button.dataset.take]));
    }
  }
  note.addEventListener("change", keep);
  card.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  show(0);
}
onKeys(keys);
count();
card.dataset.ready = "";
