/** Times in the reader's own zone: `<time datetime data-moment="time|day|full">` and date fields. */

const language = navigator.languages?.find((tag) => tag.startsWith("en")) ?? "en-GB";

/** @type {Record<string, Intl.DateTimeFormatOptions>} */
const STYLES = {
  time: { hour: "numeric", minute: "2-digit" },
  day: { day: "numeric", month: "long" },
  full: { day: "numeric", month: "long", hour: "numeric", minute: "2-digit" },
};

/**
 * A moment as the reader would say it. A bare time of another day also names the day.
 * @param {Date} at
 * @param {string} style
 */
export function spoken(at, style) {
  const today = at.toDateString() === new Date().toDateString();
  const wanted = style === "time" && !today ? "full" : style;
  return new Intl.DateTimeFormat(language, STYLES[wanted] ?? STYLES.full).format(at);
}

/** @param {ParentNode} root */
export function localizeTimes(root) {
  for (const element of root.querySelectorAll("time[data-moment]")) {
    const at = new Date(element.getAttribute("datetime") ?? "");
    if (!Number.isNaN(at.getTime())) {
      element.textContent = spoken(at, element.getAttribute("data-moment") ?? "full");
    }
  }
}

/**
 * Shows date-time fields in the reader's zone and tells the server which zone that is.
 * @param {ParentNode} root
 */
export function localizeFields(root) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  /** @type {NodeListOf<HTMLInputElement>} */
  const fields = root.querySelectorAll("input[type=datetime-local]:not([data-local])");
  for (const field of fields) {
    field.dataset.local = "";
    if (field.value) {
      const at = new Date(`${field.value}Z`);
      field.value = new Date(at.getTime() - at.getTimezoneOffset() * 60_000)
        .toISOString()
        .slice(0, 16);
    }
    const told = document.createElement("input");
    told.type = "hidden";
    told.name = `${field.name}@zone`;
    told.value = zone;
    field.after(told);
    const note = field.closest(".field")?.querySelector("[data-zone]");
    if (note) note.textContent = `Your time (${zone.replace("_", " ")}).`;
  }
}
