/** What one answers with, by kind of question. Each gives its answer once, with the moment of it. */
import { h } from "./dom.js";
import { mark, optionsOf, tick, tint } from "./options.js";
import { ordering } from "./ordering.js";

/**
 * @typedef {(answer: unknown, at: number) => void} Give
 * @typedef {{content: any, given: unknown, locked: boolean, give: Give}} Asked
 *   `given` is the answer that was given, undefined before; `locked` whether none is taken now
 */

/**
 * When something was pressed, by the monotonic clock of the page.
 * @param {Event} event
 */
export function moment(event) {
  const now = performance.now();
  return event.timeStamp > 0 && event.timeStamp <= now ? event.timeStamp : now;
}

/** @param {Asked} asked */
export function answers(asked) {
  return (INPUTS[asked.content.kind] ?? single)(asked);
}

/** The answer of `event`'s option for a key that names one: 1 to 8, or A to H. */
export function byKey(/** @type {KeyboardEvent} */ event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return -1;
  if (/** @type {HTMLElement} */ (event.target)?.matches?.("input, textarea, select")) return -1;
  if (/^[1-8]$/.test(event.key)) return Number(event.key) - 1;
  return /^[a-h]$/i.test(event.key) ? event.key.toLowerCase().charCodeAt(0) - 97 : -1;
}

/** @param {Asked} asked */
function single({ content, given, locked, give }) {
  const chosen = content.kind === "truth" && typeof given === "boolean" ? (given ? 0 : 1) : given;
  const done = given !== undefined;
  const choices = optionsOf(content).map((text, index) =>
    h(
      "button",
      {
        type: "button",
        class: `choice ${tint(index)}${done ? (chosen === index ? " is-mine" : " is-left") : ""}`,
        "data-option": index,
        "aria-disabled": done || locked ? "true" : false,
        onclick: (/** @type {Event} */ event) => {
          if (done || locked) return;
          give(content.kind === "truth" ? index === 0 : index, moment(event));
        },
      },
      mark(index),
      h("span", { class: "choice-text" }, text),
      done && chosen === index && h("span", { class: "choice-mine" }, tick(true), " yours"),
    ),
  );
  return h("div", { class: "choices", role: "group", "aria-label": "Options" }, choices);
}

/** @param {Asked} asked */
function several({ content, given, locked, give }) {
  const done = given !== undefined;
  const mine = new Set(Array.isArray(given) ? given : []);
  const send = sender("Send my answer", done || locked, (at) => give([...mine].sort(rising), at));
  send.disabled = true;
  const choices = optionsOf(content).map((text, index) => {
    const box = h("span", { class: "choice-box", "aria-hidden": "true" }, tick(true));
    const choice = h(
      "button",
      {
        type: "button",
        class: `choice ${tint(index)}${done && !mine.has(index) ? " is-left" : ""}`,
        "data-option": index,
        "aria-pressed": String(mine.has(index)),
        "aria-disabled": done || locked ? "true" : false,
        onclick: () => {
          if (done || locked) return;
          if (!mine.delete(index)) mine.add(index);
          choice.setAttribute("aria-pressed", String(mine.has(index)));
          send.disabled = mine.size === 0;
        },
      },
      mark(index),
      h("span", { class: "choice-text" }, text),
      box,
    );
    return choice;
  });
  const group = h("div", { class: "choices", role: "group", "aria-label": "Options" }, choices);
  return h("div", { class: "stack" }, group, !done && send);
}

/** @param {number} a @param {number} b */
const rising = (a, b) => a - b;

/** @param {Asked} asked */
function written({ content, given, locked, give }) {
  const isNumber = content.kind === "number";
  const done = given !== undefined;
  if (done) {
    const words = h("strong", { class: "given-words numbers" }, String(given));
    return h("div", { class: "given" }, h("span", { class: "soft small" }, "Your answer"), words);
  }
  const error = h("p", { class: "error", id: "answer-error", hidden: true });
  const field = h("input", {
    class: `input input-answer${isNumber ? " numbers" : ""}`,
    id: "answer",
    name: "answer",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    enterkeyhint: "send",
    maxlength: isNumber ? 20 : 120,
    inputmode: isNumber ? "decimal" : "text",
    "aria-describedby": "answer-error",
    disabled: locked,
  });
  const refuse = (/** @type {string} */ words) => {
    error.hidden = false;
    error.textContent = words;
    field.setAttribute("aria-invalid", "true");
    field.focus();
  };
  const send = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    event.stopPropagation();
    const text = field.value.trim();
    if (text === "") return refuse(isNumber ? "Type a number first." : "Type your answer first.");
    const value = isNumber ? numberOf(text) : text;
    if (Number.isNaN(value)) return refuse("Only digits, as 1 250 or 3.5.");
    give(value, moment(event));
  };
  const label = isNumber
    ? `Your number${content.unit ? `, in ${content.unit}` : ""}`
    : "Your answer";
  return h(
    "form",
    { class: "form form-tight", onsubmit: send, novalidate: true },
    h("div", { class: "field" }, h("label", { for: "answer" }, label), field, error),
    h("button", { class: "button button-main button-grand button-wide", disabled: locked }, "Send"),
  );
}

/** `1 250`, `1250.5` and `3,5` as numbers; NaN for what is none. @param {string} text */
export function numberOf(text) {
  const plain = text.replace(/[\s\u202f\u00a0']/g, "").replace(/,(?=\d{3}(\D|$))/g, "");
  const found = plain.replace(",", ".").replace("−", "-");
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(found) ? Number(found) : NaN;
}

/** @param {Asked} asked */
function order({ content, given, locked, give }) {
  const done = given !== undefined;
  const places = Array.isArray(given) ? given : optionsOf(content).map((_, index) => index);
  const list = ordering(optionsOf(content), places, done || locked);
  const send = sender("This is my order", locked, (at) => give(list.order(), at));
  return h("div", { class: "stack" }, list.node, !done && send);
}

/** @param {Asked} asked */
function buzzer({ given, locked, give }) {
  const done = given !== undefined;
  const press = (/** @type {Event} */ event) => {
    if (!done && !locked) give(true, moment(event));
  };
  const words = done ? "Hand is up" : "Buzz!";
  // A press counts when it begins; a click that follows it finds the answer given.
  const button = h(
    "button",
    {
      type: "button",
      class: `buzzer${done ? " is-pressed" : ""}`,
      "aria-disabled": done || locked ? "true" : false,
      onpointerdown: press,
      onclick: press,
    },
    words,
  );
  const told = done ? "If you were first, the host asks you." : "Press as soon as you know it.";
  return h("div", { class: "buzzer-place" }, button, h("p", { class: "soft" }, told));
}

/**
 * @param {string} words
 * @param {boolean} disabled
 * @param {(at: number) => void} then
 */
function sender(words, disabled, then) {
  return h(
    "button",
    {
      type: "button",
      class: "button button-main button-grand button-wide",
      disabled,
      "data-send": true,
      onclick: (/** @type {Event} */ event) => then(moment(event)),
    },
    words,
  );
}

/** @type {Record<string, (asked: Asked) => HTMLElement>} */
const INPUTS = { several, typed: written, number: written, order, buzzer };
