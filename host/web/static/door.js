/** Waits before a door that is not open yet, and goes in as soon as it is. */
const LEAST_MS = 6000;
const SPREAD_MS = 5000;
const state = document.querySelector("[data-door]")?.getAttribute("data-door");

async function look() {
  try {
    if (!document.hidden) {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const now = page.querySelector("[data-door]")?.getAttribute("data-door");
      if (answer.ok && now !== state) return location.reload();
    }
  } catch {
    // Out of touch: look again later.
  }
  setTimeout(look, LEAST_MS + Math.random() * SPREAD_MS);
}

setTimeout(look, LEAST_MS);
document.addEventListener("visibilitychange", () => !document.hidden && void look(), {
  once: true,
});
