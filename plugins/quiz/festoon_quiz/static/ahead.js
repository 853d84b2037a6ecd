/** Pictures and sounds that come before their question, closed; the twin of ahead.py. */
import { hmac } from "./sha256.js";

const SPREAD_MS = 800;
const START = new TextEncoder().encode("expand 32-byte k");

const turned = (/** @type {number} */ word, /** @type {number} */ by) => (word << by) | (word >>> (32 - by));

/** @param {Int32Array} s @param {number} a @param {number} b @param {number} c @param {number} d */
function quarter(s, a, b, c, d) {
  s[a] += s[b];
  s[d] = turned(s[d] ^ s[a], 16);
  s[c] += s[d];
  s[b] = turned(s[b] ^ s[c], 12);
  s[a] += s[b];
  s[d] = turned(s[d] ^ s[a], 8);
  s[c] += s[d];
  s[b] = turned(s[b] ^ s[c], 7);
}

/**
 * ChaCha20 with counter and nonce zero, in place.
 * @param {Uint8Array} bytes
 * @param {Uint8Array} key 32 bytes
 */
export function chacha20(bytes, key) {
  const from = new Int32Array(16);
  const words = new Uint8Array(from.buffer);
  words.set(START);
  words.set(key, 16);
  const state = new Int32Array(16);
  const stream = new Uint8Array(state.buffer);
  for (let at = 0; at < bytes.length; at += 64) {
    state.set(from);
    for (let round = 0; round < 10; round++) {
      for (let i = 0; i < 4; i++) quarter(state, i, i + 4, i + 8, i + 12);
      for (let i = 0; i < 4; i++) quarter(state, i, 4 + ((i + 1) % 4), 8 + ((i + 2) % 4), 12 + ((i + 3) % 4));
    }
    for (let i = 0; i < 16; i++) state[i] += from[i];
    const end = Math.min(64, bytes.length - at);
    for (let i = 0; i < end; i++) bytes[at + i] ^= stream[i];
    from[12]++;
  }
}

export class Ahead {
  #url = "";
  /** @type {Blob | null} */ #closed = null;
  /** @type {Uint8Array | null} */ #bytes = null;
  #shown = "";
  /** Is over when everything that was to come has come, or will not. */
  coming = Promise.resolve();

  /** Fetches what comes ahead of a question, at a moment of this phone's own. @param {string} url */
  fetch(url) {
    if (url === this.#url) return;
    this.#url = url;
    this.#closed = this.#bytes = null;
    this.coming = this.#load(url).catch(() => {});
  }

  /**
   * The address of the opened file, or "" where it did not come.
   * @param {string} key of the round, base64url
   */
  open(key) {
    if (!this.#bytes || !this.#closed) return "";
    const secret = Uint8Array.from(atob(key.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
    const bytes = this.#bytes;
    chacha20(bytes, hmac(secret, new TextEncoder().encode("festoon-quiz media")));
    const opened = new Blob([bytes], { type: this.#closed.type });
    this.#closed = this.#bytes = null;
    URL.revokeObjectURL(this.#shown);
    this.#shown = URL.createObjectURL(opened);
    return this.#shown;
  }

  /** @param {string} url */
  async #load(url) {
    await new Promise((done) => setTimeout(done, Math.random() * SPREAD_MS));
    const answer = await fetch(url);
    if (!answer.ok) return;
    const closed = await answer.blob();
    const bytes = new Uint8Array(await closed.arrayBuffer());
    if (url !== this.#url) return;
    this.#closed = closed;
    this.#bytes = bytes;
  }
}
