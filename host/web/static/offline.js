/** Goes back to the page that was wanted as soon as the host can be reached. */
const AGAIN_MS = 4000;

async function look() {
  try {
    const answer = await fetch("/healthz", { cache: "no-store" });
    if (answer.ok) return location.reload();
  } catch {
    // Still out of reach.
  }
  setTimeout(look, AGAIN_MS);
}

setTimeout(look, AGAIN_MS);
addEventListener("online", () => location.reload());
