// What a check found, as lines that lead to their place in the text.

import { word } from "./words.js";

/** told: answer of draft or check. show(line): leads there. Returns the lines that are to be marked. */
export function drawResults(list, summary, told, show) {
  const rows = [
    ...told.problems.map((one) => ({ kind: "error", line: one.line, text: one.text })),
    ...(told.failed ?? []).map((one) => ({ kind: "example", line: one.line, text: one.path, more: one.account })),
    ...told.findings.map((one) => ({ kind: one.severity, line: one.line, text: `${one.path}: ${one.what}`, remedy: one.remedy })),
  ];
  list.replaceChildren(...rows.map((row) => rowOf(row, show)));
  summary.replaceChildren(badge(told, rows));
  return new Map(rows.filter((row) => row.line).map((row) => [row.line, row.kind === "warning" ? "warning" : "error"]));
}

function rowOf(row, show) {
  const item = document.createElement("li");
  const button = Object.assign(document.createElement("button"), { type: "button", className: "item" });
  const kind = Object.assign(document.createElement("span"), {
    className: `badge ${row.kind === "warning" ? "warn" : "danger"}`,
    textContent: word(`clients.result.${row.kind}`),
  });
  button.append(kind, " ");
  if (row.line) {
    const line = Object.assign(document.createElement("span"), { className: "soft nowrap", textContent: word("clients.result.line", { n: row.line }) });
    button.append(line, " ");
    button.addEventListener("click", () => show(row.line));
  }
  button.append(row.text);
  if (row.remedy) button.append(Object.assign(document.createElement("div"), { className: "remedy", textContent: `→ ${row.remedy}` }));
  item.append(button);
  if (row.more) item.append(Object.assign(document.createElement("pre"), { className: "account", textContent: row.more.join("\n"), tabIndex: 0 }));
  return item;
}

function badge(told, rows) {
  const wrong = rows.filter((row) => row.kind !== "warning").length;
  const warnings = rows.length - wrong;
  const shown = document.createDocumentFragment();
  const add = (kind, text) => shown.append(Object.assign(document.createElement("span"), { className: `badge ${kind}`, textContent: text }));
  if (wrong) add("danger", word(told.ok === false ? "clients.checked.refused" : "clients.checked.problems", { n: wrong }));
  else if (told.ok) add("good", told.examples === null ? word("clients.checked.alone") : word("clients.checked.good", { n: told.examples }));
  else add("info", word("clients.checked.quick"));
  if (warnings) add("warn", word("clients.findings.warnings", { n: warnings }));
  return shown;
}
