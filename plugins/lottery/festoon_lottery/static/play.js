/** The guest's page: waiting, holding one's breath, winning. */
import { follow } from "/static/connection.js";
import { embers } from "/static/embers.js";
import { freshener } from "/static/fresh.js";
import { spoken } from "/static/time.js";
import * as lottery from "./evening.js";

const state = lottery.evening();
/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
/**
 * @param {ParentNode} root
 * @param {string} name
 */
const slot = (root, name) =>
  /** @type {HTMLElement} */ (root.querySelector(`[data-slot=${name}]`));

/** @param {boolean} on */
function hold(on) {
  byId("hush").hidden = !on;
  byId("hello").hidden = on;
  if (on) byId("latest").hidden = true;
}

function showWon() {
  const mine = state.wins.filter((win) => win.participantId === state.me);
  const latest = mine.at(-1);
  document.body.classList.toggle("night", mine.length > 0);
  byId("won").hidden = mine.length === 0;
  byId("waiting").hidden = mine.length > 0;
  byId("leaving").hidden = mine.length > 0;
  if (!latest) return;
  const won = byId("won");
  slot(won, "prize").textContent = latest.prize;
  slot(won, "code").textContent = lottery.winCode(latest.id);
  const at = spoken(new Date(latest.at), "time");
  slot(won, "drawn").textContent = latest.ticket
    ? `Ticket ${lottery.ticketNumber(latest.ticket)}, drawn ${at} from ` +
      `${lottery.tally(latest.guests ?? 0, "guest")} and ${lottery.tally(latest.of ?? 0, "ticket")}.`
    : `Given to you ${at}.`;
  const before = mine.slice(0, -1).map((win) => `${win.prize} (${lottery.winCode(win.id)})`);
  slot(won, "before").hidden = before.length === 0;
  slot(won, "before").textContent = `And before: ${before.join(", ")}`;
}

function showPrizes() {
  const lines = state.prizes.map((prize) => {
    const template = /** @type {HTMLTemplateElement} */ (byId("prize-line"));
    const line = /** @type {HTMLElement} */ (
      template.content.firstElementChild?.cloneNode(true)
    );
    const names = state.wins.filter((win) => win.prizeId === prize.id).map((win) => win.name);
    line.dataset.prize = prize.id;
    slot(line, "name").textContent = prize.name;
    slot(line, "units").textContent = prize.quantity > 1 ? `×${prize.quantity}` : "";
    slot(line, "told").textContent = lottery.listed(names) || byId("prizes").dataset.nobody;
    return line;
  });
  byId("prizes").hidden = lines.length === 0;
  document.querySelector("#prizes ul")?.replaceChildren(...lines);
}

function showLatest() {
  const latest = lottery.latestDraw(state.wins);
  const left = state.prizes.reduce((sum, prize) => sum + prize.quantity, 0) - state.wins.length;
  const place = byId("latest");
  place.hidden = latest.length === 0;
  if (latest.length === 0) return;
  slot(place, "prize").textContent = latest[0].prize;
  slot(place, "names").textContent = lottery.listed(latest.map((win) => win.name));
  slot(place, "stay").hidden = !(state.tickets > 0 && left > 0);
}

function show() {
  hold(false);
  showWon();
  showPrizes();
  showLatest();
}

const draws = lottery.draws({
  suspense: state.suspense,
  hush(first) {
    slot(byId("hush"), "prize").textContent = first.prize;
    hold(true);
  },
  show(wins) {
    const known = new Set(state.wins.map((win) => win.id));
    const fresh = wins.filter((win) => !known.has(win.id));
    state.wins.push(...fresh);
    show();
    if (fresh.some((win) => win.participantId === state.me)) embers(60);
  },
});

const live = follow({ url: document.body.dataset.liveUrl });
live.on("winner:selected", (event) => draws.won(lottery.winOf(event.data), event.at));
live.on("winner:removed", (event) => {
  draws.takenBack(event.data.id);
  state.wins = state.wins.filter((win) => win.id !== event.data.id);
  show();
});
for (const name of ["prize:created", "prize:updated", "prize:deleted"]) {
  live.on(name, (event) => {
    state.prizes = lottery.changePrizes(state.prizes, name, event.data);
    showPrizes();
  });
}
live.on("room:counts", (event) => {
  const guests = Math.max(0, event.data.participants - 1);
  for (const place of document.querySelectorAll("[data-guests]")) {
    place.textContent = String(guests);
  }
  for (const word of document.querySelectorAll("[data-guests-word]")) {
    word.textContent = guests === 1 ? "guest is" : "guests are";
  }
});
const fresh = freshener({ spread: lottery.SPREAD_MS });
live.on("room:updated", fresh);
live.on("room:status_changed", fresh);
live.on("room:deleted", () => lottery.again());
live.on("room:unsubscribed", () => lottery.again());
