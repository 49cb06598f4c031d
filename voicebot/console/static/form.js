// The form of a client file: drawn from its description and the file's values; every change is told as an edit of the file.

import { word } from "./words.js";

/** Draws into `form`. spec: sections. values: of the file. languages: of the client. edit(path, value, add): tells a change. */
export function drawForm(form, spec, values, edit) {
  const open = new Set([...form.querySelectorAll("details[open]")].map((one) => one.dataset.at));
  const at = document.activeElement?.closest("#form") ? focusOf(document.activeElement) : null;
  const first = form.childElementCount === 0;
  const languages = Array.isArray(values.identity?.languages) ? values.identity.languages : ["fr"];
  const house = { values, languages, edit };
  const parts = spec.map((section) => {
    const path = section.at ? [section.at] : [];
    const inside = path.length ? values[section.at] : values;
    const shown = folded(`s-${section.name}`, word(`clients.s.${section.name}`), "h3");
    shown.append(...section.fields.map((field) => drawField(field, [...path, field.name], inside?.[field.name], house)));
    return shown;
  });
  for (const one of parts.flatMap((part) => [part, ...part.querySelectorAll("details")])) one.open = open.has(one.dataset.at);
  if (first && parts[0]) parts[0].open = true;
  form.replaceChildren(...parts);
  if (at) giveFocusBack(form, at);
}

function focusOf(element) {
  return { id: element.id, value: element.value, from: element.selectionStart, to: element.selectionEnd, dirty: element.dataset.dirty };
}

function giveFocusBack(form, at) {
  const element = at.id && form.querySelector(`#${CSS.escape(at.id)}`);
  if (!element) return;
  // What is being typed and was not told yet stays.
  if (at.dirty && "value" in element) {
    element.value = at.value;
    element.dataset.dirty = "1";
  }
  element.focus({ preventScroll: true });
  if (typeof at.from === "number") element.setSelectionRange?.(at.from, at.to);
}

function drawField(field, path, value, house) {
  if (field.kind === "parts") return drawParts(field, path, Array.isArray(value) ? value : [], house);
  if (field.kind === "group") return drawGroup(field, path, value, house);
  if (field.kind === "localised" || field.kind === "localised_words") return drawLocalised(field, path, value, house);
  return drawOne(field, path, value, house, word(`clients.f.${field.name}`));
}

function drawGroup(field, path, value, house) {
  const group = element("fieldset", { className: "group" });
  group.append(element("legend", { textContent: word(`clients.f.${field.name}`) }));
  group.append(...field.fields.map((inner) => drawField(inner, [...path, inner.name], value?.[inner.name], house)));
  return group;
}

function drawLocalised(field, path, value, house) {
  const group = element("fieldset", { className: "group said" });
  group.append(element("legend", { textContent: word(`clients.f.${field.name}`) }));
  const kind = field.kind === "localised" ? "long" : "words";
  const languages = [...new Set([...house.languages, ...Object.keys(value ?? {})])];
  for (const language of languages) {
    const one = drawOne({ ...field, kind, required: false }, [...path, language], value?.[language], house, language);
    one.querySelector("input, textarea").lang = language;
    group.append(one);
  }
  return group;
}

function drawParts(field, path, items, house) {
  const group = element("fieldset", { className: "group parts" });
  group.append(element("legend", { textContent: `${word(`clients.f.${field.name}`)} (${items.length})` }));
  items.forEach((item, place) => {
    const at = [...path, place];
    const shown = folded(at.join("-"), titleOf(item, house.languages[0]), "h4");
    shown.append(...field.fields.map((inner) => drawField(inner, [...at, inner.name], item?.[inner.name], house)));
    const remove = element("button", { type: "button", className: "small-button quiet", textContent: word("clients.remove") });
    remove.setAttribute("aria-label", `${word("clients.remove")} ${titleOf(item, house.languages[0])}`);
    remove.addEventListener("click", () => house.edit(at, null));
    shown.append(remove);
    group.append(shown);
  });
  const add = element("button", { type: "button", id: `add-${path.join("-")}`, className: "small-button", textContent: `+ ${word("clients.add")}` });
  add.setAttribute("aria-label", `${word("clients.add")} : ${word(`clients.f.${field.name}`)}`);
  add.addEventListener("click", () => house.edit(path, newPart(field, items), true));
  group.append(add);
  return group;
}

function titleOf(item, language) {
  if (item === null || typeof item !== "object") return String(item);
  const named = item.title ?? item.name ?? item.say;
  const said = typeof named === "object" && named ? named[language] : named;
  const span = item.from ? `${item.from} → ${item.to}` : item.day ?? item.between;
  const who = Array.isArray(item.contacts) ? ` · ${item.contacts.join(", ")}` : "";
  return said ? (item.id ? `${said} · ${item.id}` : said) : item.id ?? (span ? `${span}${who}` : "…");
}

