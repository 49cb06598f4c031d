// One media stream of a call, in the words of Twilio Media Streams
// (twilio.com/docs/voice/media-streams/websocket-messages). Events: "open", "over", "key" (detail: a key that the other
// side pressed).

import { decode, encode } from "./ulaw.js";

const FRAME_MS = 20;

export class Line extends EventTarget {
  #socket;
  #sound;
  #call;
  #stream = "MZ" + Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
  #sequence = 0;
  #frames = 0;
  #forget = new AbortController();

  /** call: its id at the server. token: opens one stream of it. path: of the websocket, here. */
  constructor(call, token, sound, path = "/phone/media") {
    super();
    this.#call = call;
    this.#sound = sound;
    const address = new URL(path, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    this.#socket = new WebSocket(address);
    this.#socket.onopen = () => this.#begin(token);
    this.#socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    this.#socket.onclose = () => {
      this.#forget.abort();
      this.dispatchEvent(new Event("over"));
    };
  }

  press(key) {
    this.#send({ event: "dtmf", dtmf: { track: "inbound_track", digit: key } });
  }

  /** The caller hangs up. */
  stop() {
    this.#send({ event: "stop", stop: { accountSid: "", callSid: this.#call } });
    this.#socket.close(1000);
  }

  #begin(token) {
    this.#socket.send(JSON.stringify({ event: "connected", protocol: "Call", version: "1.0.0" }));
    const start = {
      accountSid: "",
      streamSid: this.#stream,
      callSid: this.#call,
      tracks: ["inbound"],
      mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8000, channels: 1 },
      customParameters: { token },
    };
    this.#send({ event: "start", start });
    const { signal } = this.#forget;
    this.#sound.addEventListener("frame", ({ detail }) => this.#say(detail), { signal });
    this.#sound.addEventListener("played", ({ detail }) => this.#send({ event: "mark", mark: { name: detail } }), { signal });
    this.dispatchEvent(new Event("open"));
  }

  #say(pcm) {
    this.#frames += 1;
    const timestamp = String((this.#frames - 1) * FRAME_MS);
    const media = { track: "inbound", chunk: String(this.#frames), timestamp, payload: encode(pcm) };
    this.#send({ event: "media", media });
  }

  #receive(message) {
    if (message.event === "media") this.#sound.play(decode(message.media.payload));
    else if (message.event === "mark") this.#sound.mark(message.mark.name);
    else if (message.event === "clear") this.#sound.clear();
    else if (message.event === "dtmf") this.dispatchEvent(new CustomEvent("key", { detail: message.dtmf.digit }));
  }

  #send(message) {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#sequence += 1;
    this.#socket.send(JSON.stringify({ ...message, sequenceNumber: String(this.#sequence), streamSid: this.#stream }));
  }
}
