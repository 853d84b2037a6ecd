/** The form of one question. Inputs write into the draft; `changed` is called after each of them. */
import { h } from "./dom.js";
import { FEWEST, MOST_OPTIONS, asKind } from "./drafts.js";
import { LETTERS } from "./options.js";
import { KINDS, MODES } from "./words.js";

/**
 * @typedef {import("./drafts.js").Draft} Draft
 * @typedef {{changed: () => void, again: (draft?: Draft, focus?: string) => void,
 *   upload: (file: File) => Promise<any>}} Hooks
 *   `again` renders the form anew, perhaps of another draft, with the focus at `focus`
 */

/** @param {Draft} draft @param {Hooks} hooks */
export function questionForm(draft, hooks) {
  const named = (/** @type {string} */ name) => `${draft.id}-${name}`;
  const set = (/** @type {Partial<Draft>} */ values) => {
    Object.assign(draft, values);
    hooks.changed();
  };
  const number = (/** @type {any} */ event) => (event.target.value === "" ? NaN : Number(event.target.value));
  return h(
    "form",
    { class: "form", novalidate: true, onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), event.stopPropagation()) },
    field(named("text"), "Question", "text", h("textarea", { class: "input", rows: 2, maxlength: 300, oninput: (/** @type {any} */ e) => set({ text: e.target.value }) }, draft.text)),
    field(named("kind"), "Kind of answer", "kind", select(KINDS, draft.kind, (kind) => hooks.again(asKind(draft, kind), "kind"))),
    answersOf(draft, hooks, named, set),
    h(
      "div",
      { class: "fields-2" },
      field(named("seconds"), "Seconds", "seconds", h("input", { class: "input input-number", type: "number", min: 3, max: 600, value: draft.seconds, oninput: (/** @type {any} */ e) => set({ seconds: number(e) }) })),
      draft.kind !== "poll" && field(named("points"), "Points", "points", h("input", { class: "input input-number", type: "number", min: 0, max: 10000, step: 50, value: draft.points, oninput: (/** @type {any} */ e) => set({ points: number(e) }) })),
    ),
    draft.kind !== "poll" && field(named("mode"), "How points are given", "mode", select({ "": "As in the whole room", ...MODES }, draft.mode ?? "", (mode) => set({ mode: mode || null }))),
    mediaOf(draft, hooks, named, set),
  );
}

/**
 * A labelled input with the place for its error.
 * @param {string} id
 * @param {string} label
 * @param {string} name
 * @param {any} input
 * @param {string} [help]
 */
function field(id, label, name, input, help) {
  input.id = id;
  input.setAttribute("data-field", name);
  input.setAttribute("aria-describedby", `${id}-error`);
  return h(
    "div",
    { class: "field" },
    h("label", { for: id }, label),
    help && h("span", { class: "help" }, help),
    input,
    error(id, name),
  );
}

/** @param {string} id @param {string} name */
const error = (id, name) => h("p", { class: "error", id: `${id}-error`, "data-error": name, hidden: true });

/**
 * Writes what is wrong beside the fields that it is about.
 * @param {ParentNode} place
 * @param {import("./drafts.js").Problems} found
 */
export function showErrors(place, found) {
  for (const error of /** @type {NodeListOf<HTMLElement>} */ (place.querySelectorAll("[data-error]"))) {
    const name = error.dataset.error ?? "";
    const text = found[name] ?? "";
    error.hidden = text === "";
    if (error.textContent !== text) error.textContent = text;
    const field = place.querySelector(`:is(input, textarea, select)[data-field="${name}"]`);
    if (text) field?.setAttribute("aria-invalid", "true");
    else field?.removeAttribute("aria-invalid");
  }
}

/** @param {Record<string, string>} choices @param {string} chosen @param {(value: string) => void} then */
function select(choices, chosen, then) {
  const options = Object.entries(choices).map(([value, label]) => h("option", { value, selected: value === chosen }, label));
  return h("select", { class: "input", onchange: (/** @type {any} */ event) => then(event.target.value) }, options);
}

