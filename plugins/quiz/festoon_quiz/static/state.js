/** What a page knows of the game, and what follows from it alone. */

/**
 * @typedef {{game: string, step: number, phase: string, paused: boolean, question: any,
 *   sealed?: string, key?: string, opensAt?: string, closesAt?: string, [name: string]: any}} Phase
 * @typedef {{phase: Phase, role: string | null, me: any, removed: boolean, content: any, counts: any, host: any,
 *   names: string[], teams: string[], settings: any}} State
 */

const ORDER = ["lobby", "ready", "open", "closed", "revealed", "board"];

/**
 * Whether a step led backwards.
 * @param {Phase} before
 * @param {Phase} after
 */
export function wentBack(before, after) {
  const number = (/** @type {Phase} */ phase) => phase.question?.number ?? 0;
  if (after.phase === "podium" || number(after) > number(before)) return false;
  if (number(after) < number(before)) return true;
  return ORDER.indexOf(after.phase) < ORDER.indexOf(before.phase);
}

/** @returns {State} */
export function empty() {
  return {
    phase: { game: "", step: -1, phase: "", paused: false, question: null },
    role: null,
    me: null,
    removed: false,
    content: null,
    counts: { players: 0, ready: 0, answered: 0 },
    host: null,
    names: [],
    teams: [],
    settings: {},
  };
}

/** What of a result is also the player's standing. @param {any} result */
export function standing({ points, place, of, streak, answered }) {
  return { points, place, of, streak, answered };
}
