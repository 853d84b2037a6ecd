/** The platform's own big screen: guests arrive, winners are revealed. */
import { follow } from "./connection.js";
import { HUSH_MS, pause, revealer } from "./reveal.js";
import { stage } from "./screen.js";

const MOST_NEWCOMERS = 12;
const REVEAL_MS = 3400;
let guests = Number(document.querySelector("[data-guests]")?.textContent ?? 0);

const told = revealer({
  hush(winner) {
    const place = document.querySelector("[data-hush-prize]");
    if (place) place.textContent = winner.prize.name;
    stage.hush(HUSH_MS);
  },
  async show(winners) {
    stage.reveal({
      eyebrow: winners[0].prize.name,
      names: winners.map((winner) => winner.participant.user.name),
      sub: `drawn from ${guests} ${guests === 1 ? "guest" : "guests"}`,
    });
    await pause(REVEAL_MS);
  },
});

const live = follow({ quiet: false });
live.on("winner:selected", (frame) => told(frame.data, frame.at));
live.on("participant:joined", (frame) => {
  guests += 1;
  stage.guests(guests);
  const list = document.getElementById("newcomers");
  if (!list) return;
  const name = document.createElement("li");
  name.className = "chip";
  name.textContent = frame.data.user.name;
  list.prepend(name);
  while (list.children.length > MOST_NEWCOMERS) list.lastElementChild?.remove();
});
live.on("participant:left", () => {
  guests = Math.max(0, guests - 1);
  stage.guests(guests);
});
for (const event of ["winner:removed", "room:updated", "room:status_changed", "room:deleted"]) {
  live.on(event, () => location.reload());
}
