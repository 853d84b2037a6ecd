/** The state of the evening on a page, and how events change it. */
import { revealer, calm } from "/static/reveal.js";

/**
 * @typedef {{id: string, participantId: string, name: string, prizeId: string, prize: string,
 *   at: string, ticket: number | null, of: number | null, guests: number | null}} Win
 * @typedef {{id: string, name: string, quantity: number}} Prize
 */

/** A full hall of phones spreads what it asks of the server over so long, a small one hardly. */
const SPREAD_MS = 3000;
const SPREAD_EACH_MS = 10;
/** Names of one draw are to be read, before the next prize of the same minute takes the screen. */
const READ_MS = 2500;

let guests = Infinity;
/** @param {number} count how many guests there are now */
export function counted(count) {
  guests = count;
}
export const spread = () => Math.min(SPREAD_MS, guests * SPREAD_EACH_MS);

/** The state that the page was rendered from. */
export function evening() {
  return JSON.parse(document.getElementById("evening")?.textContent ?? "{}");
}

/** @param {unknown} value */
const whole = (value) => (Number.isInteger(value) ? value : null);

/**
 * A winner of the wire contract as the pages keep it.
 * @param {any} winner
 * @returns {Win}
 */
export function winOf(winner) {
  return {
    id: winner.id,
    participantId: winner.participantId,
    name: winner.participant.user.name,
    prizeId: winner.prizeId,
    prize: winner.prize.name,
    at: winner.createdAt,
    ticket: whole(winner.metadata?.ticket),
    of: whole(winner.metadata?.of),
    guests: whole(winner.metadata?.guests),
  };
}

/**
 * Prizes after an event about one of them.
 * @param {Prize[]} prizes
 * @param {string} event
 * @param {any} prize
 */
export function changePrizes(prizes, event, prize) {
  const kept = { id: prize.id, name: prize.name, quantity: prize.quantity };
  if (event === "prize:deleted") return prizes.filter((one) => one.id !== prize.id);
  if (prizes.some((one) => one.id === prize.id)) {
    return prizes.map((one) => (one.id === prize.id ? kept : one));
  }
  return [...prizes, kept];
}

/**
 * The wins of the last draw: those of one prize that end the list, made at one moment.
 * @param {Win[]} wins
 */
export function latestDraw(wins) {
  const last = wins.at(-1);
  return wins.filter((win) => win.prizeId === last?.prizeId && win.at === last?.at);
}

/** @param {number | null} number */
export const ticketNumber = (number) => String(number).padStart(4, "0");

/**
 * `1 guest`, `148 guests`.
 * @param {number} count
 * @param {string} one
 */
export const tally = (count, one) =>
  `${count.toLocaleString("en").replaceAll(",", "\u202f")} ${count === 1 ? one : `${one}s`}`;

/**
 * `Ann, Bo and Cy`, or `Ann, Bo, Cy and 4 more`.
 * @param {string[]} names
 */
export function listed(names, most = 3) {
  if (names.length > most) return `${names.slice(0, most).join(", ")} and ${names.length - most} more`;
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/**
 * Winners one draw at a time, after the suspense that the room wants. A win that is taken
 * back meanwhile is not shown.
 * @param {{suspense: number, hush: (first: Win) => void, show: (wins: Win[]) => Promise<void> | void}} acts
 */
export function draws({ suspense, hush, show }) {
  const gone = new Set();
  const told = revealer({
    hush,
    show: (wins) => show(wins.filter((win) => !gone.has(win.id))),
    ms: calm() ? 0 : suspense * 1000,
    rest: READ_MS + suspense * 1500,
  });
  return {
    /** @param {Win} win @param {string} at */
    won: (win, at) => told(win, at),
    /** @param {string} winnerId */
    takenBack: (winnerId) => gone.add(winnerId),
  };
}

/**
 * Loads the page again. Phones do it at different moments, so that a full hall does not ask
 * for everything at once.
 */
export function again(over = spread()) {
  setTimeout(() => location.reload(), Math.random() * over);
}
