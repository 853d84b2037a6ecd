/** What a player is told about their own answer. */
import { h } from "./dom.js";
import { figure, listed, ordinal, seconds, tally } from "./words.js";
import { tick } from "./options.js";

/** What the server noted about an answer's time, said to whose it is. */
const MARKS = {
  clamped: "Your phone’s times did not fit what we measured, so ours counted.",
  inhuman: "That was faster than anybody reads; the organizer sees a mark beside it.",
  unmeasured: "Your connection could not be measured yet, so the arrival counted.",
  capped: "Your connection is slower than what the rules make up for.",
  late: "It came after the end.",
};

/** Whether it matters who was first. @param {any} question */
export const speedCounts = (question) => question?.mode !== "accuracy" || question?.kind === "buzzer";

/**
 * The headline, in one or two words.
 * @param {any} phase
 * @param {any} result
 */
export function verdict({ question }, result) {
  if (question?.kind === "poll") return result?.answered ? "Thank you" : "What the hall thinks";
  if (!result) return "Counting…";
  if (!result.answered) return "No answer this time";
  if (result.right === null || result.right === undefined) return "Your answer is in";
  if (!result.right) return "Not this time";
  if (result.first && speedCounts(question)) return result.tie ? "First, in a tie!" : "You were first!";
  return "Right!";
}

/**
 * Points, place and streak after a question.
 * @param {any} phase
 * @param {any} result
 * @param {string} verifyUrl
 */
export function outcome(phase, result, verifyUrl) {
  const { question } = phase;
  const kind = result?.right ? "is-right" : result?.right === false ? "is-wrong" : "";
  return h(
    "div",
    { class: `outcome stack ${kind}` },
    h(
      "div",
      { class: "outcome-head" },
      typeof result?.right === "boolean" && tick(result.right),
      h("h1", { tabindex: "-1" }, verdict(phase, result)),
    ),
    !result && waitingLights(),
    result && question?.kind !== "poll" && points(result),
    rightAnswer(phase, result),
    question?.kind === "poll" && distribution(phase.distribution ?? [], phase.answered ?? 0),
    result?.answered && question?.kind !== "poll" && reaction(result, speedCounts(question)),
    phase.first?.length > 0 &&
      speedCounts(question) &&
      !result?.first &&
      h("p", { class: "soft" }, `First: ${listed(phase.first)}${phase.first.length > 1 ? ", a tie" : ""}.`),
    question && h("p", { class: "soft small" }, h("a", { href: `${verifyUrl}?question=${question.id}&game=${phase.game}` }, "Check this round")),
  );
}

/** @param {any} result */
function points(result) {
  return h(
    "section",
    { class: "figure" },
    h("span", { class: "figure-label" }, "Points for this one"),
    h("span", { class: "figure-value" }, result.gained > 0 ? `+${figure(result.gained)}` : "0"),
    h(
      "span",
      { class: "figure-label numbers" },
      `${figure(result.points ?? 0)} in all`,
      result.place ? ` · ${ordinal(result.place)} of ${figure(result.of)}` : "",
    ),
    result.streak > 1 && h("span", { class: "chip streak" }, `${result.streak} right in a row`),
  );
}

/** @param {any} phase @param {any} result */
function rightAnswer({ question, right }, result) {
  if (!right?.length || question?.kind === "poll") return null;
  if (result?.right && question?.kind !== "number") return null;
  const one = right.length === 1 && question?.kind !== "order";
  if (question?.kind === "order") {
    const items = right.map((/** @type {string} */ text) => h("li", {}, text));
    return h("div", { class: "right-answer" }, h("span", { class: "soft small" }, "The right order"), h("ol", { class: "right-order" }, items));
  }
  const label = one || question?.kind === "typed" ? "The right answer" : "The right answers";
  const shown = question?.kind === "typed" ? right[0] : listed(right, 8);
  return h("div", { class: "right-answer" }, h("span", { class: "soft small" }, label), h("strong", {}, shown));
}

/** @param {any} result @param {boolean} explained */
function reaction({ reaction: took, marks = [] }, explained) {
  const told = (explained ? marks : []).map((/** @type {keyof typeof MARKS} */ mark) => MARKS[mark]).filter(Boolean);
  if (typeof took !== "number" && told.length === 0) return null;
  return h(
    "p",
    { class: "soft small" },
    typeof took === "number" && `Your time: ${seconds(took)}. `,
    told.join(" "),
  );
}

/** How the hall answered: bars with their numbers, the right ones ticked. */
export function distribution(/** @type {any[]} */ bars, /** @type {number} */ answered) {
  const most = Math.max(1, ...bars.map((bar) => bar.count));
  return h(
    "ul",
    { class: "distribution", "aria-label": "How everyone answered" },
    bars.map((bar) =>
      h(
        "li",
        { class: bar.right ? "is-right" : "" },
        h("span", { class: "distribution-label" }, bar.right && tick(true), bar.label),
        h("progress", { class: "bar", value: bar.count, max: most, "aria-hidden": "true" }),
        h("span", { class: "numbers" }, figure(bar.count)),
      ),
    ),
    answered === 0 && h("li", { class: "soft" }, "Nobody answered."),
  );
}

export const waitingLights = () =>
  h("div", { class: "hush-lights", "aria-hidden": "true" }, ...[1, 2, 3, 4, 5].map(() => h("i")));

/** @param {number} count */
export const playersHere = (count) => tally(count, "player");
