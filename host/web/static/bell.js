/** The number at the bell, kept true: what was told elsewhere, and what was read elsewhere. */

const MOST = 100;

/** @param {number} unread */
export function ring(unread) {
  for (const bell of document.querySelectorAll("[data-bell]")) {
    const place = bell.querySelector("[data-unread]");
    if (!place) continue;
    place.toggleAttribute("hidden", unread === 0);
    place.textContent = unread >= MOST ? "99+" : String(unread);
    bell.setAttribute("aria-label", unread ? `Inbox, ${unread} not read` : "Inbox");
  }
}

/** Asks the server how many there are. */
export async function look() {
  if (!document.querySelector("[data-bell]")) return;
  try {
    const answer = await fetch("/api/v1/notifications/unread-count");
    if (answer.ok) ring((await answer.json()).data.unread);
  } catch {
    // Out of reach: the next look tells.
  }
}

/**
 * Follows a live connection.
 * @param {{on: (event: string, listener: (frame: any) => void) => unknown,
 *   onState: (listener: (state: string) => void) => unknown}} live
 */
export function follow(live) {
  live.on("notification:unread", ({ data }) => (data.unread === null ? look() : ring(data.unread)));
  live.on("notification:received", look);
  live.onState((state) => {
    if (state === "back") look();
  });
}

look();
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") look();
});
