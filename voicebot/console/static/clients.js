// One client's instructions: form and text tell the same, a draft is never lost, and nobody's work is written over.

import { ask, Refused, tell } from "./ask.js";
import { replayDraft } from "./clients_replay.js";
import { drawResults } from "./clients_results.js";
import { drawForm } from "./form.js";
import { word } from "./words.js";
import { YamlEditor } from "./yaml_editor.js";

const PAUSE_MS = 500;
const { client, form: described, mayChange } = document.body.dataset;
const by = (id) => document.getElementById(id);
const kept = `voicebot-draft-${client}`;
const path = `/clients/${client}`;

const editor = new YamlEditor(by("yaml"), by("numbers"), typed);
/** base: digest of the file on which the draft was begun. published: its text. newBase: of what somebody else published. */
const state = { base: document.body.dataset.base, published: editor.text, newBase: "", waiting: null, asking: Promise.resolve() };
if (mayChange) begin();

function begin() {
  takeUpDraft();
  by("check").addEventListener("click", check);
  by("compare").addEventListener("click", () => compare(false));
  by("publish").addEventListener("click", () => compare(true));
  by("drop").addEventListener("click", () => sure(word("clients.drop"), word("clients.drop.sure"), drop));
  by("conflict-compare").addEventListener("click", () => compare(false));
  by("conflict-keep").addEventListener("click", keepOnNewBase);
  by("conflict-drop").addEventListener("click", drop);
  by("form").addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      event.preventDefault();
      // A field of the form tells its change when it is left.
      if (document.activeElement?.dataset.dirty) document.activeElement.dispatchEvent(new Event("change"));
      check();
    }
  });
  draw([]);
}

/** The draft of this browser; begun on another version, it waits for somebody to choose. */
function takeUpDraft() {
  const draft = JSON.parse(localStorage.getItem(kept) ?? "null");
  if (!draft || draft.yaml === editor.text) return forget();
  editor.text = draft.yaml;
  showUnpublished(true);
  if (draft.base === state.base) return tell(word("clients.draft.restored"));
  state.newBase = state.base;
  state.base = draft.base;
  return showConflict(true);
}

function typed() {
  keep();
  clearTimeout(state.waiting);
  state.waiting = setTimeout(() => draw([]), PAUSE_MS);
}

function keep() {
  if (editor.text === state.published) forget();
  else localStorage.setItem(kept, JSON.stringify({ base: state.base, yaml: editor.text }));
  showUnpublished(editor.text !== state.published);
}

function forget() {
  localStorage.removeItem(kept);
}

function showUnpublished(on) {
  by("draft-state").hidden = !on;
  by("drop").hidden = !on;
}

/** Asks what the text says after edits of the form; one question at a time, in order. */
function draw(edits) {
  state.asking = state.asking.then(async () => {
    for (;;) {
      const before = editor.text;
      let told;
      try {
        told = await ask(`${path}/draft`, { yaml: before, edits });
      } catch (error) {
        return unanswered(error);
      }
      // Somebody typed meanwhile: the same edits on the newer text.
      if (editor.text !== before) continue;
      editor.text = told.yaml;
      if (edits.length && told.problems.length && told.yaml === before) tell(word("clients.not_saved"));
      keep();
      return show(told);
    }
  });
  return state.asking;
}

function show(told) {
  editor.mark(drawResults(by("results"), by("summary"), told, (line) => editor.show(line)));
  by("form-off").hidden = told.values !== null;
  by("form").inert = told.values === null;
  if (told.week !== undefined) by("week").innerHTML = told.week;
  if (told.roster !== undefined) by("roster").innerHTML = told.roster;
  if (told.values === null) return;
  const [week, roster] = [by("week").parentElement, by("roster").parentElement];
  by("pictures").append(week, roster);
  drawForm(by("form"), JSON.parse(described), told.values, (at, value, add = false) => draw([{ path: at, value, add }]));
  by("form").querySelector('[data-at="s-hours"]').append(week);
  by("form").querySelector('[data-at="s-on_call"]').append(roster);
}

async function check() {
  await draw([]);
  keep();
  by("summary").textContent = word("clients.checking");
  const yaml = editor.text;
  try {
    const told = await ask(`${path}/check`, { yaml });
    if (editor.text !== yaml) return;
    editor.mark(drawResults(by("results"), by("summary"), told, (line) => editor.show(line)));
  } catch (error) {
    unanswered(error);
  }
}

function unanswered(error) {
  by("summary").textContent = word("clients.no_answer");
  if (!(error instanceof Refused) && !(error instanceof TypeError)) throw error;
}

/** Shows what changes; publishing: with a button that does it. */
async function compare(publishing) {
  await draw([]);
  const { html } = await ask(`${path}/diff`, { yaml: editor.text });
  const body = by("dialog-body");
  body.innerHTML = html;
  const replayed = Object.assign(document.createElement("section"), { id: "replay", className: "replay" });
  replayed.setAttribute("aria-label", word("clients.replay.title"));
  if (publishing) body.prepend(note("clients.publish.sure"), note("clients.publish.replay"), replayed);
  opened(word(publishing ? "clients.publish" : "clients.diff.title"), publishing ? [word("clients.publish"), publish] : null);
  if (!publishing) return;
  const end = replayDraft(path, editor.text, replayed, (allowed) => {
    const go = by("dialog-go");
    if (go) go.disabled = !allowed;
  });
  by("dialog").addEventListener("close", end, { once: true });
}

function note(key) {
  return Object.assign(document.createElement("p"), { className: "soft", textContent: word(key) });
}

function sure(title, words, deed) {
  by("dialog-body").replaceChildren(Object.assign(document.createElement("p"), { textContent: words }));
  opened(title, [title, deed]);
}

function opened(title, deed) {
  by("dialog-title").textContent = title;
  const cancel = Object.assign(document.createElement("button"), { type: "button", textContent: word(deed ? "clients.cancel" : "frame.close") });
  cancel.addEventListener("click", () => by("dialog").close());
  by("dialog-foot").replaceChildren(cancel);
  if (deed) {
    const go = Object.assign(document.createElement("button"), { type: "button", className: "primary", id: "dialog-go", textContent: deed[0] });
    go.addEventListener("click", async () => {
      go.disabled = true;
      await deed[1]();
    });
    by("dialog-foot").append(go);
  }
  by("dialog").showModal();
}

async function publish() {
  try {
    const done = await ask(`${path}/publish`, { yaml: editor.text, base: state.base });
    by("dialog").close();
    forget();
    sessionStorage.setItem("voicebot-told", word("clients.published", { n: done.version }));
    location.reload();
  } catch (error) {
    by("dialog").close();
    if (!(error instanceof Refused)) return unanswered(error);
    if (error.status === 409) {
      state.newBase = error.content.base;
      return showConflict(true);
    }
    const told = { ok: false, problems: error.content?.problems ?? [], findings: [], examples: null };
    editor.mark(drawResults(by("results"), by("summary"), told, (line) => editor.show(line)));
    by("told-by-check").focus();
  }
}

function showConflict(on) {
  by("conflict").hidden = !on;
  by("conflict-words").textContent = word("clients.conflict.words");
}

function keepOnNewBase() {
  state.base = state.newBase;
  // The published text is not the one of this page any more: whatever is here is a draft.
  state.published = null;
  keep();
  showConflict(false);
}

function drop() {
  forget();
  location.reload();
}

const said = sessionStorage.getItem("voicebot-told");
if (said) {
  sessionStorage.removeItem("voicebot-told");
  tell(said);
}
