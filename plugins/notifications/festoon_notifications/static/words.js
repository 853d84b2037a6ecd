/** The letter is looked at as often as one likes: the form stays ready after each time. */
const again = document.querySelector("[data-again]");
again?.addEventListener("click", () => {
  const form = /** @type {HTMLButtonElement} */ (again).form;
  setTimeout(() => form?.removeAttribute("data-sent"), 500);
});
