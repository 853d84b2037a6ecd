/** The guest's page: waiting, holding one's breath, winning. */
import { follow } from "/static/connection.js";
import { embers } from "/static/embers.js";
import { freshener } from "/static/fresh.js";
import { localizeTimes } from "/static/time.js";
import * as lottery from "./evening.js";
import { keep } from "./receipts.js";

const state = lottery.evening();
lottery.counted(state.guests);
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

/** What this guest won, as the server words it: only it knows the code. */
let won = byId("won").childElementCount > 0;
/** @type {Promise<string> | undefined} */
let asked;

/** Asks for it while the hall still holds its breath. */
function askWon() {
  asked = fetch(document.body.dataset.wonUrl ?? "", { headers: { accept: "text/html" } }).then(
    async (answer) => {
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.text();
    },
  );
  asked.catch(() => {});
}

async function showWon() {
  const mine = state.wins.filter((win) => win.participantId === state.me);
  if (mine.length > 0 || won) {
    if (!asked) askWon();
    try {
      const page = new DOMParser().parseFromString((await asked) ?? "", "text/html");
      localizeTimes(page);
      byId("won").replaceChildren(...page.body.childNodes);
    } catch {
      // The page as a whole says it once the server can be asked again.
      return lottery.again();
    } finally {
      asked = undefined;
    }
  }
  won = byId("won").childElementCount > 0;
  document.body.classList.toggle("night", won);
  byId("won").hidden = !won;
  for (const place of ["waiting", "leaving", "keeping"]) byId(place).hidden = won;
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

async function show() {
  await showWon();
  hold(false);
  showPrizes();
  showLatest();
}

const draws = lottery.draws({
  suspense: state.suspense,
  hush(first) {
    if (first.participantId === state.me) askWon();
    slot(byId("hush"), "prize").textContent = first.prize;
    hold(true);
  },
  async show(wins) {
    const known = new Set(state.wins.map((win) => win.id));
    const fresh = wins.filter((win) => !known.has(win.id));
    state.wins.push(...fresh);
    await show();
    if (fresh.some((win) => win.participantId === state.me)) embers(60);
  },
});

const live = follow({ url: document.body.dataset.liveUrl });
live.on("winner:selected", (event) => draws.won(lottery.winOf(event.data), event.at));
live.on("winner:removed", (event) => {
  draws.takenBack(event.data.id);
  state.wins = state.wins.filter((win) => win.id !== event.data.id);
  asked = undefined;
  void show();
});
for (const name of ["prize:created", "prize:updated", "prize:deleted"]) {
  live.on(name, (event) => {
    state.prizes = lottery.changePrizes(state.prizes, name, event.data);
    showPrizes();
  });
}
live.on("room:counts", (event) => {
  const guests = Math.max(0, event.data.participants - 1);
  lottery.counted(guests);
  for (const place of document.querySelectorAll("[data-guests]")) {
    place.textContent = String(guests);
  }
  for (const word of document.querySelectorAll("[data-guests-word]")) {
    word.textContent = guests === 1 ? "guest is" : "guests are";
  }
});
const fresh = freshener({ spread: lottery.spread });
live.on("room:updated", fresh);
live.on("room:status_changed", fresh);

/** What is said of the drum; the rest of the page waits until the hall has seen the draw. */
const DRUM = ["drum", "receipt", "passed"];
/** @type {number | undefined} */
let asking;

/** Phones of a full hall ask at different moments. */
function freshDrum() {
  asking ??= setTimeout(async () => {
    asking = undefined;
    const answer = await fetch(location.pathname, { headers: { accept: "text/html" } }).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const name of DRUM) {
      const part = document.querySelector(`[data-live=${name}]`);
      const next = /** @type {HTMLElement | null} */ (page.querySelector(`[data-live=${name}]`));
      if (!part || !next || part.querySelector(":popover-open")) continue;
      localizeTimes(next);
      next.hidden = /** @type {HTMLElement} */ (part).hidden;
      part.replaceWith(document.importNode(next, true));
    }
    const told = JSON.parse(page.getElementById("evening")?.textContent ?? "{}");
    state.receipt = told.receipt ?? state.receipt;
    if (state.receipt) keepReceipt(state.receipt);
  }, 300 + Math.random() * lottery.spread());
}

// What the log was told to be is kept with the receipt: a log that says otherwise later is found out.
const { room = "" } = document.body.dataset;
/** @param {any} receipt */
const keepReceipt = (receipt) => keep(room, String(receipt.round), receipt);
if (state.receipt) keepReceipt(state.receipt);
for (const name of ["opened", "closed", "revealed", "voided", "log"]) {
  live.on(`lottery:${name}`, ({ data }) => {
    if (state.receipt?.round === data.round) keepReceipt({ ...state.receipt, seen: [data.hash] });
    freshDrum();
  });
}
live.on("lottery:claimed", ({ data }) => {
  if (state.wins.some((win) => win.id === data.winnerId && win.participantId === state.me)) void showWon();
});
live.on("room:deleted", () => lottery.again());
