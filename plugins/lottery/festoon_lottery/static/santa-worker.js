/** The check of Secret Santa, beside the page, so that the page never stands still. */
import { Wrong, check, checkReceipt, read } from "./verify-santa.js";

self.onmessage = ({ data: { text, receipt } }) => {
  /** @type {Record<string, unknown>} */
  const found = {};
  try {
    const proof = read(text);
    const log = Array.isArray(proof?.log) ? proof.log : [];
    found.off = log.findLast((/** @type {any} */ one) => one?.kind === "voided")?.data?.reason;
    found.kinds = log.map((/** @type {any} */ one) => one?.kind);
    if (found.off === undefined) {
      found.lines = check(proof);
      if (receipt && log.length > 2) {
        checkReceipt(proof, read(receipt));
        found.own = true;
      }
    }
  } catch (error) {
    found.wrong = error instanceof Wrong ? error.message : "This is no document of Secret Santa.";
  }
  postMessage(found);
};
