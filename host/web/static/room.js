/** The organizer's evening: every part stays as it is on the server, failures are told. */
import { follow as ringing } from "./bell.js";
import { follow } from "./connection.js";
import { freshener } from "./fresh.js";

const NEWS = [
  "winner:selected",
  "winner:removed",
  "participant:joined",
  "participant:left",
  "participant:updated",
  "prize:created",
  "prize:updated",
  "prize:deleted",
  "room:updated",
  "room:status_changed",
  "room:deleted",
];

const fresh = freshener();
const live = follow({ quiet: false });
for (const event of NEWS) live.on(event, fresh);
live.onState((state) => state === "back" && fresh());
ringing(live);

live.on("notification:received", (frame) => {
  const note = document.createElement("div");
  note.className = "notice notice-warn";
  const title = document.createElement("strong");
  title.textContent = frame.data.title;
  const words = document.createElement("p");
  words.textContent = frame.data.body;
  note.append(title, words);
  document.getElementById("notes")?.append(note);
});
