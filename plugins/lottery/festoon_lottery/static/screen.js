/** The big screen: names run ever slower, then one stands. */
import { follow } from "/static/connection.js";
import { calm } from "/static/reveal.js";
import { stage } from "/static/screen.js";
import * as lottery from "./evening.js";
import { motif } from "./motif.js";
import { Sound } from "./sound.js";

const NEWCOMERS = 6;
const ROLLED = 60;
const SCREEN_NAMES = 30;

const state = lottery.evening();
/** @type {Map<string, [string, number]>} */
const people = new Map(Object.entries(state.people));
let guests = state.guests;

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @param {string} name */
function shownName(name) {
  const words = name.split(/\s+/).filter(Boolean);
  if (state.names !== "short" || words.length < 2) return words.join(" ");
  return `${words[0]} ${[.../** @type {string} */ (words.at(-1))][0].toUpperCase()}.`;
}

/**
 * As many names as the screen holds, the last place saying how many more there are.
 * @param {string[]} names
 */
function fitting(names) {
  if (names.length <= SCREEN_NAMES) return names;
  const shown = SCREEN_NAMES - 1;
  return [...names.slice(0, shown), `and ${names.length - shown} more`];
}

/** Everyone who can still win, with their tickets. */
function drum() {
  const out = new Set(state.one ? state.wins.map((win) => win.participantId) : []);
  return [...people].filter(([id, [, tickets]]) => tickets > 0 && !out.has(id));
}

function showDrum() {
  const tickets = drum().reduce((sum, [, [, held]]) => sum + held, 0);
  byId("drum").hidden = tickets === 0;
  byId("drum").textContent = `${lottery.tally(tickets, "ticket")} in the drum`;
  return tickets;
}

/** @param {string} prizeId */
function eyebrow(prizeId, prize) {
  const place = state.prizes.findIndex((one) => one.id === prizeId);
  return place < 0 ? prize : `Prize ${place + 1} of ${state.prizes.length} · ${prize}`;
}

const sound = new Sound(byId("sound"));
/** @type {number | undefined} */
let rolling;

/**
 * Names follow each other, at first too fast to read and then ever slower, for `ms`.
 * @param {string[]} names
 * @param {number} ms
 */
function roll(names, ms) {
  const place = byId("roll");
  place.textContent = "";
  if (calm() || names.length === 0) return;
  const began = performance.now();
  let next = Math.floor(Math.random() * names.length);
  const step = () => {
    const share = (performance.now() - began) / ms;
    if (share >= 1) return;
    const name = names[next++ % names.length];
    place.textContent = name;
    sound.tick();
    place.dataset.size = name.length <= 26 ? "" : name.length <= 44 ? "long" : "longer";
    rolling = setTimeout(step, 50 + 330 * share ** 3);
  };
  step();
}

const draws = lottery.draws({
  suspense: state.suspense,
  hush(first) {
    const ms = state.suspense * 1000;
    const names = drum().map(([, [name]]) => shownName(name));
    byId("hush-prize").textContent = eyebrow(first.prizeId, first.prize);
    byId("hush-drum").textContent = `${lottery.tally(showDrum(), "ticket")} in the drum`;
    roll(names.sort(() => Math.random() - 0.5).slice(0, ROLLED), ms);
    stage.hush(ms);
  },
  show(wins) {
    clearTimeout(rolling);
    if (wins.length === 0) return lottery.again(0);
    const known = new Set(state.wins.map((win) => win.id));
    state.wins.push(...wins.filter((win) => !known.has(win.id)));
    const [first] = wins;
    const from = `drawn from ${lottery.tally(first.of ?? 0, "ticket")}`;
    const what =
      wins.length === 1 ? `Ticket ${lottery.ticketNumber(first.ticket)}` : `${wins.length} winners`;
    stage.reveal({
      eyebrow: eyebrow(first.prizeId, first.prize),
      names: fitting(wins.map((win) => shownName(win.name))),
      sub: first.ticket === null ? "" : `${what} · ${from}`,
      sparks: motif,
    });
    sound.chord();
    showCalled(first);
    showDrum();
  },
});

const live = follow({ url: document.body.dataset.liveUrl, quiet: false });
live.on("winner:selected", (event) => {
  clearTimeout(next);
  draws.won(lottery.winOf(event.data), event.at);
});

/** How long the screen waits for the next one to be called before it shows what is so. */
const NEXT_MS = 2500;
/** @type {number | undefined} */
let next;
/** Who was called and did not get it, by prize: it stays to be read. @type {Map<string, string[]>} */
const called = new Map(Object.entries(state.called));

/** @param {import("./evening.js").Win} win */
function showCalled(win) {
  const names = called.get(win.prizeId) ?? [];
  if (names.length === 0) return;
  const line = document.createElement("p");
  line.className = "screen-called";
  line.textContent = `Called before: ${lottery.listed(names)}`;
  document.getElementById("stage")?.append(line);
}

live.on("winner:removed", ({ data }) => {
  draws.takenBack(data.id);
  const gone = state.wins.find((/** @type {any} */ win) => win.id === data.id);
  if (!gone) return;
  state.wins = state.wins.filter((/** @type {any} */ win) => win.id !== data.id);
  called.set(gone.prizeId, [...(called.get(gone.prizeId) ?? []), shownName(gone.name)]);
  clearTimeout(next);
  next = setTimeout(() => lottery.again(0), NEXT_MS);
});
for (const name of ["lottery:opened", "lottery:closed", "lottery:revealed"]) {
  live.on(name, ({ data }) => {
    const root = String(data.data.root ?? "");
    const short = `${root.slice(0, 4)} ${root.slice(4, 8)} … ${root.slice(-8, -4)} ${root.slice(-4)}`;
    if (name !== "lottery:revealed") byId("fixed").hidden = !root;
    if (root) {
      const code = document.createElement("code");
      code.textContent = short;
      const place = /** @type {HTMLElement} */ (document.querySelector("[data-slot=fixed]"));
      place.replaceChildren("Draw fixed: ", code, " · anyone can check it");
    }
  });
}
for (const name of ["prize:created", "prize:updated", "prize:deleted"]) {
  live.on(name, (event) => {
    state.prizes = lottery.changePrizes(state.prizes, name, event.data);
  });
}
/** @param {any} participant */
function keep({ id, role, metadata, user }) {
  const wished = metadata?.tickets;
  const tickets = Number.isInteger(wished) ? Math.max(0, Math.min(wished, state.most)) : state.most;
  if (role === "PARTICIPANT") people.set(id, [user.name, tickets]);
  else people.delete(id);
  showDrum();
}

/** @param {number} change */
function count(change) {
  guests = Math.max(0, guests + change);
  stage.guests(guests);
}

/** @param {string} name */
function welcome(name) {
  const newcomers = document.getElementById("newcomers");
  if (!newcomers) return;
  const chip = document.createElement("li");
  chip.className = "chip";
  chip.textContent = name;
  newcomers.append(chip);
  while (newcomers.children.length > NEWCOMERS) newcomers.firstElementChild?.remove();
}

live.on("participant:joined", ({ data }) => {
  keep(data);
  count(1);
  if (data.role === "PARTICIPANT") welcome(data.user.name);
});
live.on("participant:updated", ({ data }) => keep(data));
live.on("participant:left", ({ data }) => {
  people.delete(data.id);
  count(-1);
  showDrum();
});
for (const name of ["room:status_changed", "room:updated", "room:deleted", "room:unsubscribed"]) {
  live.on(name, () => lottery.again(0));
}
