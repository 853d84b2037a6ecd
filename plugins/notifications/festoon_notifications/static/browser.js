/** Messages in this browser. The permission is asked when the button is pressed, and never before. */
const { key, on: onUrl, off: offUrl } = document.body.dataset;
const say = document.getElementById("say");
const on = document.getElementById("on");
const off = document.getElementById("off");
const token = /** @type {HTMLInputElement | null} */ (document.querySelector("#token input"))?.value ?? "";

/** @param {string} text */
function tell(text) {
  if (say) say.textContent = text;
}

/** @param {string} url @param {unknown} body */
async function post(url, body) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": token },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return (await answer.json()).data;
}

/** @param {string} text */
function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (one) => one.charCodeAt(0));
}

/** @param {PushSubscription | null} subscription */
function show(subscription) {
  on?.toggleAttribute("hidden", subscription !== null);
  off?.toggleAttribute("hidden", subscription === null);
  if (subscription !== null) tell("You hear of it in this browser.");
  else if (Notification.permission === "denied") {
    on?.setAttribute("hidden", "");
    tell("This browser was told to say no. Allow messages of this site in its settings, then come back.");
  } else tell("This browser does not tell you yet.");
}

async function begin() {
  if (!("serviceWorker" in navigator) || !("PushManager" in window)) {
    tell("This browser cannot show messages. On an iPhone, put this site on the home screen first.");
    return;
  }
  const worker = await navigator.serviceWorker.ready;
  const found = await worker.pushManager.getSubscription();
  // Who signed in since then is who it tells; and the host may have lost it.
  if (found !== null) await post(onUrl ?? "", found.toJSON());
  show(found);
}

on?.addEventListener("click", async () => {
  on.setAttribute("aria-busy", "true");
  try {
    if ((await Notification.requestPermission()) !== "granted") return show(null);
    const worker = await navigator.serviceWorker.ready;
    const data = (await (await fetch(key ?? "")).json()).data;
    const made = await worker.pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: bytes(data.key),
    });
    await post(onUrl ?? "", made.toJSON());
    show(made);
  } catch {
    tell("That did not work. Try again in a moment.");
  } finally {
    on.removeAttribute("aria-busy");
  }
});

off?.addEventListener("click", async () => {
  const worker = await navigator.serviceWorker.ready;
  const found = await worker.pushManager.getSubscription();
  if (found !== null) {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(found.endpoint));
    const id = [...new Uint8Array(digest)].map((one) => one.toString(16).padStart(2, "0")).join("");
    await found.unsubscribe();
    await post(offUrl ?? "", { id }).catch(() => {});
  }
  show(null);
});

for (const button of document.querySelectorAll("[data-forget]")) {
  button.removeAttribute("hidden");
  button.addEventListener("click", async () => {
    await post(offUrl ?? "", { id: button.getAttribute("data-forget") });
    button.closest("li")?.remove();
  });
}

begin().catch(() => tell("That cannot be found out now. Try again in a moment."));
