/** Secret Santa on a phone, and on the organizer's page: what is so without loading it again. */
import { follow } from "/static/connection.js";
import { freshener } from "/static/fresh.js";

const SPREAD_MS = 3000;
const SPREAD_EACH_MS = 10;

const live = follow({ url: document.body.dataset.liveUrl });
const people = Number(document.body.dataset.people ?? 0);
const fresh = freshener({ spread: () => Math.min(SPREAD_MS, people * SPREAD_EACH_MS) });
for (const event of ["lottery:santa", "room:updated", "room:status_changed"]) live.on(event, fresh);

/** On phones: by it they say that their name was looked at. */
const looked = /** @type {HTMLFormElement | null} */ (document.getElementById("looked"));
let before = 0;
live.on("room:counts", ({ data }) => {
  const guests = Math.max(0, data.participants - 1);
  for (const place of document.querySelectorAll("[data-guests]")) place.textContent = String(guests);
  for (const word of document.querySelectorAll("[data-guests-word]")) {
    word.textContent = guests === 1 ? "person is" : "people are";
  }
  // A hall that comes in is no news for phones; somebody who leaves may be whom one gives to.
  if (!looked || guests < before) fresh();
  before = guests;
});

// Whoever looks at their name knows it: the organizer and the big screen hear how many do.
document.addEventListener(
  "toggle",
  ({ target }) => {
    const shown = target instanceof HTMLDetailsElement && target.open && target.matches(".santa-name");
    if (!shown || !looked) return;
    const body = new URLSearchParams(
      [...new FormData(looked)].map(([name, value]) => [name, String(value)]),
    );
    // Out of reach just now: it is told when they look again.
    fetch(looked.action, { method: "POST", body, keepalive: true }).catch(() => {});
  },
  { capture: true },
);
