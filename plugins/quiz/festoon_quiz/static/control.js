/** The remote: one step at a time, and a second click finds that the first was enough. */
import { Countdown } from "./clock.js";
import { byId, h } from "./dom.js";
import { Game } from "./game.js";
import { more, nextStep, now, people } from "./remote.js";

const NOTE_MS = 8000;
const LOOK_MS = 1500;

const game = new Game();
const countdown = new Countdown(() => game.now(), say);
let busy = false;
/** What each part was last made of, so that one that stays is left alone. */
/** @type {Map<string, string>} */
const seen = new Map();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let looking;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let noting;
let stood = "";

/** @param {string} words */
function say(words) {
  byId("say").textContent = words;
}

function show() {
  const { state } = game;
  const { phase, host, counts } = state;
  if (!phase.phase) return;
  part("now", [phase, host?.question, host?.next, host?.hands, counts.players], () => now(state, act));
  const step = nextStep(state);
  part("next", [step?.what, step?.label, busy], next);
  // The words change while the button under the finger stays the same.
  const words = document.querySelector("[data-next-words]");
  if (words && step) words.textContent = step.words;
  part("more", [phase.phase, phase.paused, host?.auto, host?.locked, host?.undo], () => more(state, act));
  part("people", [host?.people, phase.phase], () => people(state, act));
  for (const [label, count] of Object.entries({ in: counts.players, ready: counts.ready, answered: counts.answered })) {
    for (const place of document.querySelectorAll(`[data-count="${label}"]`)) place.textContent = String(count ?? 0);
  }
  if (phase.phase === "open" && !phase.paused) countdown.run(phase.opensAt, phase.closesAt);
  else countdown.stop();
  const stands = `${phase.step}`;
  if (stands !== stood && stood !== "") say(`${byId("now").querySelector(".chip")?.textContent}. Next: ${step?.label ?? ""}.`);
  stood = stands;
}

/**
 * Renders a part again if what it is made of has changed; the focus stays at its place.
 * @param {string} id
 * @param {unknown[]} of
 * @param {() => Node | null} make
 */
function part(id, of, make) {
  const place = byId(id);
  const made = JSON.stringify(of);
  if (seen.get(id) === made || place.querySelector(":popover-open")) return;
  seen.set(id, made);
  const stops = () => [...place.querySelectorAll("button, a, input, summary")];
  const stop = stops().indexOf(document.activeElement);
  const open = place.querySelector("details")?.open;
  const node = make();
  place.replaceChildren(...(node ? [node] : []));
  const details = place.querySelector("details");
  if (open && details) details.open = true;
  if (stop >= 0) /** @type {any} */ (stops()[Math.min(stop, stops().length - 1)])?.focus();
}

function next() {
  const step = nextStep(game.state);
  if (!step) return null;
  const button = h(
    "button",
    { type: "button", class: "button button-main button-grand button-wide", "data-next": step.what, "aria-busy": busy ? "true" : false, onclick: (/** @type {MouseEvent} */ event) => once(event) && act(step.what) },
    step.label,
  );
  return h("div", { class: "stack" }, h("p", { class: "soft", "data-next-words": true }, step.words), button);
}

/**
 * Whether a press is the first of its kind: the second click of a double click, or a key that is
 * held, would meet the step that came of the first. @param {MouseEvent} event
 */
const once = (event) => event.detail < 2;

addEventListener("keydown", (event) => {
  if (event.repeat && /** @type {Element} */ (event.target).matches?.("[data-next]")) event.preventDefault();
});

/**
 * @param {string} what
 * @param {Record<string, unknown>} [data]
 */
async function act(what, data = {}) {
  if (busy) return;
  busy = true;
  show();
  const { game: id, step } = game.state.phase;
  try {
    game.apply(await game.live.send("quiz:do", { game: id, step, what, ...data }));
  } catch (error) {
    const { code, message } = /** @type {any} */ (error);
    note(message);
    // Somebody else was first, or our own answer got lost: the present state says it all.
    if (code === "CONFLICT") await game.look();
  } finally {
    busy = false;
    show();
  }
}

/** @param {string} words */
function note(words) {
  const place = byId("note");
  place.textContent = words;
  place.hidden = false;
  clearTimeout(noting);
  noting = setTimeout(() => (place.hidden = true), NOTE_MS);
}

// Who came and who answered stands in what the organizer may look at, not in the counts.
game.live.on("quiz:count", () => {
  looking ??= setTimeout(() => {
    looking = undefined;
    void game.look();
  }, LOOK_MS);
});
game.watch(show);
