/** Options are told apart by letter and shape; colour only helps. */
import { h, s } from "./dom.js";

export const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

const SHAPES = [
  "M12 3 22 20.500H2z",
  "M12 2.500a9.500 9.500 0 1 1 0 19 9.500 9.500 0 0 1 0-19z",
  "M6 3h12a3 3 0 0 1 3 3v12a3 3 0 0 1-3 3H6a3 3 0 0 1-3-3V6a3 3 0 0 1 3-3z",
  "M12 1.500 22.500 12 12 22.500 1.500 12z",
  "m12 1.500 3.100 7 7.600.8-5.700 5.100 1.600 7.500L12 18l-6.600 3.900L7 14.400 1.300 9.300l7.600-.8z",
  "M6.500 2.500h11L23 12l-5.500 9.500h-11L1 12z",
  "M8.500 2h7v6.500H22v7h-6.500V22h-7v-6.500H2v-7h6.500z",
  "M12 21.500C5 16.500 2 13 2 8.700 2 5.500 4.500 3 7.400 3c1.900 0 3.600 1 4.600 2.600C13 4 14.700 3 16.600 3 19.500 3 22 5.500 22 8.700c0 4.300-3 7.800-10 12.800z",
];
const NAMES = ["triangle", "circle", "square", "diamond", "star", "hexagon", "cross", "heart"];

/** @param {number} index */
export const shapeName = (index) => NAMES[index % NAMES.length];

/**
 * The shape of an option, for the eye only.
 * @param {number} index
 */
export function shape(index) {
  const path = s("path", { d: SHAPES[index % SHAPES.length] });
  return s("svg", { class: "shape", viewBox: "0 0 24 24", "aria-hidden": "true" }, path);
}

/**
 * Letter and shape in front of an option.
 * @param {number} index
 */
export function mark(index) {
  const letter = h("span", { class: "option-letter" }, LETTERS[index % LETTERS.length]);
  return h("span", { class: "option-mark" }, shape(index), letter);
}

/** The class that gives an option its ground. @param {number} index */
export const tint = (index) => `option-${(index % 8) + 1}`;

/** The options of a question as they are shown; true and false are two like any others. */
export function optionsOf(/** @type {{kind: string, options?: string[]}} */ content) {
  return content.kind === "truth" ? ["True", "False"] : (content.options ?? []);
}

/**
 * A sign for right or not, drawn, so that no colour is needed.
 * @param {boolean} right
 */
export function tick(right) {
  const d = right ? "m4 13 5.500 5.500L20.500 6" : "m5 5 14 14M19 5 5 19";
  const path = s("path", { d });
  const kind = right ? "tick tick-right" : "tick tick-wrong";
  return s("svg", { class: kind, viewBox: "0 0 24 24", "aria-hidden": "true" }, path);
}

/**
 * Picture or sound of a question. A sound never starts by itself on a phone.
 * @param {{url: string, type?: string, alt?: string} | null | undefined} media
 * @param {boolean} [aloud] whether this page is the one that plays it
 */
export function mediaOf(media, aloud = false) {
  if (!media?.url) return null;
  if (media.type === "sound") {
    const sound = h("audio", { src: media.url, controls: true, preload: "auto" });
    sound.setAttribute("aria-label", media.alt || "The sound of this question");
    if (aloud) sound.autoplay = true;
    return h("figure", { class: "question-media" }, sound);
  }
  const picture = h("img", { src: media.url, alt: media.alt ?? "", decoding: "async" });
  return h("figure", { class: "question-media" }, picture);
}
