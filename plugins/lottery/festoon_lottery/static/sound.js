/**
 * Sound for the hall, made by the browser itself: ticks that slow down, a chord when a name stands.
 * It is off until somebody allows it, and no file is loaded for it.
 */

const CHORD = [523.25, 659.25, 783.99, 1046.5];

export class Sound {
  /** @param {HTMLElement} button that turns it on and off */
  constructor(button) {
    this.button = button;
    /** @type {AudioContext | null} */
    this.audio = null;
    this.on = false;
    if (!("AudioContext" in window)) return;
    button.hidden = false;
    button.addEventListener("click", () => this.turn(!this.on));
  }

  /** @param {boolean} on */
  turn(on) {
    this.on = on;
    this.button.setAttribute("aria-pressed", String(on));
    this.button.textContent = on ? "Sound on" : "Sound off";
    if (!on) {
      void this.audio?.suspend();
      return;
    }
    this.audio ??= new AudioContext();
    void this.audio.resume();
    this.tick();
  }

  /** A short knock, as of a wheel that passes a pin. */
  tick() {
    this.note(1400, 0.04, 0.05, "square");
  }

  /** A name stands. */
  chord() {
    CHORD.forEach((pitch, n) => this.note(pitch, 1.8, 0.09, "triangle", n * 0.09));
  }

  /**
   * @param {number} pitch Hz
   * @param {number} seconds
   * @param {number} volume
   * @param {OscillatorType} shape
   * @param {number} [wait] seconds
   */
  note(pitch, seconds, volume, shape, wait = 0) {
    if (!this.on || !this.audio) return;
    const at = this.audio.currentTime + wait;
    const tone = this.audio.createOscillator();
    const gain = this.audio.createGain();
    tone.type = shape;
    tone.frequency.value = pitch;
    gain.gain.setValueAtTime(volume, at);
    gain.gain.exponentialRampToValueAtTime(0.0001, at + seconds);
    tone.connect(gain).connect(this.audio.destination);
    tone.start(at);
    tone.stop(at + seconds);
  }
}
