/** What the big screen shows, made of the state alone: `hall(state)`; few words, large. */
import { h } from "./dom.js";
import { mark, mediaOf, optionsOf, tick, tint } from "./options.js";
import { distribution, speedCounts } from "./result.js";
import { board, podium, teamBoard } from "./standings.js";
import { TASKS, figure, listed } from "./words.js";
import { stakes } from "./phone.js";

const NEWEST = 24;

/**
 * @typedef {import("./state.js").State} State
 * @typedef {{key: string, mood: "rest" | "play", theatre?: boolean, body: (Node | null)[]}} Picture
 */

/**
 * @param {State} state
 * @param {{name: string, lines: any[]}} here the room's name, and the leaderboard with its moves
 * @returns {Picture}
 */
export function hall(state, here) {
  const { phase } = state;
  if (!phase.phase) return { key: "joining", mood: "rest", body: [title(here.name)] };
  if (phase.paused) return paused(state);
  return (PICTURES[phase.phase] ?? lobby)(state, here);
}

/** @type {Record<string, (state: State, here: {name: string, lines: any[]}) => Picture>} */
const PICTURES = { lobby, ready, open, closed, revealed, board: leaders, podium: end };

/** @param {string} text */
function size(text) {
  if (text.length <= 12) return "short";
  if (text.length <= 26) return null;
  if (text.length <= 44) return "long";
  return text.length <= 90 ? "longer" : "longest";
}

/** @param {string} text @param {string} [css] */
const title = (text, css = "star") => h("h1", { class: `screen-title ${css}`, "data-size": size(text) }, text);
/** @param {string} text */
const eyebrow = (text) => h("p", { class: "screen-eyebrow" }, text);
/** @param {string} text */
const sub = (text) => h("p", { class: "screen-sub" }, text);
/** @param {any} question */
const which = (question) => `Question ${question.number} of ${question.of}`;

/** @param {State} state @param {{name: string}} here */
function lobby(state, { name }) {
  const names = state.names.slice(0, NEWEST);
  return {
    key: "lobby",
    mood: "rest",
    body: [
      eyebrow("Who’s First?"),
      title(name),
      sub("Point your camera at the code. It begins when everyone is in."),
      h(
        "ul",
        { class: "screen-newcomers", id: "newcomers", "aria-live": "off" },
        names.map((one) => h("li", { class: "chip" }, one)),
      ),
    ],
  };
}

/** @param {State} state */
function ready({ phase }) {
  const { question } = phase;
  return {
    key: `ready ${question.id}`,
    mood: "rest",
    body: [eyebrow(which(question)), title("Get ready"), sub(TASKS[question.kind] ?? ""), h("p", { class: "screen-eyebrow" }, stakes(question))],
  };
}

/** @param {State} state @param {any} [shown] what stands on the options */
function asked({ phase, content }, shown = {}) {
  const { question } = phase;
  const options = optionsOf(content);
  const picture = mediaOf(content.media, phase.phase === "open");
  const tiles = h(
    "ul",
    { class: "tiles", "data-count": options.length },
    options.map((text, index) => tile(text, index, shown[index])),
  );
  return [
    eyebrow(phase.phase === "open" ? `${which(question)} · ${stakes(question)}` : which(question)),
    title(content.text, ""),
    h("div", { class: picture ? "asked has-media" : "asked" }, picture, options.length > 0 ? tiles : task(content)),
  ];
}

/** @param {any} content */
const task = ({ kind }) => h("p", { class: "screen-task" }, kind === "buzzer" ? "Hands on the buzzer" : (TASKS[kind] ?? ""));

/** @param {string} text @param {number} index @param {{count: number, right: boolean} | undefined} told */
function tile(text, index, told) {
  const kind = told ? (told.right ? " is-right" : told.right === false ? " is-left" : "") : "";
  return h(
    "li",
    { class: `tile ${tint(index)}${kind}` },
    mark(index),
    h("span", { class: "tile-text" }, text),
    told && h("span", { class: "tile-count numbers" }, told.right && tick(true), figure(told.count)),
  );
}

