// µ-law (ITU-T G.711) by table, as voicebot/speech/ulaw.py has it.

const BIAS = 132;
const CLIP = 32635;

const decoding = Float32Array.from({ length: 256 }, (_, byte) => {
  const code = ~byte & 0xff;
  const magnitude = ((((code & 15) << 3) + BIAS) << ((code >> 4) & 7)) - BIAS;
  return (code & 0x80 ? -magnitude : magnitude) / 32768;
});

const encoding = Uint8Array.from({ length: 65536 }, (_, bits) => {
  const sample = (bits << 16) >> 16;
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min((sample < 0 ? -(sample >> 2) : sample >> 2) << 2, CLIP) + BIAS;
  const exponent = 24 - Math.clz32(magnitude);
  return ~(sign | (exponent << 4) | ((magnitude >> (exponent + 3)) & 15)) & 0xff;
});

/** int16 samples to base64 of µ-law. */
export function encode(pcm) {
  let bytes = "";
  for (const sample of pcm) bytes += String.fromCharCode(encoding[sample & 0xffff]);
  return btoa(bytes);
}

/** base64 of µ-law to samples in [-1, 1]. */
export function decode(payload) {
  const bytes = atob(payload);
  const pcm = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i += 1) pcm[i] = decoding[bytes.charCodeAt(i)];
  return pcm;
}
