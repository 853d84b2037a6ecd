/**
 * SHA-256 (FIPS 180-4) and HMAC (RFC 2104), without the browser's help.
 *
 * Browsers withhold their own hashes from a page that came by plain http, and where they have them, a
 * promise for each of 200,000 short hashes takes longer than this does.
 */

const K = new Uint32Array(64);
const START = new Uint32Array(8);
{
  // The constants are the fractional parts of the roots of the first primes: made, not copied.
  const fraction = (root) => (root - Math.floor(root)) * 2 ** 32;
  let found = 0;
  for (let number = 2; found < 64; number++) {
    let isPrime = true;
    for (let factor = 2; factor * factor <= number; factor++) {
      if (number % factor === 0) isPrime = false;
    }
    if (isPrime) {
      if (found < 8) START[found] = fraction(Math.sqrt(number));
      K[found++] = fraction(Math.cbrt(number));
    }
  }
}

const words = new Uint32Array(64);

function compress(state, bytes, from) {
  for (let i = 0, at = from; i < 16; i++, at += 4) {
    words[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
  }
  for (let i = 16; i < 64; i++) {
    const x = words[i - 15];
    const y = words[i - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    words[i] = (words[i - 16] + s0 + words[i - 7] + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const one = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + words[i]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + two) | 0;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
  state[5] += f;
  state[6] += g;
  state[7] += h;
}

/** The 32 bytes of the SHA-256 of some bytes. */
export function sha256(bytes) {
  return finished(Uint32Array.from(START), bytes, bytes.length);
}

/** Ends a hash of `length` bytes in all, of which `bytes` are those not yet compressed. */
function finished(state, bytes, length) {
  let at = 0;
  for (; at + 64 <= bytes.length; at += 64) compress(state, bytes, at);
  const rest = bytes.length - at;
  const last = new Uint8Array(rest < 56 ? 64 : 128);
  last.set(bytes.subarray(at));
  last[rest] = 0x80;
  const view = new DataView(last.buffer);
  view.setUint32(last.length - 8, Math.floor(length / 2 ** 29));
  view.setUint32(last.length - 4, length * 8);
  for (let from = 0; from < last.length; from += 64) compress(state, last, from);
  const hash = new DataView(new ArrayBuffer(32));
  for (let i = 0; i < 8; i++) hash.setUint32(4 * i, state[i]);
  return new Uint8Array(hash.buffer);
}

/** Answers a function that makes HMAC-SHA256 of messages under a key of at most 64 bytes. */
export function hmac(key) {
  const begun = (mask) => {
    const block = new Uint8Array(64).fill(mask);
    for (let i = 0; i < key.length; i++) block[i] ^= key[i];
    const state = Uint32Array.from(START);
    compress(state, block, 0);
    return state;
  };
  const inner = begun(0x36);
  const outer = begun(0x5c);
  return (message) => {
    const hash = finished(inner.slice(), message, 64 + message.length);
    return finished(outer.slice(), hash, 96);
  };
}
