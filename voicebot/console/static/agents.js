// The team: filters, who is here now, and the dialogs in which an admin changes people.

import { ask, tell } from "./ask.js";
import { onKeys } from "./frame_keys.js";
import { word } from "./words.js";

const LOOK_MS = 10_000;
const TOLD = "voicebot-told";
const rows = [...document.querySelectorAll("#people tbody tr")];
const wanted = document.getElementById("wanted");
const gone = document.getElementById("gone");
const add = document.getElementById("add");

function filter() {
  const asked = wanted.value.trim().toLocaleLowerCase();
  let shown = 0;
  for (const row of rows) {
    const fits = row.textContent.toLocaleLowerCase().includes(asked) && (gone.checked || !("gone" in row.dataset));
    row.hidden = !fits;
    shown += fits;
  }
  document.getElementById("nobody").hidden = shown > 0;
  document.getElementById("count").textContent = word("agents.count", { n: shown });
}
wanted.addEventListener("input", filter);
gone.addEventListener("change", filter);
document.getElementById("filter").addEventListener("submit", (event) => event.preventDefault());
filter();

async function lookWhoIsHere() {
  if (document.hidden) return;
  const states = new Map((await ask("/agents/people")).map((person) => [person.id, person.state]));
  for (const row of rows) {
    const badge = row.querySelector("[data-state]");
    const state = states.get(row.dataset.id);
    if (!badge || !state || badge.dataset.state === state) continue;
    badge.className = `badge state-${state}`;
    badge.dataset.state = state;
    badge.querySelector(".state").textContent = word(`agents.state.${state}`);
  }
}
// A look that fails is made again with the next one.
setInterval(() => lookWhoIsHere().catch(() => {}), LOOK_MS);

/** The page is fetched again after a change: what was done is said there. */
function showAgain(said) {
  sessionStorage.setItem(TOLD, said);
  location.reload();
}
const said = sessionStorage.getItem(TOLD);
sessionStorage.removeItem(TOLD);
if (said) tell(said);

const keys = { "/": () => wanted.focus() };
if (add) keys.n = () => openPerson();
onKeys(keys);

for (const button of document.querySelectorAll("[data-close]")) {
  button.addEventListener("click", () => button.closest("dialog").close());
}

const dialog = document.getElementById("person");
const form = document.getElementById("person-form");
let changed = null;

function openPerson(row) {
  const data = row?.dataset ?? { role: "agent", language: "fr", languages: "fr", clients: "" };
  changed = row ? data.id : null;
  document.getElementById("person-title").textContent = row ? word("agents.change_who", { name: data.name }) : word("agents.add");
  for (const field of ["name", "id", "role", "email", "phone", "language"]) form.elements[field].value = data[field] ?? "";
  for (const field of ["clients", "languages"]) {
    const chosen = data[field].split(" ");
    for (const box of form.querySelectorAll(`[name=${field}]`)) box.checked = chosen.includes(box.value);
  }
  form.elements.id.disabled = Boolean(row);
  showWrong("");
  describeRole();
  dialog.showModal();
  form.elements.name.focus();
}

function describeRole() {
  document.getElementById("h-role").textContent = word(`agents.role_hint.${form.elements.role.value}`);
  document.getElementById("f-clients").disabled = form.elements.role.value === "admin";
}

function showWrong(reason) {
  const line = document.getElementById("person-wrong");
  line.hidden = !reason;
  line.textContent = reason ? reasonWord(reason) : "";
}

function reasonWord(reason) {
  try {
    return word(`agents.wrong.${reason}`);
  } catch {
    return word("agents.wrong.other");
  }
}

function chosen(field) {
  return [...form.querySelectorAll(`[name=${field}]:checked`)].map((box) => box.value);
}

async function save(event) {
  event.preventDefault();
  const value = (field) => form.elements[field].value.trim();
  const person = { name: value("name"), role: value("role"), email: value("email"), phone: value("phone"), language: value("language") };
  person.clients = person.role === "admin" ? [] : chosen("clients");
  person.languages = chosen("languages");
  if (changed === null) person.id = value("id");
  try {
    await ask(changed === null ? "/agents/people" : `/agents/people/${encodeURIComponent(changed)}`, person);
    showAgain(word("agents.saved", { name: person.name }));
  } catch (refused) {
    showWrong(refused.reason || "other");
  }
}

/** « Claire Petit » is "claire.petit", until somebody writes otherwise. */
function suggestId() {
  if (changed !== null || form.elements.id.dataset.typed) return;
  const plain = form.elements.name.value.normalize("NFD").replace(/[^\p{L}\p{N} ]/gu, "").toLocaleLowerCase().trim();
  form.elements.id.value = plain.replace(/\s+/g, ".");
}

async function showLink(row) {
  try {
    const { address } = await ask(`/agents/people/${encodeURIComponent(row.dataset.id)}/link`, {});
    const field = document.getElementById("address");
    document.getElementById("link-title").textContent = word("agents.link_who", { name: row.dataset.name });
    field.value = address;
    document.getElementById("link").showModal();
    field.select();
  } catch (refused) {
    tell(reasonWord(refused.reason));
  }
}

async function setActive(row, active) {
  try {
    await ask(`/agents/people/${encodeURIComponent(row.dataset.id)}/active`, { active });
    showAgain(word(active ? "agents.opened" : "agents.closed", { name: row.dataset.name }));
  } catch (refused) {
    document.getElementById("sure").close();
    tell(reasonWord(refused.reason));
  }
}

function askIfSure(row) {
  const sure = document.getElementById("sure");
  document.getElementById("sure-title").textContent = word("agents.close_who", { name: row.dataset.name });
  document.getElementById("close-them").onclick = () => setActive(row, false);
  sure.showModal();
}

if (add) {
  add.addEventListener("click", () => openPerson());
  form.addEventListener("submit", save);
  form.elements.role.addEventListener("change", describeRole);
  form.elements.name.addEventListener("input", suggestId);
  form.elements.id.addEventListener("input", () => (form.elements.id.dataset.typed = "1"));
  const link = document.getElementById("link");
  link.addEventListener("close", () => (document.getElementById("address").value = ""));
  document.getElementById("copy").addEventListener("click", async () => {
    document.getElementById("address").select();
    await navigator.clipboard?.writeText(document.getElementById("address").value);
    tell(word("agents.copied"));
  });
  for (const row of rows) {
    row.querySelector(".change").addEventListener("click", () => openPerson(row));
    row.querySelector(".link")?.addEventListener("click", () => showLink(row));
    const isGone = "gone" in row.dataset;
    row.querySelector(".activity")?.addEventListener("click", () => (isGone ? setActive(row, true) : askIfSure(row)));
  }
}
