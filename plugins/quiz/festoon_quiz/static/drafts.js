/** Questions as they are written: new ones, copies, another kind, and what is still wrong. */
import { numberOf } from "./answers.js";

/**
 * @typedef {{id: string, text: string, kind: string, options: string[], right: string[],
 *   seconds: number, points: number, mode: string | null, media: any, caseMatters?: boolean,
 *   accentsMatter?: boolean}} Draft
 * @typedef {Record<string, string>} Problems by field; "options.2" is the third option
 */

export const FEWEST = 2;
export const MOST_OPTIONS = 8;
const MOST_RIGHT = 20;
const CHOSEN = new Set(["one", "several", "poll"]);

/** @returns {string} */
const newId = () => `q-${crypto.getRandomValues(new Uint32Array(2)).join("").slice(0, 12)}`;

/** @returns {Draft} */
export function blank() {
  return {
    id: newId(),
    text: "",
    kind: "one",
    options: ["", "", "", ""],
    right: [],
    seconds: 20,
    points: 1000,
    mode: null,
    media: null,
  };
}

/** @param {Draft} draft @returns {Draft} */
export const copyOf = (draft) => ({ ...structuredClone(draft), id: newId() });

/** A question of the settings, with everything that the form has a field for. @param {any} question */
export function draftOf(question) {
  const made = { ...blank(), options: [], ...structuredClone(question) };
  made.id = question.id ?? newId();
  made.right = (question.right ?? []).map(String);
  return made;
}

/**
 * The same question as another kind; what still means something is kept.
 * @param {Draft} draft
 * @param {string} kind
 */
export function asKind(draft, kind) {
  const texts = CHOSEN.has(draft.kind) ? draft.options : draft.kind === "order" ? draft.right : [];
  const filled = texts.length > 0 ? texts : ["", ""];
  const changed = { ...draft, kind, options: CHOSEN.has(kind) ? [...filled] : [], right: [] };
  if (kind === "order") changed.right = [...filled];
  if (kind === "several" && draft.kind === "one") changed.right = draft.right;
  if (kind === "one" && draft.kind === "several") changed.right = draft.right.slice(0, 1);
  if (kind === "truth") changed.right = ["true"];
  if (kind === "typed" || kind === "number") changed.right = [""];
  return changed;
}

/** What is sent: without blank lines at the end and without fields of other kinds. @param {Draft} draft */
export function settled(draft) {
  const { caseMatters, accentsMatter, ...rest } = draft;
  const kept = {
    ...rest,
    text: draft.text.trim(),
    options: CHOSEN.has(draft.kind) ? draft.options.map(trim).filter(Boolean) : [],
    right: draft.kind === "poll" ? [] : draft.right.map(trim).filter(Boolean),
  };
  const known = new Set(kept.options.map(plain));
  if (draft.kind === "one" || draft.kind === "several") {
    kept.right = kept.right.filter((text) => known.has(plain(text)));
  }
  return draft.kind === "typed"
    ? { ...kept, caseMatters: Boolean(caseMatters), accentsMatter: Boolean(accentsMatter) }
    : kept;
}

const trim = (/** @type {string} */ text) => text.trim().replace(/\s+/g, " ");
const plain = (/** @type {string} */ text) => trim(text).toLowerCase();

/**
 * What keeps a question from being asked, in words beside the field.
 * @param {Draft} draft
 * @returns {Problems}
 */
export function problems(draft) {
  /** @type {Problems} */
  const found = {};
  const { kind } = draft;
  const { options, right } = settled(draft);
  if (!draft.text.trim()) found.text = "Write the question.";
  if (CHOSEN.has(kind)) {
    if (options.length < FEWEST) found.options = "Give at least two options.";
    Object.assign(found, twice(draft.options, "options", "There is another option like this."));
  }
  if (kind === "one" && !found.options && right.length !== 1) found.right = "Say which option is right.";
  if (kind === "several" && !found.options && right.length === 0) found.right = "Say which options are right.";
  if (kind === "typed" && right.length === 0) found.right = "Write at least one answer that counts.";
  if (kind === "number" && (right.length !== 1 || Number.isNaN(numberOf(right[0] ?? "")))) {
    found.right = "Write the number that is right.";
  }
  if (kind === "order" && right.length < FEWEST) found.right = "Give at least two things, in the right order.";
  if (kind === "order" || kind === "typed") {
    Object.assign(found, twice(draft.right, "right", "This is there twice."));
    if (right.length > MOST_RIGHT) found.right = `At most ${MOST_RIGHT}.`;
  }
  if (!between(draft.seconds, 3, 600)) found.seconds = "From 3 to 600 seconds.";
  if (!between(draft.points, 0, 10000)) found.points = "From 0 to 10 000 points.";
  if (draft.media && !/^(https:\/\/\S+\.\S+|\/apps\/quiz\/rooms\/\S+)$/.test(draft.media.url ?? "")) {
    found.media = "Upload a file, or give an address that begins with https://.";
  }
  return found;
}

/** @param {unknown} value @param {number} low @param {number} high */
const between = (value, low, high) => Number.isInteger(value) && Number(value) >= low && Number(value) <= high;

/** @param {string[]} texts @param {string} field @param {string} words */
function twice(texts, field, words) {
  /** @type {Problems} */
  const found = {};
  texts.forEach((text, index) => {
    const first = texts.findIndex((other) => plain(other) === plain(text));
    if (plain(text) && first !== index) found[`${field}.${index}`] = words;
  });
  return found;
}
