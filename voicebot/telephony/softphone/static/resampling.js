// One stream of samples at another rate: a windowed sinc, about 1 ms late, the same in every browser.

const PHASES = 128;
const LOBES = 8;

export class Resampler {
  #history;
  #taps;
  #kernel;
  #newest = 0;
  #step;
  #ahead = 1;

  constructor(fromHz, toHz) {
    this.#step = fromHz / toHz;
    const half = Math.ceil(LOBES * Math.max(1, this.#step));
    const cutoff = (0.94 * Math.min(1, 1 / this.#step)) / 2;
    this.#taps = 2 * half;
    this.#history = new Float32Array(this.#taps);
    this.#kernel = Array.from({ length: PHASES + 1 }, (_, phase) => kernel(half, cutoff, phase / PHASES));
  }

  /** Source samples that must be given before the next output sample. */
  get needed() {
    return Math.floor(this.#ahead);
  }

  give(sample) {
    this.#newest = (this.#newest + 1) % this.#taps;
    this.#history[this.#newest] = sample;
    this.#ahead -= 1;
  }

  /** The next output sample, once nothing is needed. */
  take() {
    const kernel = this.#kernel[Math.round(this.#ahead * PHASES)];
    let sum = 0;
    let at = this.#newest;
    for (let tap = this.#taps - 1; tap >= 0; tap -= 1) {
      sum += kernel[tap] * this.#history[at];
      at = at === 0 ? this.#taps - 1 : at - 1;
    }
    this.#ahead += this.#step;
    return sum;
  }
}

function kernel(half, cutoff, fraction) {
  const taps = Float32Array.from({ length: 2 * half }, (_, tap) => {
    const distance = tap - (half - 1) - fraction;
    const angle = 2 * Math.PI * cutoff * distance;
    const sinc = Math.abs(angle) < 1e-9 ? 1 : Math.sin(angle) / angle;
    const inside = Math.max(-1, Math.min(1, distance / half));
    return sinc * (0.5 + 0.5 * Math.cos(Math.PI * inside));
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}
