// Microphone and loudspeaker of one call. Events: "frame" (int16, 160 samples at 8 kHz), "played" (a mark), "level".

export class Sound extends EventTarget {
  #context;
  #microphone;
  #playback;

  /** Asks for the microphone. Rejects with the browser's own error when it is refused or missing. */
  static async open() {
    const sound = new Sound();
    sound.#microphone = await navigator.mediaDevices.getUserMedia({
      audio: { channelCount: 1, echoCancellation: true, noiseSuppression: false, autoGainControl: true },
    });
    try {
      await sound.#start();
    } catch (failure) {
      sound.close();
      throw failure;
    }
    return sound;
  }

  async #start() {
    this.#context = new AudioContext({ latencyHint: "interactive" });
    const modules = ["capture_worklet.js", "playback_worklet.js"];
    await Promise.all(modules.map((name) => this.#context.audioWorklet.addModule(new URL(name, import.meta.url))));
    const capture = new AudioWorkletNode(this.#context, "capture", { numberOfOutputs: 0 });
    capture.port.onmessage = ({ data }) => this.#tell("frame", data);
    this.#context.createMediaStreamSource(this.#microphone).connect(capture);
    this.#playback = new AudioWorkletNode(this.#context, "playback", { numberOfInputs: 0, outputChannelCount: [1] });
    this.#playback.port.onmessage = ({ data }) => {
      if (data.played !== undefined) this.#tell("played", data.played);
      else this.#tell("level", data.level);
    };
    this.#playback.connect(this.#context.destination);
    await this.#context.resume();
  }

  /** Queues samples at 8 kHz, in [-1, 1]. */
  play(pcm) {
    this.#playback.port.postMessage({ pcm }, [pcm.buffer]);
  }

  mark(name) {
    this.#playback.port.postMessage({ mark: name });
  }

  clear() {
    this.#playback.port.postMessage({ clear: true });
  }

  close() {
    for (const track of this.#microphone.getTracks()) track.stop();
    this.#context?.close();
  }

  #tell(kind, detail) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}
