// The microphone as 20 ms frames of int16 at 8 kHz, posted as they are full.

import { Resampler } from "./resampling.js";

const FRAME = 160;

class Capture extends AudioWorkletProcessor {
  #resampler = new Resampler(sampleRate, 8000);
  #frame = new Int16Array(FRAME);
  #filled = 0;

  process([[channel]]) {
    if (!channel) return true;
    for (const sample of channel) {
      this.#resampler.give(sample);
      while (this.#resampler.needed === 0) this.#put(this.#resampler.take());
    }
    return true;
  }

  #put(sample) {
    this.#frame[this.#filled] = Math.max(-32768, Math.min(32767, Math.round(sample * 32767)));
    this.#filled += 1;
    if (this.#filled < FRAME) return;
    this.port.postMessage(this.#frame, [this.#frame.buffer]);
    this.#frame = new Int16Array(FRAME);
    this.#filled = 0;
  }
}

registerProcessor("capture", Capture);
