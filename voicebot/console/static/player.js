// One call: its sound, its shape and its transcript move together.

import { ask, tell } from "./ask.js";
import { onKeys } from "./frame_keys.js";
import { Waveform } from "./waveform.js";
import { word } from "./words.js";

const STEP_MS = 5000;
const COLUMNS = 600;

const player = document.getElementById("player");
const sound = document.getElementById("sound");
const canvas = document.getElementById("wave");
const position = document.getElementById("position");
const clock = document.getElementById("clock");
const play = document.getElementById("play");
const speed = document.getElementById("speed");
const transcript = document.getElementById("transcript");
const lines = [...transcript.querySelectorAll(".line")].map((line) => ({
  line,
  from: Number(line.dataset.from),
  to: Number(line.dataset.to),
  timed: line.hasAttribute("data-timed"),
}));
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;

let wave;
let now = -1;
let chosen = -1;

function moment() {
  return sound ? Math.round(sound.currentTime * 1000) : 0;
}

function clockOf(ms) {
  const seconds = Math.floor(ms / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
}

/** The line that is heard at a moment: the last one that began and has not ended; two may speak at once. */
function lineAt(ms) {
  for (let index = lines.length - 1; index >= 0; index -= 1) {
    const { from, to, timed } = lines[index];
    if (timed && from <= ms && ms < to) return index;
  }
  return -1;
}

/** Scrolls inside the transcript only, never the page. */
function bringIntoView(line) {
  const [top, height] = [line.offsetTop, line.offsetHeight];
  if (top >= transcript.scrollTop && top + height <= transcript.scrollTop + transcript.clientHeight) return;
  transcript.scrollTo({ top: top - transcript.clientHeight / 3, behavior: calm ? "auto" : "smooth" });
}

function show() {
  const ms = moment();
  const heard = lineAt(ms);
  if (heard !== now) {
    lines[now]?.line.removeAttribute("aria-current");
    lines[heard]?.line.setAttribute("aria-current", "true");
    if (heard >= 0) bringIntoView(lines[heard].line);
    now = heard;
  }
  if (heard >= 0) chosen = heard;
  wave?.draw(ms);
  clock.textContent = clockOf(ms);
  position.value = String(ms);
  position.setAttribute("aria-valuetext", clockOf(ms));
}

function follow() {
  show();
  if (!sound.paused) requestAnimationFrame(follow);
}

/** The sound is fetched when somebody wants to hear it: only then is it noted that they listened. */
async function start() {
  try {
    await sound.play();
  } catch (error) {
    if (error.name !== "AbortError") tell(word("calls.not_loaded"));
  }
}

function seek(ms, andPlay = false) {
  if (!sound) return;
  const length = Number(position.max);
  const to = Math.min(Math.max(0, ms), length) / 1000;
  if (sound.readyState > 0) sound.currentTime = to;
  else {
    sound.addEventListener("loadedmetadata", () => (sound.currentTime = to), { once: true });
    sound.load();
    sound.preload = "metadata";
  }
  if (andPlay) start();
  show();
}

function toggle() {
  if (sound.paused) start();
  else sound.pause();
}

function faster(step) {
  speed.selectedIndex = Math.min(speed.options.length - 1, Math.max(0, speed.selectedIndex + step));
  sound.playbackRate = Number(speed.value);
}

/** The next or last sentence: heard when there is sound, else only shown. */
function walk(step) {
  let next = chosen + step;
  while (lines[next] && !lines[next].timed && sound) next += step;
  if (!lines[next]) return;
  lines[chosen]?.line.classList.remove("chosen");
  chosen = next;
  if (sound) seek(lines[next].from);
  else lines[next].line.classList.add("chosen");
  bringIntoView(lines[next].line);
}

function allReasons() {
  const button = document.getElementById("why-all");
  const open = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(open));
  for (const reasons of transcript.querySelectorAll("details")) reasons.open = open;
}

const whyAll = document.getElementById("why-all");
whyAll?.addEventListener("click", allReasons);
const keys = { ArrowUp: () => walk(-1), ArrowDown: () => walk(1), ...(whyAll && { d: allReasons }) };
if (sound) {
  keys[" "] = toggle;
  keys.ArrowLeft = () => seek(moment() - STEP_MS);
  keys.ArrowRight = () => seek(moment() + STEP_MS);
  keys["<"] = () => faster(-1);
  keys[">"] = () => faster(1);
  play.addEventListener("click", toggle);
  sound.addEventListener("play", () => {
    play.textContent = `❚❚ ${word("calls.pause")}`;
    follow();
  });
  sound.addEventListener("pause", () => {
    play.textContent = `▶ ${word("calls.play")}`;
    show();
  });
  sound.addEventListener("seeked", show);
  sound.addEventListener("error", () => tell(word("calls.not_loaded")));
  speed.addEventListener("change", () => (sound.playbackRate = Number(speed.value)));
  position.addEventListener("input", () => seek(Number(position.value)));
  canvas.addEventListener("click", (event) => wave && seek(wave.momentAt(event.clientX), true));
  for (const { line, from, timed } of lines) {
    if (!timed) continue;
    line.querySelector(".hear").addEventListener("click", () => seek(from, true));
    line.querySelector(".line-text")?.addEventListener("click", () => getSelection().isCollapsed && seek(from, true));
  }
}
onKeys(keys);

const peaks = await ask(`/calls/${player.dataset.call}/peaks?columns=${COLUMNS}`);
if (peaks.caller.length) {
  if (position) position.max = String(Math.max(peaks.length_ms, 1));
  wave = new Waveform(canvas, peaks);
} else canvas.closest(".wave").hidden = true;
player.dataset.ready = "";
