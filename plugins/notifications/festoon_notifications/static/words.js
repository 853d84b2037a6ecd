/** The letter is looked at as often as one likes: the form stays ready after each time. */
const again = document.querySelector("[data-again]");
const form = /** @type {HTMLButtonElement | null} */ (again)?.form;
form?.addEventListener("submit", (event) => {
  if (event.submitter !== again) return;
  // After the page has marked it as sent, which it does with every form.
  setTimeout(() => {
    form.removeAttribute("data-sent");
    again?.removeAttribute("aria-busy");
  });
});
