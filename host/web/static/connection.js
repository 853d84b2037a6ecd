/** The live connection of a page, and an honest word about its state. */
import { connect } from "./festoon.js";

/** @type {Record<string, string>} */
const WORDS = {
  connecting: "Connecting…",
  online: "Connected",
  reconnecting: "Reconnecting…",
  back: "Back in touch, nothing missed",
  offline: "No connection. We keep trying",
  refused: "Not connected. Reload the page",
};
const BACK_MS = 5000;

/** @type {number | undefined} */
let calming;

/** @param {string} state */
export function showState(state) {
  clearTimeout(calming);
  for (const chip of document.querySelectorAll("[data-connection]")) {
    if (chip.getAttribute("data-state") === state) continue;
    chip.setAttribute("data-state", state);
    chip.textContent = WORDS[state] ?? state;
  }
  if (state === "back") calming = setTimeout(() => showState("online"), BACK_MS);
}

/**
 * Shows on a phone what its person is told; the moment of winning has a page of its own.
 * @param {{data: {kind: string, title: string, body: string}}} frame
 */
function tell({ data }) {
  if (data.kind === "winner:selected") return;
  const note = document.createElement("div");
  note.className = "news";
  const title = document.createElement("strong");
  title.textContent = data.title;
  const words = document.createElement("span");
  words.textContent = data.body;
  note.append(title, words);
  document.getElementById("told")?.replaceChildren(note);
}

/**
 * Follows the room that `<body data-room data-seq>` names, from the page's own seq on, so that
 * nothing between the reading of the page and the subscription is lost.
 * @param {{quiet?: boolean, url?: string}} [options] `quiet` for phones in a full hall: no
 *   joins, no presence; `url` for an application's own socket
 * @returns {ReturnType<typeof connect>}
 */
export function follow({ quiet = true, url = "/realtime" } = {}) {
  const { room, seq } = document.body.dataset;
  const live = connect({ url });
  live.onState(showState);
  live.on("notification:received", tell);
  // Out of the room, or another log than the one this page knows: the server says how it is.
  for (const event of ["room:unsubscribed", "room:reset"]) {
    live.on(event, () => {
      // Who leaves by their own button is about to read the answer to that.
      if (!document.querySelector('form[data-sent][action$="/leave"]')) location.reload();
    });
  }
  live.subscribe(room, { after: Number(seq), quiet });
  return live;
}
