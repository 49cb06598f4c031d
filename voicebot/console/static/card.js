// The five-second card: urgency and why first; then who, what, promised, missing; then each detail with what it stands on.

import { ask, tell } from "./ask.js";
import { element, fill, shortNumber, urgency } from "./card_parts.js";
import { word } from "./words.js";

const root = document.body.dataset.root;
const player = new Audio();
let playing = null;

/** place: where the card is. correctable: this visitor may write over details. */
export class CardView {
  #place;
  #correctable;
  #card = null;
  #correcting = "";

  constructor(place, { correctable }) {
    this.#place = place;
    this.#correctable = correctable;
  }

  get card() {
    return this.#card;
  }

  show(card) {
    const another = this.#card?.call !== card.call;
    if (another) this.#correcting = "";
    this.#card = card;
    if (this.#correcting && this.#place.querySelector("form")) return;
    fill(this.#place, JSON.stringify(card), () => this.#whole(card));
  }

  clear() {
    this.#card = null;
    this.#correcting = "";
    fill(this.#place, "", () => []);
  }

  #whole(card) {
    return element(
      "article.card",
      { "aria-label": word("card.title"), lang: document.documentElement.lang },
      element(
        `header.card-top.${card.urgency}`,
        {},
        element("p.card-urgency", {}, urgency(card.urgency), element("strong", {}, word(`card.urgency.${card.urgency}`)), card.why && element("span", {}, card.why)),
        card.urgency_words && element("p.card-quote", { lang: card.language }, `« ${card.urgency_words} »`),
        card.rehearsal && element("p.badge.info", {}, word("card.rehearsal")),
      ),
      element(
        "div.card-head",
        {},
        element("p.card-who", {}, card.who || shortNumber(card.number) || word("card.unknown")),
        element("p.card-what", {}, card.what || word("card.no_reason")),
        element("p.soft.small", {}, [card.client_name, shortNumber(card.number), word(`card.language.${card.language}`)].filter(Boolean).join(" · ")),
      ),
      this.#promised(card),
      this.#missing(card),
      ...card.notes.map((note) => element("p.note.warn", {}, note)),
      element("ul.card-lines", {}, ...card.lines.filter((line) => line.standing !== "missing").map((line) => this.#line(card, line))),
    );
  }

  #promised(card) {
    const said = card.promised.length ? card.promised.map((one) => element("li", { lang: card.language }, `« ${one} »`)) : [element("li.soft", {}, word("card.nothing_promised"))];
    return element("section.card-part", {}, element("h3", {}, word("card.promised")), element("ul", {}, ...said));
  }

  #missing(card) {
    if (!card.missing.length) return null;
    const lines = card.lines.filter((line) => line.standing === "missing");
    const shown = lines.length ? lines.map((line) => this.#absent(card, line)) : card.missing.map((one) => element("li.badge.off", {}, one));
    return element("section.card-part", {}, element("h3", {}, word("card.missing")), element("ul.row.bare", {}, ...shown));
  }

  #absent(card, line) {
    if (this.#correcting === line.detail) return element("li.grow", {}, this.#form(card, line));
    return element("li", {}, this.#correctable ? this.#button("✎", word("card.fill", { label: line.label }), () => this.#correct(line), line.label) : element("span.badge.off", {}, line.label));
  }

  #line(card, line) {
    const unsure = line.standing === "unsure" || line.standing === "partial";
    const correcting = this.#correcting === line.detail;
    return element(
      unsure ? "li.card-line.unsure" : "li.card-line",
      { "data-detail": line.detail },
      element("span.card-label", {}, line.label),
      correcting ? this.#form(card, line) : element("strong.card-value", {}, line.value),
      element(
        "span.card-tools",
        {},
        unsure ? element("span.badge.warn", {}, "⚑ ", word("card.to_confirm")) : element("span.badge.good", {}, "✓ ", word(`card.standing.${line.standing}`)),
        confidence(line),
        this.#play(card, line),
        this.#correctable && !correcting ? this.#button("✎", word("card.correct", { label: line.label }), () => this.#correct(line)) : null,
      ),
      element(
        "span.card-words.soft.small",
        {},
        [word(`card.source.${line.source}`), line.words && line.words !== line.value ? `« ${line.words} »` : "", line.corrected_by ? word("card.corrected_by", { who: line.corrected_by }) : "", unsure ? word(`card.standing.${line.standing}`) : ""].filter(Boolean).join(" · "),
      ),
    );
  }

  #play(card, line) {
    const silent = line.started_ms === null || line.ended_ms === null;
    const label = silent ? word("card.no_sound", { label: line.label }) : word("card.play", { label: line.label });
    const button = this.#button("▶", label, () => play(button, `${root}/calls/${encodeURIComponent(card.call)}/clip?from_ms=${Math.round(line.started_ms)}&to_ms=${Math.round(line.ended_ms)}`));
    button.disabled = silent;
    return button;
  }

  #button(sign, label, deed, said = "") {
    return element("button.small-button", { type: "button", "aria-label": label, title: label, on: { click: deed } }, element("span", { "aria-hidden": "true" }, sign), said && ` ${said}`);
  }

  #correct(line) {
    this.#correcting = line.detail;
    this.#again();
    this.#place.querySelector("form input")?.select();
  }

  #form(card, line) {
    const input = element("input", { value: line.value, "aria-label": word("card.correct", { label: line.label }), maxlength: 1000, required: true });
    const stop = () => {
      this.#correcting = "";
      this.#again();
      this.#place.querySelector(`[data-detail="${line.detail}"] .card-tools button:last-child`)?.focus();
    };
    return element(
      "form.card-form.row",
      {
        on: {
          submit: async (event) => {
            event.preventDefault();
            try {
              await ask(`/desk/calls/${encodeURIComponent(card.call)}/corrections`, { detail: line.detail, now: input.value.trim() });
              tell(word("card.corrected", { label: line.label }));
            } catch {
              tell(word("card.not_corrected"));
            }
            stop();
          },
          keydown: (event) => {
            if (event.key !== "Escape") return;
            event.stopPropagation();
            stop();
          },
        },
      },
      input,
      element("button.primary.small-button", {}, word("card.keep")),
      element("button.small-button", { type: "button", on: { click: stop } }, word("card.leave")),
    );
  }

  #again() {
    const card = this.#card;
    if (card) fill(this.#place, `${JSON.stringify(card)} ${this.#correcting}`, () => this.#whole(card));
  }
}

function confidence(line) {
  if (line.confidence === null) return null;
  const percent = Math.round(line.confidence * 100);
  const said = word(line.confidence >= 0.8 ? "card.heard_well" : line.confidence >= 0.55 ? "card.heard_fairly" : "card.heard_badly");
  return element("span.card-heard.small", {}, element("meter", { min: 0, max: 100, low: 55, high: 80, optimum: 100, value: percent, "aria-label": `${word("card.heard")} ${line.label}` }), `${said} ${percent} %`);
}

function play(button, address) {
  if (playing === button && !player.paused) {
    player.pause();
    return;
  }
  playing = button;
  player.src = address;
  player.play().catch(() => tell(word("card.not_played")));
}
