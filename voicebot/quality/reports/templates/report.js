"use strict";
(() => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const calls = read("calls-data"), words = read("words-data"), areaOf = read("areas-data");
  const form = document.getElementById("filters"), list = document.getElementById("list");
  const choices = ["client", "scenario", "language", "area", "check", "tag"];
  let language = document.documentElement.lang;

  // Everything that a call says goes in as text, never as HTML.
  function make(tag, options = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(options)) {
      if (name === "text") element.textContent = value;
      else if (name === "on") for (const [event, act] of Object.entries(value)) element.addEventListener(event, act);
      else if (name === "class") element.className = value;
      else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return element;
  }
  const has = (key) => Object.hasOwn(words[language], key);
  function say(key, parts = {}) {
    const chosen = String(parts.n) === "1" && has(`${key}.one`) ? `${key}.one` : key;
    return (words[language][chosen] ?? key).replace(/\{(\w+)\}/g, (whole, name) => (Object.hasOwn(parts, name) ? parts[name] : whole));
  }
  function t(key, parts) {
    const element = make("span", { "data-t": key, text: say(key, parts) });
    if (parts) element.dataset.parts = JSON.stringify(parts);
    return element;
  }
  const known = (key, value) => (has(key) ? t(key) : document.createTextNode(value));
  const badge = (kind, ...inside) => make("span", { class: `badge ${kind}` }, ...inside);

  function speak(to) {
    language = to;
    document.documentElement.lang = to;
    for (const e of document.querySelectorAll("[data-t]")) e.textContent = say(e.dataset.t, e.dataset.parts ? JSON.parse(e.dataset.parts) : {});
    for (const e of document.querySelectorAll("[data-f]")) e.textContent = to === "fr" ? e.dataset.f.replaceAll(".", ",") : e.dataset.f;
    for (const e of document.querySelectorAll("[data-t-label]")) e.setAttribute("aria-label", say(e.dataset.tLabel));
    for (const e of document.querySelectorAll("[data-t-placeholder]")) e.placeholder = say(e.dataset.tPlaceholder);
    const decision = document.getElementById("decision");
    decision.textContent = decision.dataset[to];
    fill();
    count();
  }

  // The list: one line for each call; what it says is made when it is opened.
  const textOf = (call) => [call.name, call.id, call.trouble, ...(call.failed ?? []), ...(call.story?.turns ?? []).map((turn) => turn.text), ...(call.story?.verdicts ?? []).flatMap((v) => [v.found, v.rule])].join(" ").toLowerCase();
  const clock = (at_s) => `${Math.floor(at_s / 60)}:${String(Math.floor(at_s % 60)).padStart(2, "0")}`;
  const rows = calls.map((call) => {
    const bad = call.state !== "passed", lost = call.lost?.length, gained = call.gained?.length;
    const summary = make("summary", {},
      make("b", { text: call.name }),
      call.attempt ? badge("", t("call.attempt", { k: call.attempt })) : null,
      badge(bad ? "danger" : "good", bad ? "✕ " : "✓ ", t(`state.${call.state}`)),
      call.critical ? badge("danger", "▲ ", t("critical")) : null,
      lost ? badge("warn", "↓ ", t("state.lost")) : null,
      gained ? badge("good", "↑ ", t("state.gained")) : null,
      make("span", { class: "what", text: call.trouble || (call.failed ?? []).join(", ") }),
      make("span", { class: "soft", text: [call.client, call.scenario, call.language].filter(Boolean).join(" · ") }));
    const row = make("details", { class: `call ${call.state}` }, summary);
    row.addEventListener("toggle", () => { if (row.open && row.children.length === 1) row.append(body(call)); });
    return { call, row, text: null };
  });
  list.append(...rows.map(({ row }) => row));

  function body(call) {
    const story = call.story;
    if (!story) return make("div", { class: "body one" }, make("p", { class: "soft" }, t("calls.not_here")));
    const player = call.sound ? make("audio", { controls: true, preload: "none", src: call.sound, "aria-label": say("call.audio"), "data-t-label": "call.audio" }) : null;
    const dialogue = talk(story, player), left = make("div");
    left.append(...facts(call, story, dialogue));
    const right = make("div", {}, make("h3", {}, t("call.transcript")), player ?? "", dialogue.element ?? make("p", { class: "soft" }, t("calls.no_transcript")));
    return make("div", { class: "body" }, left, right);
  }

  function facts(call, story, dialogue) {
    const parts = [];
    if (call.trouble) parts.push(make("p", { class: "verdict", text: call.trouble }));
    if (story.verdicts.length) parts.push(make("h3", {}, t("call.checks")), ...story.verdicts.map((verdict, place) => verdictOf(verdict, place, dialogue)));
    const whole = (checks) => checks.map((check) => (check === "case" ? say("checks.whole") : check)).join(", ");
    if (call.lost || call.gained) {
      parts.push(make("h3", {}, t("call.changed")));
      if (call.lost) parts.push(make("p", {}, "↓ ", t("call.lost", { checks: whole(call.lost) })));
      if (call.gained) parts.push(make("p", {}, "↑ ", t("call.gained", { checks: whole(call.gained) })));
    }
    if (story.message !== undefined) parts.push(make("h3", {}, t("call.message")), messageOf(story.message));
    const held = call.held ?? [];
    const about = [["call.outcome", call.outcome && known(`outcome.${call.outcome}`, call.outcome)], ...Object.entries(call.tags ?? {}).map(([name, value]) => [name, value])];
    const told = about.filter(([, value]) => value).flatMap(([name, value]) => [make("dt", {}, known(name, name)), make("dd", {}, value)]);
    if (told.length) parts.push(make("dl", { class: "facts" }, ...told));
    parts.push(make("details", {}, make("summary", {}, t("call.held", { n: held.length })), make("p", { class: "soft", text: held.join(", ") })), make("p", { class: "soft small" }, make("code", { text: call.id })));
    return parts;
  }

  function verdictOf(verdict, place, dialogue) {
    const lines = [["call.expected", verdict.expected], ["call.found", verdict.found], ["call.rule", verdict.rule]].filter(([, value]) => value);
    const proofs = verdict.evidence.map(([turn, , , note], which) => turn && dialogue.has(turn)
      ? make("button", { type: "button", on: { click: () => dialogue.show(turn, place, which) } }, t("call.evidence", { turn }), note ? ` · ${note}` : "")
      : make("span", { class: "soft" }, t("call.whole"), note ? ` · ${note}` : ""));
    return make("div", { class: "verdict" },
      make("b", { text: verdict.check }), " ", badge("", t(`area.${verdict.area}`)), " ", verdict.critical ? badge("danger", "▲ ", t("critical")) : null,
      make("dl", { class: "facts" }, ...lines.flatMap(([key, value]) => [make("dt", {}, t(key)), make("dd", {}, key === "call.rule" ? make("code", { text: value }) : value)])),
      make("div", { class: "evidence" }, ...proofs));
  }

  function messageOf(message) {
    if (!message) return make("p", { class: "soft" }, t("call.no_message"));
    const lines = ["state", "scenario", "urgency", "orientation", "person", "missing", "promise"].filter((name) => message[name])
      .map((name) => [t(`message.${name}`), name === "state" ? known(`message.state.${message.state}`, message.state) : message[name]]);
    const details = Object.entries(message.details).map(([name, value]) => [known(`detail.${name}`, name), value]);
    return make("dl", { class: "facts" }, ...[...lines.slice(0, 3), ...details, ...lines.slice(3)].flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));
  }

  function talk(story, player) {
    if (!story.turns) return { element: null, has: () => false };
    const spans = new Map();
    story.verdicts.forEach((verdict, place) => verdict.evidence.forEach(([turn, start, end], which) => {
      if (turn) spans.set(turn, [...(spans.get(turn) ?? []), { start, end, key: `${place}.${which}` }]);
    }));
    const element = make("div", { class: "turns" }), places = new Map(), marks = new Map();
    let block = null;
    for (const turn of story.turns) {
      if (!block || block.dataset.who !== turn.who) {
        block = make("div", { class: `block ${turn.who}`, "data-who": turn.who }, make("div", { class: "who" }, t(`speaker.${turn.who}`)));
        element.append(block);
      }
      const said = make("span", { class: "words" }), whole = spans.get(turn.n) ?? [];
      marked(said, turn.text, whole, marks);
      if (turn.keys) said.append(badge("", t("call.keys", { keys: turn.keys })));
      else if (!turn.text) said.append(make("i", { class: "soft" }, t("call.silence")));
      if (turn.played === "none" || turn.played === "part") said.append(" ", badge("", t(turn.played === "none" ? "call.not_played" : "call.part_played")));
      const line = make("div", { class: "turn", tabindex: "-1" }, make("span", { class: "n", text: turn.n }), said, moment(turn, player));
      if (whole.length) line.classList.add("proof");
      places.set(turn.n, line);
      block.append(line);
      if (turn.why) block.append(make("details", { class: "why" }, make("summary", {}, t("call.why")), ...turn.why.map((decision) => make("code", { text: decision }))));
    }
    const show = (turn, place, which) => {
      for (const shown of element.querySelectorAll(".here")) shown.classList.remove("here");
      const target = marks.get(`${place}.${which}`) ?? places.get(turn);
      target.classList.add("here");
      places.get(turn).focus({ preventScroll: true });
      target.scrollIntoView({ block: "center" });
    };
    return { element, has: (turn) => places.has(turn), show };
  }

  function moment(turn, player) {
    if (turn.at === undefined) return null;
    if (!player) return make("span", { class: "n", text: clock(turn.at) });
    const play = () => { player.currentTime = turn.at; player.play().catch(() => {}); };
    return make("button", { type: "button", "aria-label": say("call.play", { at: clock(turn.at) }), on: { click: play }, text: `▶ ${clock(turn.at)}` });
  }

  // Spans count characters as Python does: code points, not UTF-16 units.
  function marked(element, text, spans, marks) {
    const letters = Array.from(text), whole = spans.map((span) => (span.start || span.end ? span : { ...span, end: letters.length }));
    const inside = whole.filter(({ start, end }) => end > start && start < letters.length);
    const cuts = [...new Set([0, letters.length, ...inside.flatMap(({ start, end }) => [Math.max(0, start), Math.min(end, letters.length)])])].sort((a, b) => a - b);
    for (let n = 0; n + 1 < cuts.length; n++) {
      const piece = letters.slice(cuts[n], cuts[n + 1]).join(""), over = inside.filter(({ start, end }) => start <= cuts[n] && end >= cuts[n + 1]);
      if (!over.length) { element.append(piece); continue; }
      const mark = make("mark", { text: piece });
      for (const { key } of over) if (!marks.has(key)) marks.set(key, mark);
      element.append(mark);
    }
  }

  // Filters: their state is in the address, so that a view can be sent to a colleague.
  const chosen = () => ({ ...Object.fromEntries(["state", ...choices, "text"].map((name) => [name, form.elements[name].value])), critical: form.elements.critical.checked });
  const tagsOf = (call) => Object.entries(call.tags ?? {}).map(([name, value]) => `${name}: ${value}`);
  function matches(entry, now) {
    const { call } = entry, judged = now.state === "passed" || now.state === "gained";
    const checks = judged ? [...(call.failed ?? []), ...(call.held ?? [])] : call.failed ?? [];
    const areas = judged ? checks.map((check) => areaOf[check]) : call.areas ?? [];
    const state = { "": true, failed: call.state !== "passed", passed: call.state === "passed", lost: Boolean(call.lost), gained: Boolean(call.gained) }[now.state];
    return state && ["client", "scenario", "language"].every((name) => !now[name] || (call[name] || "–") === now[name])
      && (!now.area || areas.includes(now.area)) && (!now.check || checks.includes(now.check)) && (!now.tag || tagsOf(call).includes(now.tag))
      && (!now.critical || call.critical > 0) && now.text.toLowerCase().split(/\s+/).every((word) => (entry.text ??= textOf(call)).includes(word));
  }
  function apply() {
    const now = chosen();
    for (const entry of rows) entry.row.hidden = !matches(entry, now);
    count();
    const kept = new URLSearchParams(Object.entries(now).filter(([, value]) => value).map(([name, value]) => [name, value === true ? "1" : value]));
    kept.set("lang", language);
    history.replaceState(null, "", `#${kept}`);
  }
  function count() {
    const shown = rows.filter(({ row }) => !row.hidden).length;
    document.getElementById("count").textContent = say("calls.shown", { n: shown, of: rows.length });
    document.getElementById("none").hidden = shown > 0;
  }
  function fill() {
    const values = {
      client: (call) => [call.client || "–"], scenario: (call) => [call.scenario || "–"], language: (call) => [call.language || "–"],
      area: (call) => call.areas ?? [], check: (call) => call.failed ?? [], tag: tagsOf,
    };
    const options = (select, pairs) => { const now = select.value; select.replaceChildren(...pairs.map(([value, text]) => make("option", { value, text }))); select.value = now; };
    const bad = (call) => call.state !== "passed";
    const states = { "": () => true, failed: bad, passed: (call) => !bad(call), lost: (call) => call.lost, gained: (call) => call.gained };
    options(form.elements.state, Object.entries(states).map(([name, is]) => [name, `${say(`filter.state.${name || "all"}`)} (${calls.filter(is).length})`]));
    for (const name of choices) {
      const found = new Map();
      for (const call of calls) for (const value of values[name](call)) found.set(value, (found.get(value) ?? 0) + 1);
      const shown = (value) => (name === "area" ? say(`area.${value}`) : value);
      options(form.elements[name], [["", say("filter.any")], ...[...found].sort(([a], [b]) => a.localeCompare(b)).map(([value, n]) => [value, `${shown(value)} (${n})`])]);
      form.elements[name].closest("label").hidden = found.size === 0;
    }
  }
  function restore() {
    const kept = new URLSearchParams(location.hash.slice(1));
    if (kept.get("lang") in words) language = kept.get("lang");
    speak(language);
    for (const name of ["state", ...choices, "text"]) if (kept.has(name)) form.elements[name].value = kept.get(name);
    for (const name of ["state", ...choices]) if (form.elements[name].selectedIndex < 0) form.elements[name].value = "";
    form.elements.critical.checked = kept.get("critical") === "1";
    if (kept.size && ![...kept.keys()].every((name) => document.getElementById(name))) apply();
  }
  function only(values) {
    form.reset();
    for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
    apply();
    document.getElementById("calls").scrollIntoView();
  }
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  document.getElementById("language").addEventListener("click", () => { speak(language === "fr" ? "en" : "fr"); apply(); });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.check) only({ state: "failed", check: button.dataset.check });
    if (button.dataset.group) {
      const [kind, tag] = button.dataset.group.split(/:(.*)/);
      only(kind === "tag" ? { tag: `${tag}: ${button.dataset.value}` } : { [kind]: button.dataset.value });
    }
    if (button.dataset.call) {
      const found = rows.filter(({ call }) => call.name === button.dataset.call);
      if (!found.length) return;
      form.reset();
      for (const { row } of rows) row.hidden = false;
      count();
      found[0].row.open = true;
      found[0].row.querySelector("summary").focus({ preventScroll: true });
      found[0].row.scrollIntoView();
    }
  });
  window.addEventListener("hashchange", restore);
  window.addEventListener("beforeprint", () => { for (const { row } of rows.filter(({ call }) => call.state !== "passed").slice(0, 50)) if (!row.hidden) row.open = true; });
  restore();
})();
