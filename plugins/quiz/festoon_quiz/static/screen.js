/** The big screen of a quiz: the phase in large letters, the clock and the counts beside it. */
import { embers } from "/static/embers.js";
import { calm } from "/static/reveal.js";
import { stage } from "/static/screen.js";
import { Countdown } from "./clock.js";
import { byId, h } from "./dom.js";
import { Game } from "./game.js";
import { hall } from "./hall.js";
import { speedCounts } from "./result.js";
import { moves } from "./standings.js";
import { figure, tally } from "./words.js";

const THEATRE_MS = 4200;
const NEWEST = 24;

const game = new Game({ quiet: true });
const countdown = new Countdown(() => game.now());
let key = "";
/** @type {any[]} */
let before = [];
/** @type {any[]} */
let lines = [];
let board = "";
/** @type {string[]} */
let names = [];
/** @type {ReturnType<typeof setTimeout> | undefined} */
let opening;

/** @param {"state" | "counts"} [what] */
function show(what) {
  const { phase } = game.state;
  if (what === "counts" && phase.phase !== "lobby") return count();
  const early = Date.parse(phase.opensAt ?? "") - game.now();
  clearTimeout(opening);
  if (phase.phase === "open" && !phase.paused && early > 0) {
    opening = setTimeout(() => show(), early);
    return;
  }
  remember(phase);
  const picture = hall(game.state, { name: document.body.dataset.roomName ?? "", lines });
  if (picture.key !== key) put(picture);
  else if (phase.phase === "lobby") welcome();
  names = [...game.state.names];
  count();
}

/** @param {import("./hall.js").Picture} picture */
function put(picture) {
  key = picture.key;
  const { phase } = game.state;
  document.body.dataset.mood = picture.mood;
  document.body.dataset.phase = picture.theatre || phase.phase === "revealed" ? "reveal" : "rest";
  byId("stage").replaceChildren(...picture.body.filter((part) => part !== null));
  const running = phase.phase === "open" && !phase.paused;
  byId("clock").hidden = !running;
  if (running) countdown.run(phase.opensAt, phase.closesAt);
  else countdown.stop();
  if (picture.theatre) setTimeout(() => embers(160), calm() ? 0 : THEATRE_MS);
  if (phase.phase === "revealed" && phase.first?.length > 0 && speedCounts(phase.question)) embers(60);
}

/** Keeps the last leaderboard, so that the next one can say who moved. @param {any} phase */
function remember(phase) {
  if (phase.phase !== "board" && phase.phase !== "podium") return;
  const shown = `${phase.game} ${phase.step}`;
  if (shown === board) return;
  board = shown;
  lines = moves(before, phase.top ?? []);
  before = phase.top ?? [];
}

/** New names come first, and light up. */
function welcome() {
  const list = byId("newcomers");
  if (!list) return;
  const fresh = game.state.names.filter((name) => !names.includes(name));
  if (fresh.length === 0 && names.length === game.state.names.length) return;
  const kept = [...list.children].filter((chip) => game.state.names.includes(chip.textContent ?? ""));
  list.replaceChildren(...fresh.map((name) => h("li", { class: "chip" }, name)), ...kept);
  while (list.children.length > NEWEST) list.lastElementChild?.remove();
}

function count() {
  const { counts, phase } = game.state;
  stage.guests(counts.players);
  byId("players").textContent = tally(counts.players, "player");
  const answered = byId("answered");
  answered.hidden = phase.phase !== "open" || counts.answered === undefined;
  answered.textContent = `${figure(counts.answered ?? 0)} of ${figure(counts.players)} answered`;
}

game.watch(show);
