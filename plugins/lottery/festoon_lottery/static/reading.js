/** What is read of a proof, and the bytes that are hashed: docs/reference/lottery-proof.md. */

import { sha256 } from "./hashing.js";

export const FORMAT = "festoon-lottery/2";

/** What is wrong with a proof, in words. */
export class Wrong extends Error {}

// --- bytes --------------------------------------------------------------------------------------

const utf8 = new TextEncoder();

export function encoded(text) {
  if (/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text)) {
    throw new Wrong("The document holds half a character.");
  }
  return utf8.encode(text);
}

export function joined(parts) {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function u32(number) {
  return Uint8Array.of(number >>> 24, number >>> 16, number >>> 8, number);
}

/** A whole number from 0 to 2^53 - 1 as eight bytes, big-endian. */
export function u64(number) {
  return joined([u32(Math.floor(number / 2 ** 32)), u32(number % 2 ** 32)]);
}

export const framed = (...fields) => joined(fields.flatMap((field) => [u32(field.length), field]));
export const digest = (purpose, ...fields) =>
  sha256(framed(encoded(`${FORMAT} ${purpose}`), ...fields));
export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** RFC 8785, for values without fractions. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (value !== null && typeof value === "object") {
    const names = Object.keys(value).sort();
    return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join()}}`;
  }
  return JSON.stringify(value);
}

// --- reading ------------------------------------------------------------------------------------

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|-?[\d.eE+-]+|[a-zA-Z]+/g;

/** The document of a text. Refuses what `JSON.parse` lets pass: fractions, names given twice. */
export function read(text) {
  let found;
  try {
    found = JSON.parse(text);
  } catch (error) {
    throw new Wrong(`This is no JSON document: ${error.message}.`);
  }
  const open = [];
  let before = "";
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(null);
    else if (token === "}" || token === "]") open.pop();
    else if (token === ":") {
      const names = open[open.length - 1];
      const name = JSON.parse(before);
      if (names.has(name)) throw new Wrong("The document gives one name two values.");
      names.add(name);
    } else if (/^[-\d]/.test(token)) {
      if (!/^-?\d+$/.test(token)) {
        throw new Wrong(`The document holds the number ${token}; a proof has whole numbers only.`);
      }
      if (!Number.isSafeInteger(Number(token))) {
        throw new Wrong(`The document holds the number ${token}, which is past what may be counted.`);
      }
    }
    before = token;
  }
  return found;
}

export const KINDS = {
  text: (value) => typeof value === "string",
  number: (value) => Number.isInteger(value),
  list: Array.isArray,
  object: (value) => value !== null && typeof value === "object" && !Array.isArray(value),
};

export function field(holder, name, kind, where) {
  const value = KINDS.object(holder) && Object.hasOwn(holder, name) ? holder[name] : undefined;
  if (!KINDS[kind](value)) {
    throw new Wrong(`'${name}' is missing in ${where}, or is not what it should be.`);
  }
  return value;
}

export function raw(holder, name, size, where) {
  const text = field(holder, name, "text", where);
  if (text.length !== 2 * size || !/^[\da-f]*$/.test(text)) {
    throw new Wrong(`'${name}' in ${where} is not ${size} bytes in lower-case hexadecimal.`);
  }
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
