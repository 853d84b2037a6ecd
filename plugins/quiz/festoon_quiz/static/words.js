/** How numbers, names and kinds of questions are said. */

const GROUPS = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });

/** @param {number} value */
export const figure = (value) => GROUPS.format(value).replaceAll(",", "\u202f");

/**
 * `1 guest`, `148 guests`.
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 */
export const tally = (count, one, many = `${one}s`) =>
  `${figure(count)} ${count === 1 ? one : many}`;

/**
 * `1st`, `2nd`, `13th`.
 * @param {number} place
 */
export function ordinal(place) {
  const teen = place % 100 >= 11 && place % 100 <= 13;
  return `${figure(place)}${(!teen && { 1: "st", 2: "nd", 3: "rd" }[place % 10]) || "th"}`;
}

/**
 * `Ann, Bo and Cy`, or `Ann, Bo, Cy and 4 more`.
 * @param {string[]} names
 */
export function listed(names, most = 3) {
  if (names.length > most) return `${names.slice(0, most).join(", ")} and ${names.length - most} more`;
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** What one has to do, by kind of question. */
export const TASKS = {
  one: "One answer is right",
  several: "More than one may be right",
  truth: "True or false?",
  typed: "Type your answer",
  number: "The nearest number wins",
  order: "Put them in order",
  buzzer: "The fastest finger answers aloud",
  poll: "No right or wrong here",
};

/** What the editor calls the kinds. */
export const KINDS = {
  one: "One right option",
  several: "Several right options",
  truth: "True or false",
  typed: "Typed words",
  number: "A number, nearest wins",
  order: "Put in order",
  buzzer: "Buzzer, judged aloud",
  poll: "Poll, nothing right",
};

export const MODES = {
  first: "Who’s first: only the fastest right answer scores",
  speed: "Speed: the sooner, the more points",
  accuracy: "Accuracy: speed does not matter",
};

/** A code as people read it out: `K7Q 2XM`. */
export const spaced = (/** @type {string} */ code) =>
  code.length === 6 ? `${code.slice(0, 3)}\u2009${code.slice(3)}` : code;

/** @param {number} ms */
export const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`;

/** @param {number | null | undefined} share 0 to 1 */
export const percent = (share) => `${Math.round((share ?? 0) * 100)} %`;
