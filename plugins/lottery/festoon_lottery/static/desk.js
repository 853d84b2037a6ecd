/** The claim desk: a scanned code is looked up at once, and the lists follow the evening. */
import { follow } from "/static/connection.js";
import { freshener } from "/static/fresh.js";

// The camera led here with the code: one press less.
/** @type {HTMLFormElement | null} */ (document.querySelector("form[data-scanned]"))?.requestSubmit();

const live = follow({ url: document.body.dataset.liveUrl });
const fresh = freshener();
for (const event of [
  "winner:selected",
  "winner:removed",
  "prize:created",
  "prize:updated",
  "prize:deleted",
  "room:counts",
  "room:updated",
  "room:status_changed",
  "lottery:opened",
  "lottery:closed",
  "lottery:revealed",
  "lottery:voided",
  "lottery:claimed",
  "lottery:log",
  "lottery:beacon",
]) {
  live.on(event, fresh);
}