/** @param {Draft} draft @param {Hooks} hooks @param {(name: string) => string} named @param {(values: Partial<Draft>) => void} set */
function answersOf(draft, hooks, named, set) {
  switch (draft.kind) {
    case "truth":
      return group(named("right"), "The right answer", "right", [
        radio(named("truth"), "True", draft.right[0] === "true", () => set({ right: ["true"] })),
        radio(named("truth"), "False", draft.right[0] === "false", () => set({ right: ["false"] })),
      ]);
    case "number":
      return field(named("right"), "The right number", "right", h("input", { class: "input input-number", inputmode: "decimal", value: draft.right[0] ?? "", oninput: (/** @type {any} */ e) => set({ right: [e.target.value] }) }), "Whoever is nearest is right; several may be.");
    case "typed":
      return h(
        "div",
        { class: "stack" },
        lines(draft, "right", "Answers that count", "An answer", "Add a spelling", hooks, named),
        check(named("case"), "Capital letters matter", Boolean(draft.caseMatters), (on) => set({ caseMatters: on })),
        check(named("accents"), "Accents matter", Boolean(draft.accentsMatter), (on) => set({ accentsMatter: on })),
      );
    case "order":
      return lines(draft, "right", "In the right order", "Thing", "Add one more", hooks, named);
    case "buzzer":
      return field(named("right"), "What you want to hear", "right", h("input", { class: "input", maxlength: 120, value: draft.right[0] ?? "", oninput: (/** @type {any} */ e) => set({ right: e.target.value.trim() ? [e.target.value] : [] }) }), "Only you see it, when you judge.");
    default:
      return lines(draft, "options", "Options", "Option", "Add an option", hooks, named);
  }
}

/** @param {string} id @param {string} legend @param {string} name @param {any[]} inside */
function group(id, legend, name, inside) {
  return h("fieldset", { class: "group", "data-field": name, tabindex: "-1" }, h("legend", {}, legend), inside, error(id, name));
}

/** @param {string} name @param {string} label @param {boolean} on @param {() => void} then */
const radio = (name, label, on, then) =>
  h("label", { class: "check" }, h("input", { type: "radio", name, checked: on, onchange: then }), h("span", {}, label));

/** @param {string} id @param {string} label @param {boolean} on @param {(on: boolean) => void} then */
const check = (id, label, on, then) =>
  h("label", { class: "check" }, h("input", { type: "checkbox", id, checked: on, onchange: (/** @type {any} */ e) => then(e.target.checked) }), h("span", {}, label));

/**
 * A list of texts: options with their right ones, spellings, things in order.
 * @param {Draft} draft
 * @param {"options" | "right"} name
 * @param {string} legend
 * @param {string} each
 * @param {string} more
 * @param {Hooks} hooks
 * @param {(name: string) => string} named
 */
function lines(draft, name, legend, each, more, hooks, named) {
  const texts = draft[name];
  const marked = draft.kind === "one" || draft.kind === "several";
  const isRight = (/** @type {string} */ text) => text !== "" && draft.right.includes(text);
  const mark = (/** @type {number} */ index, /** @type {boolean} */ on) => {
    const text = texts[index];
    const others = draft.kind === "one" ? [] : draft.right.filter((one) => one !== text);
    draft.right = on && text ? [...others, text] : others;
    hooks.changed();
  };
  const rows = texts.map((text, index) => {
    const id = named(`${name}-${index}`);
    const label = `${each} ${draft.kind === "order" || draft.kind === "typed" ? index + 1 : LETTERS[index]}`;
    const write = (/** @type {any} */ event) => {
      const was = texts[index];
      const now = event.target.value;
      if (marked && was !== "" && isRight(was)) draft.right = draft.right.map((one) => (one === was ? now : one));
      texts[index] = now;
      hooks.changed();
    };
    return h(
      "li",
      { class: "edit-line" },
      marked &&
        h("label", { class: "edit-right" }, h("input", { type: draft.kind === "one" ? "radio" : "checkbox", name: named("right"), checked: isRight(text), "aria-label": `${label} is right`, onchange: (/** @type {any} */ e) => mark(index, e.target.checked) }), h("span", { "aria-hidden": "true" }, "right")),
      h("input", { class: "input", id, value: text, maxlength: 120, "aria-label": label, placeholder: label, "data-field": `${name}.${index}`, "aria-describedby": `${id}-error`, oninput: write }),
      draft.kind === "order" && mover(texts, index, -1, hooks, label),
      draft.kind === "order" && mover(texts, index, 1, hooks, label),
      texts.length > (name === "options" || draft.kind === "order" ? FEWEST : 1) &&
        h("button", { type: "button", class: "button button-quiet button-small", "aria-label": `Take ${label} away`, onclick: () => away(draft, name, index, hooks) }, "✕"),
      error(id, `${name}.${index}`),
    );
  });
  const room = texts.length < (name === "options" ? MOST_OPTIONS : 20);
  const add = () => {
    texts.push("");
    hooks.changed();
    hooks.again(undefined, `${name}.${texts.length - 1}`);
  };
  return h(
    "fieldset",
    { class: "group", "data-field": name, tabindex: "-1" },
    h("legend", {}, legend),
    h("ul", { class: "edit-lines" }, rows),
    error(named(name), name),
    marked && error(named("right"), "right"),
    room && h("p", {}, h("button", { type: "button", class: "button button-small", onclick: add }, more)),
  );
}