/** What a new part begins with: a shift goes on where the last one ended. */
function newPart(field, items) {
  const part = {};
  const last = items.at(-1);
  if (field.name === "shifts" && last) return { from: last.to, to: aWeekLater(String(last.to)), contacts: last.contacts };
  const today = new Date().toISOString().slice(0, 10);
  for (const inner of field.fields) {
    if (inner.name === "id") part.id = unused(items);
    else if (inner.kind === "day") part[inner.name] = today;
    else if (inner.name === "between") part[inner.name] = "18:00-20:00";
    else if (inner.kind === "choice" && inner.required) part[inner.name] = inner.choices[0];
  }
  return Object.keys(part).length ? part : { [field.fields[0].name]: "…" };
}

function unused(items) {
  const taken = new Set(items.map((item) => item?.id));
  let number = 1;
  while (taken.has(`part-${number}`)) number += 1;
  return `part-${number}`;
}

function aWeekLater(moment) {
  const day = new Date(`${moment.slice(0, 10)}T12:00:00Z`);
  day.setUTCDate(day.getUTCDate() + 7);
  return day.toISOString().slice(0, 10) + moment.slice(10);
}

function drawOne(field, path, value, house, label) {
  const id = `f-${path.join("-")}`;
  const box = element("div", { className: "field" });
  const kind = field.kind === "short_words" && Array.isArray(value) && value.some((one) => String(one).includes(",")) ? "words" : field.kind;
  const input = inputOf(kind, field, value);
  input.id = id;
  if (field.required) input.required = true;
  const name = element("label", { htmlFor: id, textContent: label });
  const hint = { words: "clients.one_per_line", short_words: "clients.by_commas" }[kind];
  if (hint) name.append(" ", element("span", { className: "hint", textContent: word(hint) }));
  input.addEventListener("input", () => (input.dataset.dirty = "1"));
  input.addEventListener("change", () => {
    delete input.dataset.dirty;
    house.edit(path, valueOf(kind, input.value, field, value));
  });
  box.append(name, input);
  if (field.known) box.append(knownIds(id, field.known, house.values, input, kind));
  return box;
}

function inputOf(kind, field, value) {
  if (kind === "choice" || kind === "yes_no") {
    const select = element("select", {});
    const choices = kind === "yes_no" ? ["true", "false"] : field.choices;
    if (!field.required) select.append(new Option(word("clients.default"), ""));
    const names = { true: "clients.yes", false: "clients.no" };
    for (const one of choices) select.append(new Option(word(kind === "yes_no" ? names[one] : `clients.c.${one}`), one));
    const now = value === undefined || value === null ? "" : String(value);
    // A value that the file has and nobody knows is shown as it is.
    if (now && !choices.includes(now)) select.append(new Option(now, now));
    select.value = now;
    return select;
  }
  if (kind === "long" || kind === "words") {
    const lines = kind === "words" ? (Array.isArray(value) ? value : []).join("\n") : String(value ?? "");
    const rows = kind === "words" ? Math.min(Math.max((value ?? []).length, 2), 8) : lines.length > 130 ? 3 : lines.length > 60 ? 2 : 1;
    return element("textarea", { value: lines, rows });
  }
  const shown = kind === "short_words" ? (Array.isArray(value) ? value : []).join(", ") : String(value ?? "");
  const type = { number: "number", day: "date" }[kind] ?? "text";
  const input = element("input", { type, value: shown });
  if (kind === "number") input.step = "any";
  if (kind === "moment") input.placeholder = "2026-12-31 08:00";
  return input;
}

function valueOf(kind, typed, field, before) {
  const text = typed.trim();
  if (kind === "words" || kind === "short_words") {
    const list = text.split(kind === "words" ? "\n" : ",").map((one) => one.trim()).filter(Boolean);
    return list.length || field.required || (Array.isArray(before) && before.length === 0) ? list : null;
  }
  if (!text) return field.required ? "" : null;
  if (kind === "number") return Number(text);
  if (kind === "yes_no") return text === "true";
  return text;
}

/** The ids that may be written in a field, so that nobody has to look them up. */
function knownIds(id, kind, values, input, field) {
  const ids = [...(values[kind] ?? []), ...(kind === "people" ? (values.teams ?? []) : [])].map((one) => one?.id).filter(Boolean);
  if (field !== "text") return element("span", { className: "hint mono", textContent: ids.join(", ") });
  const list = element("datalist", { id: `${id}-ids` });
  list.append(...ids.map((one) => new Option(one)));
  input.setAttribute("list", list.id);
  return list;
}

function folded(at, title, heading) {
  const shown = element("details", {});
  shown.dataset.at = at;
  const summary = element("summary", {});
  summary.append(element(heading, { textContent: title }));
  shown.append(summary);
  return shown;
}

function element(name, properties) {
  return Object.assign(document.createElement(name), properties);
}
