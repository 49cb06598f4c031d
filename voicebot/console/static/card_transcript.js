// The transcript of a call that is going on: who said what, in order; it follows the newest line unless somebody scrolled up.

import { element } from "./card_parts.js";
import { word } from "./words.js";

const NEAR_END_PX = 60;

export class TranscriptView {
  #place;
  #call = "";
  #last = 0;

  constructor(place) {
    this.#place = place;
  }

  add({ call, whole, lines }) {
    if (whole || call !== this.#call) {
      this.#call = call;
      this.#last = 0;
      this.#place.replaceChildren();
    }
    const follows = this.#place.scrollHeight - this.#place.scrollTop - this.#place.clientHeight < NEAR_END_PX;
    for (const line of lines) {
      if (line.number <= this.#last) continue;
      this.#last = line.number;
      this.#place.append(shown(line));
    }
    if (follows || whole) this.#place.scrollTop = this.#place.scrollHeight;
  }

  clear() {
    this.#call = "";
    this.#last = 0;
    this.#place.replaceChildren();
  }
}

function shown(line) {
  if (line.what !== "said") {
    const said = line.what === "taken_back" || line.what === "ended" ? word(`said.${line.what}`) : word(`said.${line.what}`, { text: line.text });
    return element("li.said-house", {}, said);
  }
  return element(`li.said-${line.who}`, {}, element("span.said-who", {}, word(`said.${line.who}`)), element("span", { lang: line.language || null }, line.text));
}
