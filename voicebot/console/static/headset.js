// The headset of this page: a microphone that is opened once, kept warm, and put on for one call at a time.
// It is the only module that uses the line and the sound that the telephone side serves under /headset/static.

const SERVED = "/headset/static";

/** What the line plays and hears; when muted, silence leaves the microphone. */
class Between extends EventTarget {
  muted = false;
  first = null;
  #sound;
  #forget = new AbortController();

  constructor(sound) {
    super();
    this.#sound = sound;
    const { signal } = this.#forget;
    sound.addEventListener("frame", ({ detail }) => this.#tell("frame", this.muted ? new detail.constructor(detail.length) : detail), { signal });
    sound.addEventListener("played", ({ detail }) => this.#tell("played", detail), { signal });
  }

  play(pcm) {
    if (this.first === null) {
      this.first = performance.now();
      this.#tell("first", this.first);
    }
    this.#sound.play(pcm);
  }

  mark(name) {
    this.#sound.mark(name);
  }

  clear() {
    this.#sound.clear();
  }

  off() {
    this.#forget.abort();
    this.#sound.clear();
  }

  #tell(kind, detail) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}

/** Events: "on" (the line is open), "sound" (ms from the wish to the first sound), "key" (the caller's), "off" (it is over). */
export class Headset extends EventTarget {
  #sound = null;
  #opening = null;
  #between = null;
  #line = null;

  get open() {
    return this.#sound !== null;
  }

  get worn() {
    return this.#line !== null;
  }

  get muted() {
    return this.#between?.muted ?? false;
  }

  /** Asks for the microphone, once. Rejects when it is refused or missing, or when the modules cannot be had. */
  async warm() {
    this.#opening ??= this.#open();
    try {
      await this.#opening;
    } catch (failure) {
      this.#opening = null;
      throw failure;
    }
  }

  async #open() {
    const [{ Sound }, { Line }] = await Promise.all([import(`${SERVED}/sound.js`), import(`${SERVED}/line.js`)]);
    this.#sound = await Sound.open();
    this.Line = Line;
  }

  /** ticket: { call, token, path } of the server. asked: performance.now() of the wish. */
  async putOn(ticket, asked) {
    await this.warm();
    this.takeOff();
    const between = new Between(this.#sound);
    const line = new this.Line(ticket.call, ticket.token, between, ticket.path);
    this.#between = between;
    this.#line = line;
    between.addEventListener("first", ({ detail }) => this.#tell("sound", Math.round(detail - asked)));
    line.addEventListener("open", () => this.#tell("on", ticket));
    line.addEventListener("key", ({ detail }) => this.#tell("key", detail));
    line.addEventListener("over", () => {
      between.off();
      if (this.#line !== line) return;
      this.#line = null;
      this.#between = null;
      this.#tell("off", ticket);
    });
  }

  mute(on) {
    if (this.#between) this.#between.muted = on;
  }

  press(key) {
    this.#line?.press(key);
  }

  takeOff() {
    this.#line?.stop();
  }

  #tell(kind, detail) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}
