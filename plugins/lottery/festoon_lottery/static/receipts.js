/**
 * The receipts that this phone was given, kept by itself.
 *
 * A receipt that the server hands out when it is asked to be checked says what the server says;
 * one that was kept since entering holds the server to what it said then.
 */

/**
 * @typedef {{salt: string, participant: string, name: string, weight: number, seen?: string[]}} Receipt
 */

/** @param {string} room @param {string} round */
const key = (room, round) => `festoon-lottery:${room}:${round}`;

/**
 * @param {string} room
 * @param {string} round
 * @returns {Receipt | null}
 */
export function kept(room, round) {
  try {
    return JSON.parse(localStorage.getItem(key(room, round)) ?? "null");
  } catch {
    // A browser that keeps nothing: there is only what the server says.
    return null;
  }
}

/**
 * Keeps a receipt, unless one is there: what was told first stays. What was seen of the log is
 * added to it.
 * @param {string} room
 * @param {string} round
 * @param {Receipt} receipt
 */
export function keep(room, round, receipt) {
  const first = kept(room, round);
  const same = first && first.salt === receipt.salt && first.participant === receipt.participant;
  const one = same ? first : receipt;
  const seen = [...new Set([...(one.seen ?? []), ...(receipt.seen ?? [])])];
  try {
    localStorage.setItem(key(room, round), JSON.stringify({ ...one, seen }));
  } catch {
    // As above.
  }
}
