/** Secret Santa's big screen: a bulb for everybody who comes, and then for everybody who knows. */
import { follow } from "/static/connection.js";
import { freshener } from "/static/fresh.js";
import { stage } from "/static/screen.js";
import { motif } from "./motif.js";

const place = () => /** @type {HTMLElement} */ (document.querySelector("[data-live=stage]"));
let before = place().dataset.state;

function lit() {
  const { state, lit: bulbs } = place().dataset;
  stage.guests(Number(bulbs));
  if (state === before) return;
  before = state;
  // What was drawn or told at this moment is worth looking up for.
  stage.phase = state === "OPEN" ? "wait" : "rest";
  if (state === "DRAWN" || state === "REVEALED") motif();
}

const live = follow({ url: document.body.dataset.liveUrl, quiet: false });
const fresh = freshener();
for (const event of [
  "lottery:santa",
  "participant:joined",
  "participant:left",
  "room:updated",
  "room:status_changed",
]) {
  live.on(event, fresh);
}
new MutationObserver(lit).observe(/** @type {HTMLElement} */ (document.getElementById("stage")), {
  childList: true,
});
lit();
