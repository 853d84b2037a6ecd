/** The phone before the first question: who one is, which team, and the way back. */
import { h } from "./dom.js";
import { playersHere } from "./result.js";
import { spaced, tally } from "./words.js";

/**
 * @typedef {import("./state.js").State} State
 * @typedef {import("./phone.js").Acts} Acts
 * @typedef {{key: string, night?: boolean, say?: string, body: HTMLElement[],
 *   top?: HTMLElement | null, acts?: HTMLElement[]}} View
 */

/**
 * @param {string} key
 * @param {string} title
 * @param {string} words
 * @param {...(HTMLElement | null)} more
 * @returns {View}
 */
export function plain(key, title, words, ...more) {
  const told = h("div", { class: "stack" }, headline(title), words && h("p", { class: "lead" }, words));
  return { key, body: [told, ...more].filter((one) => one !== null) };
}

/** @param {string} text @param {string} [css] */
export const headline = (text, css = "") => h("h1", { tabindex: "-1", class: css || null }, text);

/** Counts and the way back live in places that are filled without a new page. */
const here = (/** @type {State} */ { counts }) =>
  h("p", { class: "soft small centred" }, h("span", { "data-players": true }, playersHere(counts.players)), " in");

/** @param {State} state @param {Acts} acts */
export function lobby(state, acts) {
  const { me, role } = state;
  if (!me) return watching(state, role, acts);
  return {
    key: `lobby ${me.name} ${me.team ?? ""} ${me.code}`,
    body: [
      h(
        "div",
        { class: "stack" },
        headline(`You’re in, ${me.name}`),
        h("p", { class: "lead" }, "Look at the big screen. The first question comes to this page by itself."),
      ),
      me.team && h("p", {}, h("span", { class: "chip" }, `Team ${me.team}`)),
      me.points > 0 && h("p", { class: "soft" }, `You have ${tally(me.points, "point")}.`),
      here(state),
      me.code && wayBack(me.code),
    ].filter(Boolean),
    acts: [names(state, acts)],
  };
}

/** @param {string} code */
export function wayBack(code) {
  return h(
    "p",
    { class: "way-back small" },
    "Your way back: ",
    h("strong", { class: "code" }, spaced(code)),
    h("span", { class: "soft" }, " With this code another phone takes your seat, points and all."),
  );
}

/**
 * While nothing is to be answered, who has no points yet may have had a seat on another phone.
 * @param {State} state @param {Acts} acts
 */
export function backIn(state, acts) {
  return state.me && !(state.me.points > 0) ? [names(state, acts)] : [];
}

/** @param {State} state @param {Acts} acts */
function names(state, acts) {
  /** @param {string} what @param {string} label @param {string} button @param {any} field */
  const form = (what, label, button, field) => {
    const error = h("p", { class: "error", role: "alert", hidden: true });
    const input = h("input", { class: "input", id: `me-${what}`, required: true, autocomplete: "off", ...field });
    const submit = async (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      event.stopPropagation();
      error.hidden = true;
      input.removeAttribute("aria-invalid");
      try {
        await acts.change(what, { [field.name]: input.value.trim() });
      } catch (refused) {
        error.textContent = /** @type {Error} */ (refused).message;
        error.hidden = false;
        input.setAttribute("aria-invalid", "true");
        input.focus();
      }
    };
    return h(
      "form",
      { class: "form form-tight", onsubmit: submit },
      h("div", { class: "field" }, h("label", { for: `me-${what}` }, label), input, error),
      h("button", { class: "button button-wide" }, button),
    );
  };
  return h(
    "details",
    { class: "fold fold-line" },
    h("summary", {}, state.me ? "Another name, or a seat from before" : "A seat from before"),
    h(
      "div",
      { class: "stack" },
      state.me &&
        form("rename", "Your name in this quiz", "Take this name", { name: "name", value: state.me.name, maxlength: 40 }),
      form("seat", "The code of your seat", "Take my seat back", {
        name: "code",
        maxlength: 8,
        class: "input input-code",
        autocapitalize: "characters",
      }),
    ),
  );
}

/** @param {State} state @param {Acts} acts */
export function teamChoice(state, acts) {
  const error = h("p", { class: "error", role: "alert", hidden: true });
  const choose = async (/** @type {string} */ team) => {
    try {
      await acts.change("team", { team });
    } catch (refused) {
      error.textContent = /** @type {Error} */ (refused).message;
      error.hidden = false;
    }
  };
  const buttons = state.teams.map((team, index) =>
    h(
      "button",
      { type: "button", class: `choice option-${(index % 8) + 1}`, onclick: () => choose(team) },
      h("span", { class: "choice-text" }, team),
    ),
  );
  const view = plain("teams", "Which team are you in?", "A team’s points are the mean of its members’.");
  view.body.push(h("div", { class: "choices" }, buttons), error);
  return view;
}

/** @param {State} state @param {Acts} acts */
function locked(state, acts) {
  const words = "Nobody new can come in now. Who has a seat from before takes it back with its code.";
  return { ...plain("locked", "The door is locked", words, here(state)), acts: [names(state, acts)] };
}

/** @param {State} state @param {string | null} role @param {Acts} acts */
function watching(state, role, acts) {
  if (role === "PARTICIPANT") return locked(state, acts);
  const words =
    role === "ORGANIZER" || role === "MODERATOR"
      ? "You run this quiz, so you can’t answer. The remote and the screen are in the room."
      : "The game shows here as it goes. Only players can answer.";
  return plain("watching", "You’re watching", words, here(state));
}
