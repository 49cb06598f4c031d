// A call that is offered rings: in the headset, in the title of the window, and outside it when notifications are allowed.

import { word } from "./words.js";

const BURST_S = 1.0;
const EVERY_MS = 3000;

export class Ring {
  #context = null;
  #title = document.title;
  #ringing = null;
  #notice = null;

  /** To be called by a click: browsers play nothing before one. */
  warm() {
    this.#context ??= new AudioContext({ latencyHint: "interactive" });
    this.#context.resume();
    if ("Notification" in window && Notification.permission === "default") Notification.requestPermission();
  }

  get ringing() {
    return this.#ringing !== null;
  }

  start(said) {
    if (this.#ringing) return;
    this.#burst();
    this.#ringing = setInterval(() => this.#burst(), EVERY_MS);
    document.title = `☎ ${said}`;
    if (document.hidden && "Notification" in window && Notification.permission === "granted") {
      this.#notice = new Notification(word("desk.rings"), { body: said, tag: "voicebot-offer" });
      this.#notice.onclick = () => window.focus();
    }
  }

  stop() {
    clearInterval(this.#ringing);
    this.#ringing = null;
    this.#notice?.close();
    this.#notice = null;
    this.#gain?.gain.cancelScheduledValues(0);
    if (this.#gain) this.#gain.gain.value = 0;
    document.title = this.#title;
  }

  #gain = null;

  /** Two tones as French telephones ring, 440 Hz. */
  #burst() {
    if (!this.#context || this.#context.state !== "running") return;
    const now = this.#context.currentTime;
    this.#gain = new GainNode(this.#context, { gain: 0 });
    this.#gain.connect(this.#context.destination);
    this.#gain.gain.setTargetAtTime(0.12, now, 0.01);
    this.#gain.gain.setTargetAtTime(0, now + BURST_S, 0.02);
    for (const frequency of [440, 480]) {
      const tone = new OscillatorNode(this.#context, { frequency });
      tone.connect(this.#gain);
      tone.start(now);
      tone.stop(now + BURST_S + 0.2);
    }
  }
}
