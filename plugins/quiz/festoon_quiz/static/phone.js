/**
 * What a participant's phone shows, made of the state alone: `view(state, acts)`. Pages of the
 * same `key` are the same page, which is left in peace while somebody types.
 */
import { answers } from "./answers.js";
import { h } from "./dom.js";
import { mediaOf } from "./options.js";
import { backIn, headline, lobby, plain, teamChoice, wayBack } from "./lobby.js";
import { outcome, waitingLights } from "./result.js";
import { board, podium, teamBoard } from "./standings.js";
import { TASKS, figure, ordinal, tally } from "./words.js";

/**
 * @typedef {import("./state.js").State} State
 * @typedef {import("./lobby.js").View} View
 * @typedef {{answer: (answer: unknown, at: number) => void, change: (what: string, data: any) =>
 *   Promise<void>, given: unknown, received: boolean, verifyUrl: string, waiting: string}} Acts
 *   `given` is this phone's own answer to the present question, `received` whether the server has
 *   it, `waiting` why not, where that takes long
 */

/**
 * @param {State} state
 * @param {Acts} acts
 * @returns {View}
 */
export function view(state, acts) {
  const { phase, me, role } = state;
  if (!phase.phase) return plain("joining", "One moment", "We look how the game stands.", waitingLights());
  if (state.removed) {
    const words = "The organizer took you out. Ask them if that was a mistake.";
    return plain("removed", "You are out of this quiz", words);
  }
  if (role === "PARTICIPANT" && me && !me.team && state.teams.length > 0) return teamChoice(state, acts);
  if (phase.phase === "open" && !phase.paused) return open(state, acts);
  const page = phase.paused ? paused(state) : (VIEWS[phase.phase] ?? lobby)(state, acts);
  return { acts: backIn(state, acts), ...page };
}

/** @type {Record<string, (state: State, acts: Acts) => View>} */
const VIEWS = { lobby, ready, closed, revealed, board: standing, podium: end };

/** @param {any} question */
const count = (question) => h("span", { class: "chip" }, `Question ${question.number} of ${question.of}`);

/** @param {State} state */
function ready(state) {
  const { question } = state.phase;
  return {
    key: `ready ${question.id}`,
    say: `Question ${question.number} of ${question.of}. ${TASKS[question.kind] ?? ""}`,
    top: count(question),
    body: [
      h(
        "div",
        { class: "get-ready" },
        waitingLights(),
        headline("Get ready"),
        h("p", { class: "lead" }, TASKS[question.kind] ?? ""),
        h("p", { class: "soft" }, stakes(question)),
      ),
    ],
  };
}

/** What a question is worth, in words. @param {any} question */
export function stakes({ kind, points, seconds, mode }) {
  if (kind === "poll") return `${seconds} seconds, no points`;
  const worth = {
    first: `${tally(points, "point")} for the fastest`,
    speed: `up to ${tally(points, "point")}, the sooner the more`,
  };
  return `${seconds} seconds · ${worth[mode] ?? tally(points, "point")}`;
}

/**
 * An answer as the server keeps it, in words, by the places of its options.
 * @param {any} answer
 * @param {any} content
 */
function placed(answer, { kind, options }) {
  if (!["one", "several", "order", "poll"].includes(kind)) return answer;
  const place = (/** @type {any} */ one) => (typeof one === "string" ? options.indexOf(one) : one);
  return Array.isArray(answer) ? answer.map(place) : place(answer);
}

/** @param {State} state @param {Acts} acts */
function open(state, acts) {
  const { content, me, phase } = state;
  const { question } = phase;
  if (!content) return plain(`opening ${question.id}`, "Here it comes", "", waitingLights());
  const given = acts.given ?? (me?.answered ? placed(me.answer ?? null, content) : undefined);
  const done = given !== undefined;
  const mayAnswer = Boolean(me);
  return {
    key: `open ${question.id} ${done} ${mayAnswer} ${acts.received} ${acts.waiting}`,
    say: done ? acts.waiting || (acts.received ? "Your answer is in." : "") : "",
    top: count(question),
    body: [
      h(
        "div",
        { class: "question" },
        h(
          "div",
          { class: "question-time" },
          h("progress", { class: "bar bar-time", "data-bar": true, max: 1, value: 1, "aria-hidden": "true" }),
          h("span", { class: "question-left numbers", "data-left": true, "aria-hidden": "true" }),
        ),
        h("h1", { tabindex: "-1", class: long(content.text) }, content.text),
        mediaOf(content.media),
        answers({ content, given, locked: !mayAnswer, give: acts.answer }),
        footnote(state, done, acts),
      ),
    ],
  };
}

