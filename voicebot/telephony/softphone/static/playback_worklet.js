// What the receptionist says, played at its own pace: a queue of sound and marks with a small reserve against jitter.

import { Resampler } from "./resampling.js";

const RESERVE = 480; // samples at 8 kHz: 60 ms
const LEVEL_EVERY = 800; // 100 ms

class Playback extends AudioWorkletProcessor {
  #resampler = new Resampler(8000, sampleRate);
  #queue = [];
  #at = 0;
  #queued = 0;
  #playing = false;
  #held = 0;
  #power = 0;
  #counted = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }) => {
      if (data.clear) this.#clear();
      else {
        this.#queue.push(data);
        this.#queued += data.pcm ? data.pcm.length : 0;
      }
    };
  }

  process(_inputs, [[channel]]) {
    for (let i = 0; i < channel.length; i += 1) {
      while (this.#resampler.needed > 0) this.#resampler.give(this.#measured(this.#next()));
      channel[i] = this.#resampler.take();
    }
    return true;
  }

  /** The next sample at 8 kHz, silence when there is none; marks are told as they are reached. */
  #next() {
    while (this.#queue.length > 0) {
      const { pcm, mark } = this.#queue[0];
      if (mark !== undefined) {
        this.#queue.shift();
        this.port.postMessage({ played: mark });
      } else if (this.#at === pcm.length) {
        this.#queue.shift();
        this.#at = 0;
      } else if (this.#mayPlay()) {
        this.#queued -= 1;
        this.#at += 1;
        return pcm[this.#at - 1];
      } else return 0;
    }
    this.#playing = false;
    this.#held = 0;
    return 0;
  }

  /** After a silence, sound waits until there is a reserve, a whole sentence, or 60 ms have passed. */
  #mayPlay() {
    if (this.#playing) return true;
    this.#held += 1;
    const whole = this.#queue[this.#queue.length - 1].mark !== undefined;
    this.#playing = whole || this.#queued >= RESERVE || this.#held >= RESERVE;
    return this.#playing;
  }

  #clear() {
    for (const { mark } of this.#queue) if (mark !== undefined) this.port.postMessage({ played: mark });
    this.#queue = [];
    this.#at = 0;
    this.#queued = 0;
  }

  #measured(sample) {
    this.#power += sample * sample;
    this.#counted += 1;
    if (this.#counted === LEVEL_EVERY) {
      this.port.postMessage({ level: Math.sqrt(this.#power / LEVEL_EVERY) });
      this.#power = 0;
      this.#counted = 0;
    }
    return sample;
  }
}

registerProcessor("playback", Playback);
