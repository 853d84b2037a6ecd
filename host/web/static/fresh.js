/**
 * Keeps parts of a page as the server would render them now. Parts are marked `data-live="key"`;
 * one with an open question or a field in use waits until it is left.
 */
import { localizeTimes } from "./time.js";

const QUIET_MS = 500;
/** How long to wait before a question that failed is asked again, at most. */
const RETRY_MS = 30_000;
const USED = "input:not([type=hidden]), select, textarea";
const STOPS = "a, button, summary, input, select, textarea";

/** @param {Element} part */
function inUse(part) {
  const active = document.activeElement;
  return (
    part.querySelector(":popover-open") !== null ||
    (active !== null && part.contains(active) && active.matches(USED))
  );
}

/**
 * What a part says, without what differs in every answer: tokens, and times as they are shown.
 * @param {Element} part
 */
function meaning(part) {
  const copy = /** @type {Element} */ (part.cloneNode(true));
  for (const hidden of copy.querySelectorAll("input[type=hidden]")) hidden.remove();
  for (const time of copy.querySelectorAll("time")) time.textContent = "";
  return copy.outerHTML;
}

/**
 * Puts `next` where `part` is, and the focus where it was.
 * @param {Element} part
 * @param {Element} next
 */
function swap(part, next) {
  const stop = [...part.querySelectorAll(STOPS)].indexOf(
    /** @type {Element} */ (document.activeElement),
  );
  localizeTimes(next);
  part.replaceWith(next);
  if (stop >= 0) {
    /** @type {HTMLElement | undefined} */ (next.querySelectorAll(STOPS)[stop])?.focus();
  }
}

/**
 * @param {{spread?: () => number}} [options] `spread` in ms: how far a hall of phones spreads its
 *   questions, so that they do not all ask at once
 * @returns {() => void} call it whenever something may be different
 */
export function freshener({ spread = () => 0 } = {}) {
  /** @type {number | undefined} */
  let timer;
  /** The parts as the server last sent them, to see whether there is anything new. */
  const seen = new Map(
    [...document.querySelectorAll("[data-live]")].map((part) => [
      part.getAttribute("data-live"),
      meaning(part),
    ]),
  );

  /** One question at a time: of two, the older answer could come last. */
  let asking = false;
  let again = false;
  let failures = 0;

  function soon() {
    if (asking) again = true;
    else timer ??= setTimeout(refresh, QUIET_MS + Math.random() * spread());
  }

  async function refresh() {
    timer = undefined;
    asking = true;
    again = false;
    let page;
    try {
      page = await rendered();
      failures = 0;
    } catch {
      failures += 1;
    } finally {
      asking = false;
    }
    if (page) show(page);
    if (again) soon();
    else if (failures) {
      const pause = Math.min(RETRY_MS, 1000 * 2 ** failures) * (0.5 + Math.random() / 2);
      timer ??= setTimeout(refresh, pause + Math.random() * spread());
    }
  }

  /**
   * The page as the server has it now; nothing where it is not this person's any more. Throws
   * where the server could not be asked, or is too busy.
   */
  async function rendered() {
    const answer = await fetch(location.pathname + location.search, { headers: { Accept: "text/html" } });
    if (answer.status === 429 || answer.status >= 500) throw new Error(`${answer.status}`);
    if (!answer.ok || answer.redirected) {
      location.reload();
      return null;
    }
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  }

  /** @param {Document} page */
  function show(page) {
    let waiting = false;
    for (const part of document.querySelectorAll("[data-live]")) {
      const key = part.getAttribute("data-live");
      const next = page.querySelector(`[data-live="${key}"]`);
      if (!next || seen.get(key) === meaning(next)) continue;
      if (inUse(part)) {
        waiting = true;
        continue;
      }
      seen.set(key, meaning(next));
      swap(part, document.importNode(next, true));
    }
    if (waiting) {
      for (const event of ["focusout", "toggle"]) {
        document.addEventListener(event, soon, { once: true, capture: true });
      }
    }
  }

  return soon;
}