/** @param {string} text */
const long = (text) => (text.length > 90 ? "is-long" : null);

/** @param {State} state @param {boolean} done @param {Acts} acts */
function footnote({ me, phase, content }, done, { received, waiting }) {
  if (!me) return h("p", { class: "soft centred" }, "You’re watching; only players can answer.");
  if (waiting) return h("p", { class: "notice notice-warn" }, waiting);
  if (done && !received) return h("p", { class: "notice" }, "Sending your answer…");
  if (done) return h("p", { class: "notice notice-good" }, h("strong", {}, "Your answer is in."), " Wait for the others.");
  const task = content.kind === "buzzer" ? "" : (TASKS[content.kind] ?? "");
  const rule = phase.question.mode === "first" && "the fastest right answer wins";
  return h("p", { class: "soft small centred" }, [task, rule].filter(Boolean).join(" · "));
}

/** @param {State} state @param {Acts} acts */
function closed(state, acts) {
  const { question } = state.phase;
  const answered = acts.received;
  const title = !state.me || answered ? "Time’s up" : "Time’s up, no answer";
  const words = answered ? "Your answer is in. Look at the big screen." : "Look at the big screen. The next one is yours.";
  const page = plain(`closed ${question.id} ${answered}`, title, words, waitingLights());
  return { ...page, top: count(question), say: words };
}

/** @param {State} state @param {Acts} acts */
function revealed(state, acts) {
  const { phase, me } = state;
  const result = me?.result ?? null;
  if (!me) {
    const right = (phase.right ?? []).join(", ");
    const page = plain(`revealed ${phase.step}`, right || "What the hall thinks", right && "is right.");
    return { ...page, top: count(phase.question) };
  }
  return {
    key: `revealed ${phase.step} ${result !== null}`,
    say: result?.gained > 0 ? `${tally(result.gained, "point")}, ${ordinal(result.place)} place` : "",
    top: count(phase.question),
    body: [outcome(phase, result, acts.verifyUrl)],
  };
}

/** @param {State} state */
function standing(state) {
  const { phase, me } = state;
  const title = me?.place ? `You’re ${ordinal(me.place)}${me.of ? ` of ${figure(me.of)}` : ""}` : "The leaderboard";
  return {
    key: `board ${phase.step} ${me?.place ?? 0} ${me?.points ?? 0}`,
    body: [
      h(
        "div",
        { class: "stack" },
        headline(title),
        me && h("p", { class: "lead numbers" }, tally(me.points ?? 0, "point")),
      ),
      board(phase.top ?? [], { mine: me?.player, most: 5 }),
      teamBoard(phase.teams),
    ].filter(Boolean),
  };
}

/** While the podium is built on the big screen, phones do not run ahead of it. @returns {View} */
export function breath() {
  return { ...plain("breath", "And the winner is…", "Look at the big screen.", waitingLights()), night: true };
}

/** @param {State} state */
function end(state) {
  const { phase, me } = state;
  const top = phase.top ?? [];
  const won = me?.place && me.place <= 3;
  const tie = top.some((/** @type {any} */ line) => line.player === me?.player && line.tie);
  const title = me?.place ? `${ordinal(me.place)} place${tie ? ", shared" : ""}` : "The podium";
  const words = me?.place ? `${tally(me.points ?? 0, "point")}. ${won ? "Go up there!" : "Thank you for playing."}` : "";
  return {
    key: `podium ${phase.step} ${me?.place ?? 0}`,
    night: true,
    say: words,
    body: [
      h(
        "div",
        { class: "won won-enter" },
        h("p", { class: "lead" }, me ? `${me.name}, you made` : "The quiz is over"),
        headline(title, "star"),
        words && h("p", { class: "lead" }, words),
        podium(top),
        teamBoard(phase.teams),
      ),
    ],
  };
}

/** @param {State} state */
function paused(state) {
  const page = plain(`paused ${state.phase.step}`, "A short break", "The quiz goes on here by itself. Nothing is lost.");
  if (state.me?.code) page.body.push(wayBack(state.me.code));
  return page;
}
