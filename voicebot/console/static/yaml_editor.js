// The text of a client file: line numbers, two blanks for Tab, a way out by Escape, and lines that can be shown.

const LINE_BREAK = "\n";

export class YamlEditor {
  /** area: the textarea. numbers: where line numbers go. changed(): told after every change by the person who types. */
  constructor(area, numbers, changed) {
    this.area = area;
    this.numbers = numbers;
    this.leaving = false;
    this.marked = new Map();
    area.addEventListener("input", () => {
      this.number();
      changed();
    });
    area.addEventListener("scroll", () => (numbers.scrollTop = area.scrollTop));
    area.addEventListener("keydown", (event) => this.key(event));
    area.addEventListener("blur", () => (this.leaving = false));
    this.number();
  }

  get text() {
    return this.area.value;
  }

  /** Puts another text there; the place where somebody writes stays. */
  set text(text) {
    if (text === this.area.value) return;
    const { selectionStart, selectionEnd, scrollTop } = this.area;
    this.area.value = text;
    this.area.setSelectionRange(selectionStart, selectionEnd);
    this.area.scrollTop = scrollTop;
    this.number();
  }

  key(event) {
    if (event.key === "Escape") {
      this.leaving = true;
    } else if (event.key === "Tab" && !this.leaving && !event.shiftKey && !this.area.readOnly) {
      event.preventDefault();
      // insertText keeps the browser's own undo.
      document.execCommand("insertText", false, "  ");
    } else if (event.key !== "Tab" && event.key !== "Shift") {
      this.leaving = false;
    }
  }

  /** marks: by line, "error" or "warning". */
  mark(marks) {
    this.marked = marks;
    this.number();
  }

  number() {
    const lines = this.area.value.split(LINE_BREAK).length;
    const shown = document.createDocumentFragment();
    for (let line = 1; line <= lines; line += 1) {
      const one = document.createElement("span");
      one.textContent = `${this.marked.has(line) ? "●" : ""}${line}\n`;
      if (this.marked.has(line)) one.className = this.marked.get(line);
      shown.append(one);
    }
    this.numbers.replaceChildren(shown);
    this.numbers.scrollTop = this.area.scrollTop;
  }

  show(line) {
    const lines = this.area.value.split(LINE_BREAK);
    const begins = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    this.area.focus();
    this.area.setSelectionRange(begins, begins + (lines[line - 1] ?? "").length);
    const height = this.area.scrollHeight / lines.length;
    this.area.scrollTop = Math.max(0, (line - 5) * height);
  }
}
