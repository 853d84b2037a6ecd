/** What the organizer's remote shows, made of the state alone. The next step is the largest button. */
import { h } from "./dom.js";
import { LETTERS, mediaOf, optionsOf, tick } from "./options.js";
import { board } from "./standings.js";
import { stakes } from "./phone.js";
import { KINDS, figure, seconds, tally } from "./words.js";

/**
 * @typedef {import("./state.js").State} State
 * @typedef {(what: string, data?: Record<string, unknown>) => void} Do
 */

/** The next step by phase: what it does, and what is asked of the server. */
export function nextStep(/** @type {State} */ { phase, host, counts, settings }) {
  const last = phase.question && phase.question.number >= phase.question.of;
  if (phase.paused) return { what: "resume", label: "Go on", words: "Everybody’s page goes on where it was." };
  switch (phase.phase) {
    case "lobby":
      return {
        what: "start",
        label: "Start the quiz",
        words: counts.players > 0 ? `${tally(counts.players, "player is", "players are")} in.` : "Nobody is in yet. Show them the screen with the code.",
      };
    case "ready":
      return { what: "open", label: "Open the question", words: `${figure(counts.ready ?? 0)} of ${tally(counts.players, "phone")} ${counts.players === 1 ? "has" : "have"} it already.` };
    case "open":
      return { what: "close", label: "Close the answers", words: `${figure(counts.answered ?? 0)} of ${figure(counts.players)} answered. It closes by itself when the time is up.` };
    case "closed":
      return { what: "reveal", label: "Show the answer", words: handsWords(host) };
    case "revealed":
      if (settings?.leaderboard === "end") return onwards(last);
      return { what: "board", label: "Show the leaderboard", words: "" };
    case "board":
      return onwards(last);
    case "podium":
      return { what: "again", label: "Play again", words: "A new game with the same questions. Everybody starts at zero." };
  }
  return null;
}

/** @param {boolean} last */
const onwards = (last) =>
  last
    ? { what: "finish", label: "To the podium", words: "That was the last question." }
    : { what: "next", label: "Next question", words: "" };

/** @param {any} host */
const handsWords = (host) => {
  const hands = host?.hands ?? [];
  const open = hands.length > 0 && hands.every((/** @type {any} */ hand) => !hand.right);
  return open ? "Judge who answered first, then show it." : "";
};

/** @type {Record<string, string>} */
const PHASES = {
  lobby: "Lobby",
  ready: "Get ready",
  open: "Open",
  closed: "Closed",
  revealed: "Answer shown",
  board: "Leaderboard",
  podium: "Podium",
};

/** What is on now: phase, question, right answer, counts. @param {State} state @param {Do} act */
export function now(state, act) {
  const { phase, counts } = state;
  const { question } = phase;
  const whole = state.host?.question;
  return h(
    "div",
    { class: "stack" },
    h(
      "div",
      { class: "spread" },
      h("span", { class: "row" }, h("span", { class: "chip chip-dot chip-good" }, phase.paused ? "Paused" : (PHASES[phase.phase] ?? "…")), question && h("span", { class: "chip" }, `Question ${question.number} of ${question.of}`)),
      phase.phase === "open" && !phase.paused && h("span", { class: "question-left numbers", "data-left": true, "aria-hidden": "true" }),
    ),
    tallies(phase, counts),
    question && whole && preview(whole),
    question && h("p", { class: "soft small" }, `${KINDS[question.kind] ?? ""} · ${stakes(question)}`),
    state.host?.hands?.length > 0 && hands(state.host.hands, act),
    (phase.phase === "board" || phase.phase === "podium") && board(phase.top ?? [], { most: 5 }),
    phase.phase === "lobby" && coming("First question", state.host?.next),
    phase.phase === "board" && coming("Coming next", state.host?.next),
  );
}

/** @param {string} label @param {any} question */
function coming(label, question) {
  if (!question) return null;
  return h("div", { class: "stack next-preview" }, h("p", { class: "eyebrow" }, label), preview(question));
}

/** A question with its right answer, for those who run the quiz. @param {any} question */
export function preview(question) {
  const right = new Set((question.right ?? []).map((/** @type {any} */ text) => String(text).toLowerCase()));
  const chosen = ["one", "several", "truth", "poll"].includes(question.kind);
  const options = chosen ? optionsOf(question) : [];
  const lines = options.map((text, index) => {
    const isRight = right.has(text.toLowerCase());
    return h(
      "li",
      { class: isRight ? "is-right" : "" },
      h("span", { class: "option-letter" }, LETTERS[index]),
      h("span", {}, text),
      isRight && h("span", { class: "right-sign" }, tick(true), "right"),
    );
  });
  const ordered = question.kind === "order";
  return h(
    "div",
    { class: "stack preview" },
    h("h2", {}, question.text),
    mediaOf(question.media),
    lines.length > 0 && h("ul", { class: "preview-options" }, lines),
    !chosen && question.right?.length > 0 && h("p", {}, h("span", { class: "soft" }, ordered ? "Right order: " : "Right: "), h("strong", {}, question.right.join(ordered ? " → " : ", "))),
  );
}

/** @param {any} phase @param {any} counts */
function tallies(phase, { players, ready, answered }) {
  const figures = [
    [players, "in", true],
    [ready, "ready", phase.phase === "ready"],
    [answered, "answered", ["open", "closed", "revealed"].includes(phase.phase)],
  ];
  return h(
    "dl",
    { class: "tallies" },
    figures
      .filter(([, , shown]) => shown)
      .map(([count, label]) => h("div", {}, h("dt", {}, label), h("dd", { class: "numbers", "data-count": label }, figure(count ?? 0)))),
  );
}