/** @param {Draft} draft @param {"options" | "right"} name @param {number} index @param {Hooks} hooks */
function away(draft, name, index, hooks) {
  const [gone] = draft[name].splice(index, 1);
  if (name === "options") draft.right = draft.right.filter((text) => text !== gone);
  hooks.changed();
  hooks.again(undefined, `${name}.${Math.max(0, index - 1)}`);
}

/** @param {string[]} texts @param {number} index @param {number} by @param {Hooks} hooks @param {string} label */
function mover(texts, index, by, hooks, label) {
  const move = () => {
    const to = index + by;
    if (to < 0 || to >= texts.length) return;
    [texts[index], texts[to]] = [texts[to], texts[index]];
    hooks.changed();
    hooks.again(undefined, `right.${to}`);
  };
  return h("button", { type: "button", class: "button button-quiet button-small", "aria-label": `Move ${label} ${by < 0 ? "up" : "down"}`, onclick: move }, by < 0 ? "↑" : "↓");
}

/** @param {Draft} draft @param {Hooks} hooks @param {(name: string) => string} named @param {(values: Partial<Draft>) => void} set */
function mediaOf(draft, hooks, named, set) {
  const { media } = draft;
  const change = (/** @type {any} */ values) => set({ media: { ...draft.media, ...values } });
  if (!media) {
    const add = () => {
      set({ media: { url: "", type: "picture", alt: "" } });
      hooks.again(undefined, "media");
    };
    return h("p", {}, h("button", { type: "button", class: "button button-small", onclick: add }, "Add a picture or a sound"));
  }
  const said = h("p", { class: "help", role: "status" });
  const upload = async (/** @type {any} */ event) => {
    const [file] = event.target.files;
    if (!file) return;
    said.textContent = "Sending…";
    try {
      const sent = await hooks.upload(file);
      change({ url: sent.url, type: sent.type });
      hooks.again(undefined, "media");
    } catch (refused) {
      said.textContent = /** @type {Error} */ (refused).message;
    }
  };
  return h(
    "fieldset",
    { class: "group" },
    h("legend", {}, "Picture or sound"),
    field(named("type"), "What it is", "type", select({ picture: "A picture", sound: "A sound" }, media.type, (type) => change({ type }))),
    h("div", { class: "field" }, h("label", { for: named("file") }, "Upload"), h("span", { class: "help" }, "PNG, JPEG, WebP, GIF, MP3 or OGG up to 1 MB. Sounds have to be uploaded."), h("input", { type: "file", id: named("file"), class: "input", accept: ".png,.jpg,.jpeg,.webp,.gif,.mp3,.ogg", onchange: upload }), said),
    field(named("media"), "Or its address", "media", h("input", { class: "input", type: "url", value: media.url, placeholder: "https://…", oninput: (/** @type {any} */ e) => change({ url: e.target.value.trim() }) })),
    field(named("alt"), "In words", "alt", h("input", { class: "input", maxlength: 300, value: media.alt ?? "", oninput: (/** @type {any} */ e) => change({ alt: e.target.value }) }), "For those who cannot see or hear it; without giving the answer away."),
    h("p", {}, h("button", { type: "button", class: "button button-small button-quiet", onclick: () => (set({ media: null }), hooks.again()) }, "Without picture or sound")),
  );
}
