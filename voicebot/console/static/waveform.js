// Draws the sound of a call: the caller above the line, who speaks with them below; what was played is darker.

const CALLER = ["#8fb6d8", "#1b5a8f"];
const RECEPTION = ["#b9a7d6", "#5b3a8c"];
const NOW = "#a4161a";

export class Waveform {
  /** canvas: as wide as its place. peaks: { length_ms, caller, receptionist } as the server gives them. */
  constructor(canvas, peaks) {
    this.canvas = canvas;
    this.peaks = peaks;
    this.at = 0;
    new ResizeObserver(() => this.draw(this.at)).observe(canvas);
    this.draw(0);
  }

  /** Moment under a point of the page, ms. */
  momentAt(clientX) {
    const place = this.canvas.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (clientX - place.left) / place.width));
    return Math.round(share * this.peaks.length_ms);
  }

  draw(at) {
    this.at = at;
    const { canvas, peaks } = this;
    const scale = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(canvas.clientWidth * scale), Math.round(canvas.clientHeight * scale)];
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const pen = canvas.getContext("2d");
    pen.clearRect(0, 0, width, height);
    pen.fillStyle = "#d5dbe1";
    pen.fillRect(0, height / 2, width, 1);
    const columns = peaks.caller.length;
    if (!columns) return;
    const each = width / columns;
    const played = peaks.length_ms ? (at / peaks.length_ms) * columns : 0;
    for (let column = 0; column < columns; column += 1) {
      const tone = column < played ? 1 : 0;
      const half = height / 2 - 1;
      const [up, down] = [(peaks.caller[column] / 100) * half, (peaks.receptionist[column] / 100) * half];
      pen.fillStyle = CALLER[tone];
      pen.fillRect(column * each, height / 2 - up, Math.max(1, each - 0.5), up);
      pen.fillStyle = RECEPTION[tone];
      pen.fillRect(column * each, height / 2 + 1, Math.max(1, each - 0.5), down);
    }
    if (at > 0 && peaks.length_ms) {
      pen.fillStyle = NOW;
      pen.fillRect((at / peaks.length_ms) * width - scale, 0, 2 * scale, height);
    }
  }
}