/** Whose hand is up, in the order of the decision. @param {any[]} up @param {Do} act */
function hands(up, act) {
  const found = up.some((hand) => hand.right);
  const open = found ? -1 : up.findIndex((hand) => typeof hand.right !== "boolean");
  const lines = up.map((hand, index) =>
    h(
      "li",
      { class: "hand" },
      h("span", { class: "hand-name" }, h("strong", {}, hand.name), h("span", { class: "soft small numbers" }, typeof hand.reaction === "number" ? seconds(hand.reaction) : "")),
      index === open
        ? h(
            "span",
            { class: "row" },
            h("button", { type: "button", class: "button button-main", onclick: () => act("judge", { player: hand.player, right: true }) }, "Right"),
            h("button", { type: "button", class: "button", onclick: () => act("judge", { player: hand.player, right: false }) }, "Wrong"),
          )
        : h("span", { class: "soft" }, hand.right === true ? ["right ", tick(true)] : hand.right === false ? ["wrong ", tick(false)] : "waits"),
    ),
  );
  return h("section", { class: "stack hands" }, h("h3", {}, "Hands up, the fastest first"), h("ol", {}, lines));
}

/** Everything besides the next step. @param {State} state @param {Do} act */
export function more(state, act) {
  const { phase, host } = state;
  const { phase: name, paused } = phase;
  const playing = !["lobby", "podium"].includes(name);
  const button = (/** @type {string} */ what, /** @type {string} */ label, /** @type {boolean} */ on, /** @type {any} */ data = {}) =>
    h("button", { type: "button", class: "button", "data-do": what, "aria-disabled": on ? false : "true", onclick: () => on && act(what, data) }, label);
  const toggle = (/** @type {string} */ what, /** @type {string} */ label, /** @type {string} */ help) =>
    h(
      "label",
      { class: "check" },
      h("input", {
        type: "checkbox",
        checked: Boolean(host?.[what === "lock" ? "locked" : "auto"]),
        "data-do": what,
        onchange: (/** @type {any} */ event) => act(what, { on: event.target.checked }),
      }),
      h("span", {}, label),
      h("span", { class: "help soft small" }, help),
    );
  return h(
    "div",
    { class: "stack" },
    h("h2", {}, "Besides"),
    h(
      "div",
      { class: "remote-grid" },
      paused ? button("resume", "Go on", true) : button("pause", "Pause", playing),
      button("extend", "10 s more", name === "open" && !paused, { seconds: 10 }),
      button("skip", "Skip it", ["ready", "open", "closed"].includes(name)),
      button("undo", "Undo, ask again", Boolean(host?.undo)),
    ),
    toggle("auto", "Go on by itself", "Each step follows after a moment; you can still press."),
    toggle("lock", "Lock the door", "Nobody new gets a seat; who has one keeps it."),
    playing &&
      h(
        "details",
        { class: "fold fold-line" },
        h("summary", {}, "End the quiz now"),
        h("p", { class: "soft" }, "The podium comes at once, by the points so far. Undo brings it back."),
        h("p", {}, h("button", { type: "button", class: "button button-wide", "data-do": "finish", onclick: () => act("finish") }, "To the podium")),
      ),
    ways(name),
  );
}

/** Where else one may want to go. @param {string} phase */
function ways(phase) {
  const { editUrl, resultsUrl, roomUrl } = document.body.dataset;
  const link = (/** @type {string} */ href, /** @type {string} */ words, /** @type {any} */ more = {}) =>
    h("a", { class: "button button-small button-quiet", href, ...more }, words);
  return h(
    "p",
    { class: "row" },
    editUrl && link(editUrl, "Questions"),
    roomUrl && link(roomUrl, "The room"),
    phase === "podium" && resultsUrl && link(resultsUrl, "Results (XLSX)", { download: true }),
  );
}

/** @param {any} one @param {string} phase */
function about({ team, points, answered }, phase) {
  const done = answered && ["open", "closed"].includes(phase) && "answered";
  return [team, tally(points ?? 0, "point"), done].filter(Boolean).join(" · ");
}

/** Who plays, each with a way out. @param {State} state @param {Do} act */
export function people(state, act) {
  const list = state.host?.people ?? [];
  if (list.length === 0) return h("div", { class: "stack" }, h("h2", {}, "Players"), h("p", { class: "soft" }, "Nobody yet. A camera and a name are enough to come in."));
  const lines = list.map((/** @type {any} */ one) => {
    const id = `kick-${one.player}`;
    return h(
      "li",
      { class: "person" },
      h("span", { class: "person-name" }, h("strong", {}, one.name), h("span", { class: "soft small numbers" }, about(one, state.phase.phase))),
      h("button", { type: "button", class: "button button-small button-quiet", popovertarget: id, "aria-label": `Take ${one.name} out` }, "Take out"),
      h(
        "div",
        { class: "sheet", popover: true, id, role: "dialog", "aria-labelledby": `${id}-title` },
        h("h3", { id: `${id}-title` }, `Take ${one.name} out?`),
        h("p", {}, "Their points go with them, and they cannot come back by themselves."),
        h(
          "div",
          { class: "sheet-acts" },
          h("button", { type: "button", class: "button button-danger", popovertarget: id, popovertargetaction: "hide", onclick: () => act("kick", { player: one.player }) }, "Take out"),
          h("button", { type: "button", class: "button", popovertarget: id, popovertargetaction: "hide" }, "Let them stay"),
        ),
      ),
    );
  });
  return h("div", { class: "stack" }, h("h2", {}, `Players `, h("span", { class: "soft numbers" }, figure(list.length))), h("ul", { class: "people-list" }, lines));
}
