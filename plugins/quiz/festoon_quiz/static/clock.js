/** The time that is left: a bar and a number, and a word at few moments. */

/** Seconds before the end at which a screen reader is told; between them it is left in peace. */
const TOLD = [10, 5];
const TICK_MS = 100;

/** `5:00`. @param {number} whole seconds */
const minutes = (whole) => `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;

/**
 * Keeps every `[data-left]` (seconds, or minutes where they are many) and `[data-bar]` (a progress element) on the page true.
 */
export class Countdown {
  #now;
  #tell;
  /** @type {ReturnType<typeof setInterval> | undefined} */ #timer;
  #opens = 0;
  #closes = 0;
  /** @type {Set<number>} */ #told = new Set();

  /**
   * @param {() => number} now the server's clock in ms
   * @param {(words: string) => void} [tell] says something once, politely
   */
  constructor(now, tell = () => {}) {
    this.#now = now;
    this.#tell = tell;
  }

  /**
   * Counts down to `closesAt`; asking again for the same end goes on counting.
   * @param {string | null | undefined} opensAt
   * @param {string | null | undefined} closesAt
   */
  run(opensAt, closesAt) {
    const closes = Date.parse(closesAt ?? "");
    if (Number.isNaN(closes)) return this.stop();
    if (closes !== this.#closes) {
      this.#told = new Set(TOLD.filter((at) => closes - this.#now() < at * 1000));
    }
    this.#closes = closes;
    this.#opens = Date.parse(opensAt ?? "") || this.#now();
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.show(), TICK_MS);
    this.show();
  }

  /** Leaves what is shown as it is. */
  stop() {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#closes = 0;
  }

  /** Writes the time into the page as it is now. */
  show() {
    if (!this.#closes) return;
    const left = Math.max(0, this.#closes - this.#now());
    const whole = Math.ceil(left / 1000);
    const share = Math.min(1, left / Math.max(1, this.#closes - this.#opens));
    const words = whole < 100 ? String(whole) : minutes(whole);
    for (const place of document.querySelectorAll("[data-left]")) {
      if (place.textContent !== words) place.textContent = words;
      place.classList.toggle("is-minutes", whole >= 100);
      place.classList.toggle("is-short", whole <= 5);
    }
    for (const bar of document.querySelectorAll("progress[data-bar]")) {
      /** @type {HTMLProgressElement} */ (bar).value = share;
    }
    for (const at of TOLD) {
      if (whole > at || whole === 0 || this.#told.has(at)) continue;
      this.#told.add(at);
      this.#tell(`${at} seconds left`);
    }
  }
}
