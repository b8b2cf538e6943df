// A short sound for a new critical violation. Off until somebody switches it on: browsers
// allow no sound before that, and a room may not want one.

const REMEMBERED_AS = "zone.sound";
const TONES_HZ = [880, 660];
const TONE_S = 0.16;

export class Sound {
  constructor() {
    this.on = localStorage.getItem(REMEMBERED_AS) === "on";
    /** @type {AudioContext | null} */
    this.context = null;
  }

  toggle() {
    this.on = !this.on;
    localStorage.setItem(REMEMBERED_AS, this.on ? "on" : "off");
    if (this.on) this.ring();
  }

  ring() {
    if (!this.on) return;
    this.context ??= new AudioContext();
    TONES_HZ.forEach((hz, index) => this.#tone(hz, index * TONE_S));
  }

  /**
   * @param {number} hz
   * @param {number} afterS
   */
  #tone(hz, afterS) {
    const context = /** @type {AudioContext} */ (this.context);
    const tone = context.createOscillator();
    const volume = context.createGain();
    const start = context.currentTime + afterS;
    tone.frequency.value = hz;
    volume.gain.setValueAtTime(0.12, start);
    volume.gain.exponentialRampToValueAtTime(0.001, start + TONE_S);
    tone.connect(volume).connect(context.destination);
    tone.start(start);
    tone.stop(start + TONE_S);
  }
}
