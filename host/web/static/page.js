/** What every page does once it is there. Nothing here is needed for a form to work. */
import { localizeFields, localizeTimes } from "./time.js";

localizeTimes(document);
localizeFields(document);

// A second click must not send a form twice. A page that comes back from the browser's
// history is ready again.
document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (form.dataset.sent !== undefined) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "";
  event.submitter?.setAttribute("aria-busy", "true");
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    form.removeAttribute("data-sent");
    form.querySelector("[aria-busy]")?.removeAttribute("aria-busy");
  }
});

// After a refused form the first field to mend has the focus.
/** @type {HTMLElement | null} */ (document.querySelector("[aria-invalid=true]"))?.focus();

for (const button of document.querySelectorAll("[data-copy]")) {
  button.removeAttribute("hidden");
  button.addEventListener("click", async () => {
    const before = button.textContent;
    await navigator.clipboard.writeText(button.getAttribute("data-copy") ?? "");
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = before), 2000);
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.removeAttribute("hidden");
  button.addEventListener("click", () => window.print());
}

// A form that asks the server again as soon as a choice is made; without JavaScript its
// button does the same.
for (const select of document.querySelectorAll("select[data-submit]")) {
  const form = /** @type {HTMLSelectElement} */ (select).form;
  form?.querySelector("[data-submit-button]")?.setAttribute("hidden", "");
  select.addEventListener("change", () => form?.requestSubmit());
}

navigator.serviceWorker?.register("/sw.js").catch(() => {
  // Without it the browser's own page says that we are out of reach.
});
