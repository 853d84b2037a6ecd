// Opens a question that was sent ahead, closed; the twin of rules/seal.py, which tells the format.

import { hmac } from "./sha256.js";

const VERSION = 1;
const TAG_BYTES = 32;
const KEY_BYTES = 32;
const ascii = (text) => new TextEncoder().encode(text);

function bytes(text) {
  const plain = text.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(plain), (sign) => sign.charCodeAt(0));
}

/**
 * The question in a `sealed` text, by the `key` that `quiz:phase` told; both base64url.
 * Throws an Error where the key is another's or something was changed.
 */
export function unseal(sealed, key) {
  const whole = bytes(sealed);
  const secret = bytes(key);
  if (whole[0] !== VERSION || whole.length <= TAG_BYTES || secret.length !== KEY_BYTES) {
    throw new Error("this is no sealed question, or no key");
  }
  const hidden = whole.subarray(1, whole.length - TAG_BYTES);
  const tag = hmac(hmac(secret, ascii("festoon-quiz seal")), hidden);
  if (!tag.every((byte, i) => byte === whole[1 + hidden.length + i])) {
    throw new Error("the key does not open this question");
  }
  const hiding = hmac(secret, ascii("festoon-quiz stream"));
  const plain = new Uint8Array(hidden.length);
  const counter = new DataView(new ArrayBuffer(4));
  for (let block = 0; block * 32 < hidden.length; block++) {
    counter.setUint32(0, block);
    const stream = hmac(hiding, new Uint8Array(counter.buffer));
    for (let i = 0, at = block * 32; i < 32 && at < hidden.length; i++, at++) {
      plain[at] = hidden[at] ^ stream[i];
    }
  }
  return JSON.parse(new TextDecoder().decode(plain));
}
