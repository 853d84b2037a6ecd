/** The check, beside the page, so that the page never stands still. */
import { sha256 } from "./hashing.js";
import { hex } from "./reading.js";
import { Wrong, check, ownEntry, read } from "./verify.js";

const EVERY_MS = 80;
const utf8 = new TextEncoder();
let told = 0;

/** @param {number} share from 0 to 1 */
function tell(share) {
  const now = performance.now();
  if (now - told < EVERY_MS) return;
  told = now;
  postMessage({ share });
}

/**
 * The document's fingerprint, by our SHA-256 and by the browser's where it has one for this page:
 * what the whole check rests on is itself held against another.
 * @param {string} text
 */
async function fingerprint(text) {
  const bytes = utf8.encode(text);
  const ours = hex(sha256(bytes));
  if (!globalThis.crypto?.subtle) return { print: ours, twice: false };
  const theirs = hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
  if (theirs !== ours) throw new Wrong("This page and your browser make different SHA-256 of one text.");
  return { print: ours, twice: true };
}

/** @param {any} proof */
function words({ level, beacon, log, entries }) {
  const data = (/** @type {string} */ kind) =>
    log?.find?.((/** @type {any} */ entry) => entry?.kind === kind)?.data ?? {};
  return {
    level,
    beacon: Boolean(beacon),
    entries: entries?.length ?? 0,
    root: data("closed").root ?? "",
    commitment: data("opened").commitment ?? "",
    revealed: ["revealed", "voided"].some((kind) => log?.some?.((/** @type {any} */ one) => one?.kind === kind)),
    voided: log?.at?.(-1)?.kind === "voided",
  };
}

self.onmessage = async ({ data: { text, receipt } }) => {
  /** @type {Record<string, unknown>} */
  const found = { done: true };
  try {
    const proof = read(text);
    Object.assign(found, words(proof ?? {}), await fingerprint(text));
    if (found.revealed) found.lines = check(proof, tell);
    if (receipt && proof.entries?.length) {
      // A receipt that is no document says nothing about the draw.
      try {
        found.own = ownEntry(proof, read(receipt));
      } catch (error) {
        if (!(error instanceof Wrong)) throw error;
        found.notOwn = error.message;
      }
    }
  } catch (error) {
    found.wrong = error instanceof Wrong ? error.message : "This is no proof of a draw.";
  }
  postMessage(found);
};
