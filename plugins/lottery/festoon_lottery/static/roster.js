// The guest list: a file's lines come into the field, where they can be looked at.
// @ts-check

const form = /** @type {HTMLFormElement} */ (document.getElementById("add"));
const field = /** @type {HTMLTextAreaElement} */ (document.getElementById("people"));
const file = /** @type {HTMLInputElement} */ (document.getElementById("file"));
const wrong = /** @type {HTMLElement} */ (document.getElementById("file-error"));

/** @param {string} words */
function say(words) {
  wrong.textContent = words;
  wrong.hidden = !words;
}

async function read() {
  const chosen = file.files?.[0];
  if (!chosen) return;
  say("");
  const token = /** @type {HTMLInputElement} */ (form.elements.namedItem("csrf_token")).value;
  try {
    const answer = await fetch(form.dataset.read ?? "", {
      method: "POST",
      headers: { "X-CSRF-Token": token, "Content-Type": "application/octet-stream" },
      body: chosen,
    });
    const said = await answer.json();
    if (answer.ok) {
      field.value = said.data.text;
      field.focus();
    } else {
      say(said.error.message);
    }
  } catch {
    say("The file could not be sent. Look whether you are connected, and choose it again.");
  }
  // The same file, corrected, can be chosen again.
  file.value = "";
}

for (const part of form.querySelectorAll("[data-file]")) part.removeAttribute("hidden");
file.addEventListener("change", read);
