// In the head of every page of the administration.

// Before anything is drawn: light or dark, as the reader's system is.
const dark = matchMedia("(prefers-color-scheme: dark)");
const paint = () => {
  document.documentElement.dataset.bsTheme = dark.matches ? "dark" : "light";
};
dark.addEventListener("change", paint);
paint();

// The number of rows on a page; our content policy runs no handler that stands in an attribute.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-goes]")) location.assign(event.target.value);
});
