/** A guest's phone: it holds its breath with the hall and tells who won, above all if it is you. */
import { follow } from "./connection.js";
import { embers } from "./embers.js";
import { freshener } from "./fresh.js";
import { revealer } from "./reveal.js";
import { spoken } from "./time.js";

const SPREAD_MS = 4000;
const me = document.body.dataset.me;
const body = document.getElementById("body");
const hush = document.getElementById("hush");
const news = document.getElementById("news");
let won = document.body.classList.contains("night");

/**
 * The lights go down while a winner is drawn.
 * @param {boolean} on
 */
function holdBreath(on, prize = "") {
  const place = hush?.querySelector("[data-prize-name]");
  if (place) place.textContent = prize;
  hush?.toggleAttribute("hidden", !on);
  body?.toggleAttribute("hidden", on);
  document.body.classList.toggle("night", on || won);
}

/** @param {any} winner */
function youWon(winner) {
  const template = /** @type {HTMLTemplateElement | null} */ (document.getElementById("won"));
  if (!template || !body) return;
  const page = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  const say = (/** @type {string} */ key, /** @type {string} */ text) => {
    const place = page.querySelector(`[data-won="${key}"]`);
    if (place) place.textContent = text;
  };
  const end = winner.id.slice(-4).toUpperCase();
  say("prize", winner.prize.name);
  say("code", `${end.slice(0, 2)}·${end.slice(2)}`);
  say("time", spoken(new Date(winner.createdAt), "time"));
  body.replaceChildren(page);
  document.querySelector(".phone-acts")?.replaceChildren();
  won = true;
  document.title = `You won ${winner.prize.name}`;
  document.body.classList.add("night");
  news?.setAttribute("hidden", "");
  navigator.vibrate?.([90, 60, 180]);
  embers(60);
}

/** @param {any[]} winners */
function somebodyWon(winners) {
  const names = winners.map((winner) => winner.participant.user.name);
  const [{ prize }] = winners;
  const row = document.querySelector(`[data-prize="${prize.id}"] [data-names]`);
  if (row) {
    const before = row.hasAttribute("data-none") ? [] : [row.textContent];
    row.textContent = [...before, ...names].join(", ");
    row.removeAttribute("data-none");
  }
  if (!news) return;
  const say = (/** @type {string} */ key, /** @type {string} */ text) => {
    const place = news.querySelector(`[data-news="${key}"]`);
    if (place) place.textContent = text;
  };
  news.removeAttribute("hidden");
  say("prize", prize.name);
  say("names", names.join(", "));
}

const told = revealer({
  hush: (winner) => holdBreath(true, winner.prize.name),
  show(winners) {
    holdBreath(false);
    const mine = winners.find((winner) => winner.participantId === me);
    somebodyWon(winners);
    if (mine) youWon(mine);
  },
});

const live = follow();
const fresh = freshener({ spread: () => SPREAD_MS });

live.on("winner:selected", (frame) => told(frame.data, frame.at));
live.on("winner:removed", (frame) => {
  if (frame.data.participantId === me) location.reload();
  else fresh();
});
live.on("room:counts", ({ data }) => {
  const guests = Math.max(0, data.participants - 1);
  for (const place of document.querySelectorAll("[data-guests]")) {
    place.textContent = String(guests);
  }
  for (const word of document.querySelectorAll("[data-guests-word]")) {
    word.textContent = guests === 1 ? "guest" : "guests";
  }
});
for (const event of [
  "prize:created",
  "prize:updated",
  "prize:deleted",
  "room:updated",
  "room:status_changed",
  "room:deleted",
]) {
  live.on(event, fresh);
}
