// SHA-256 (FIPS 180-4) and HMAC (RFC 2104). Browsers withhold their own from a page that came by
// plain http, as it does from a laptop in a hall.

const K = new Uint32Array(64);
const START = new Uint32Array(8);
{
  // The constants are the fractional parts of the roots of the first primes: made, not copied.
  const fraction = (root) => (root - Math.floor(root)) * 2 ** 32;
  const primes = [];
  for (let number = 2; primes.length < 64; number++) {
    if (primes.some((prime) => number % prime === 0)) continue;
    if (primes.length < 8) START[primes.length] = fraction(Math.sqrt(number));
    K[primes.length] = fraction(Math.cbrt(number));
    primes.push(number);
  }
}

const turned = (word, by) => (word >>> by) | (word << (32 - by));

function compress(state, view, from, words) {
  for (let i = 0; i < 16; i++) words[i] = view.getUint32(from + 4 * i);
  for (let i = 16; i < 64; i++) {
    const x = words[i - 15];
    const y = words[i - 2];
    const low = turned(x, 7) ^ turned(x, 18) ^ (x >>> 3);
    const high = turned(y, 17) ^ turned(y, 19) ^ (y >>> 10);
    words[i] = words[i - 16] + low + words[i - 7] + high;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i++) {
    const mixed = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
    const one = (h + mixed + ((e & f) ^ (~e & g)) + K[i] + words[i]) | 0;
    const other = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
    const two = (other + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => {
    state[i] += word;
  });
}

/** The 32 bytes of the hash of bytes. */
export function sha256(bytes) {
  const filled = new Uint8Array((((bytes.length + 8) >> 6) + 1) << 6);
  filled.set(bytes);
  filled[bytes.length] = 0x80;
  const view = new DataView(filled.buffer);
  view.setUint32(filled.length - 8, Math.floor(bytes.length / 2 ** 29));
  view.setUint32(filled.length - 4, (bytes.length << 3) >>> 0);
  const state = Uint32Array.from(START);
  const words = new Uint32Array(64);
  for (let from = 0; from < filled.length; from += 64) compress(state, view, from, words);
  const hash = new Uint8Array(32);
  const out = new DataView(hash.buffer);
  state.forEach((word, i) => out.setUint32(4 * i, word));
  return hash;
}

/** The 32 bytes of HMAC-SHA-256; the key has at most 64 bytes. */
export function hmac(key, message) {
  const inner = new Uint8Array(64 + message.length).fill(0x36, 0, 64);
  const outer = new Uint8Array(96).fill(0x5c, 0, 64);
  key.forEach((byte, i) => {
    inner[i] ^= byte;
    outer[i] ^= byte;
  });
  inner.set(message, 64);
  outer.set(sha256(inner), 64);
  return sha256(outer);
}

/** Bytes as hexadecimal text. */
export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
