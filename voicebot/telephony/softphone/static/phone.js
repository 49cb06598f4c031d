// The softphone: one call at a time, from the button to the end.

import { Line } from "./line.js";
import { Sound } from "./sound.js";
import { Transcript } from "./transcript.js";
import { name, offerLanguages } from "./words.js";

const FLOOR_DB = -60;
const LEVEL_EVERY = 5; // frames of 20 ms

const find = (id) => document.getElementById(id);
const clients = [...document.querySelectorAll("input[name=client]")];
const keys = [...document.querySelectorAll("[data-key]")];
const transcript = new Transcript(find("transcript"));

/** The call that is going on, or null: { id, sound, line, attempt, hungUp, began, ticking }. */
let call = null;

function show(state, wordName) {
  document.body.dataset.state = state;
  name(find("status"), wordName);
  name(find("call-word"), state === "idle" ? "call" : "hang_up");
  for (const input of clients) input.disabled = state !== "idle";
  for (const key of keys) key.disabled = state !== "talking";
}

async function post(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body ?? {}),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

async function place() {
  const chosen = clients.find((input) => input.checked);
  if (!chosen) return;
  transcript.begin();
  show("calling", "calling");
  const placed = { id: "", sound: null, line: null, attempt: 0, hungUp: false, began: 0, ticking: 0 };
  call = placed;
  try {
    placed.sound = await Sound.open();
  } catch {
    end("no_microphone");
    return;
  }
  watchLevels(placed.sound);
  await connect(placed, () => post("/phone/calls", { client: chosen.value }));
}

/** Asks the server for a line and takes it; used for the first line and for those after a break. */
async function connect(current, ask) {
  let answer;
  try {
    answer = await ask();
  } catch {
    if (call === current) end("unreachable");
    return;
  }
  if (call !== current || current.hungUp) return;
  if (answer.state === "ended") end("over");
  else if (answer.state === "refused") {
    for (const { language, text } of answer.sentences) transcript.say(text, language);
    end("refused");
  } else talk(current, answer);
}

function talk(current, offer) {
  if (!current.id) transcript.follow(offer.events);
  current.id = offer.call;
  current.line = new Line(offer.call, offer.token, current.sound);
  current.line.addEventListener("open", () => {
    show("talking", "talking");
    current.began ||= Date.now();
    current.ticking ||= setInterval(() => tick(current), 500);
    tick(current);
  });
  current.line.addEventListener("over", () => comeBack(current));
}

/** The stream is over: by the receptionist's wish, by ours, or broken. The server knows which. */
async function comeBack(current) {
  current.sound.clear();
  if (call !== current) return;
  if (current.hungUp) {
    end("over");
    return;
  }
  current.attempt += 1;
  show("calling", "resuming");
  await connect(current, () => post(`/phone/calls/${current.id}/resume?attempt=${current.attempt}`));
}

function hangUp() {
  call.hungUp = true;
  if (call.line) call.line.stop();
  else end("over");
}

function end(wordName) {
  clearInterval(call.ticking);
  call.sound?.close();
  call = null;
  for (const id of ["level-out", "level-in"]) level(find(id), 0);
  show("idle", wordName);
}

function tick(current) {
  const seconds = Math.floor((Date.now() - current.began) / 1000);
  find("clock").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function watchLevels(sound) {
  let power = 0;
  let frames = 0;
  sound.addEventListener("frame", ({ detail }) => {
    for (const sample of detail) power += sample * sample;
    frames += 1;
    if (frames < LEVEL_EVERY) return;
    level(find("level-out"), Math.sqrt(power / (frames * detail.length)) / 32768);
    power = frames = 0;
  });
  sound.addEventListener("level", ({ detail }) => level(find("level-in"), detail));
}

function level(meter, rms) {
  const db = Math.max(FLOOR_DB, Math.min(0, 20 * Math.log10(rms + 1e-9)));
  meter.ariaValueNow = db.toFixed(0);
  meter.firstElementChild.style.transform = `scaleX(${(1 - db / FLOOR_DB).toFixed(3)})`;
}

function press(key) {
  if (document.body.dataset.state !== "talking") return;
  call.line.press(key);
  const button = keys.find((candidate) => candidate.dataset.key === key);
  button.classList.add("pressed");
  setTimeout(() => button.classList.remove("pressed"), 150);
}

find("call").addEventListener("click", () => (call ? hangUp() : place()));
for (const key of keys) key.addEventListener("click", () => press(key.dataset.key));
addEventListener("keydown", ({ key, ctrlKey, altKey, metaKey }) => {
  if (!ctrlKey && !altKey && !metaKey && /^[0-9*#]$/.test(key)) press(key);
});
// The page goes away in mid-call: the server must not wait for the caller.
addEventListener("pagehide", () => {
  if (call?.id) navigator.sendBeacon(`/phone/calls/${call.id}/hang-up`);
});
offerLanguages([...document.querySelectorAll("[data-language]")]);