/** @param {State} state */
function open(state) {
  const { phase, content } = state;
  if (!content) return { key: `opening ${phase.question.id}`, mood: "play", body: [eyebrow(which(phase.question)), title("Here it comes")] };
  return { key: `open ${phase.question.id}`, mood: "play", body: asked(state) };
}

/** @param {State} state */
function closed(state) {
  const { phase, content } = state;
  const hand = phase.question.kind === "buzzer";
  const words = hand ? "Who was first? Listen." : "Time’s up";
  if (!content) return { key: `closed ${phase.question.id}`, mood: "play", body: [eyebrow(which(phase.question)), title(words)] };
  return { key: `closed ${phase.question.id}`, mood: "play", body: [...asked(state), sub(words)] };
}

/** @param {State} state */
function revealed(state) {
  const { phase, content } = state;
  const bars = phase.distribution ?? [];
  const key = `revealed ${phase.step}`;
  const first = h("div", { class: "screen-first" }, firsts(phase));
  const onTiles = content && ["one", "several", "truth", "poll"].includes(content.kind);
  if (onTiles) {
    const poll = content.kind === "poll";
    const shown = bars.map((/** @type {any} */ bar) => ({ count: bar.count, right: poll ? undefined : Boolean(bar.right) }));
    return { key, mood: "play", body: [...asked(state, shown), first] };
  }
  const right = (phase.right ?? []).map(String);
  const answer =
    phase.question.kind === "order"
      ? h("ol", { class: "screen-order" }, right.map((/** @type {string} */ text) => h("li", {}, text)))
      : right.length > 0
        ? title(right[0])
        : null;
  return {
    key,
    mood: "play",
    body: [
      eyebrow(content?.text ?? which(phase.question)),
      answer,
      first,
      h("div", { class: "screen-bars" }, bars.length > 0 && phase.question.kind !== "buzzer" && distribution(bars.slice(0, 5), phase.answered ?? 0)),
    ],
  };
}

/** Who was first, ties named together; nobody is said as such. @param {any} phase */
function firsts({ first = [], question, answered }) {
  if (question.kind === "poll") return sub(`${figure(answered ?? 0)} answered`);
  if (first.length === 0) return sub("Nobody had it. On we go.");
  if (!speedCounts(question)) return sub(`${figure(answered ?? 0)} answered`);
  const label = first.length > 1 ? "First, in a tie" : "First";
  return h("p", { class: "screen-sub" }, h("span", { class: "screen-first-label" }, `${label}: `), h("strong", { class: "star" }, listed(first)));
}

/** @param {State} state @param {{lines: any[]}} here */
function leaders({ phase }, { lines }) {
  const teams = teamBoard(phase.teams);
  return {
    key: `board ${phase.step}`,
    mood: "play",
    body: [
      h("h1", { class: "screen-heading" }, "The leaderboard"),
      h("div", { class: teams ? "boards has-teams" : "boards" }, board(lines, { most: 8 }), teams),
    ],
  };
}

/** @param {State} state */
function end({ phase }) {
  const top = phase.top ?? [];
  const rest = top.filter((/** @type {any} */ line) => line.place > 3);
  const beside = teamBoard(phase.teams) ?? (rest.length > 0 ? board(rest, { most: 5 }) : null);
  return {
    key: `podium ${phase.step}`,
    mood: "play",
    theatre: true,
    body: [
      h("h1", { class: "screen-heading" }, "The podium"),
      h("div", { class: beside ? "boards has-teams" : "boards" }, podium(top), beside),
    ],
  };
}

/** @param {State} state */
function paused({ phase }) {
  return { key: `paused ${phase.step}`, mood: "rest", body: [eyebrow("A short break"), title("Back in a moment"), sub("Phones stay where they are. Nothing is lost.")] };
}
