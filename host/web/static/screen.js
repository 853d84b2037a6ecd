/**
 * The stage of the big screen: guests light bulbs, a draw builds up, the winner stands.
 * Apps use it too: `import {stage} from "/static/screen.js"`.
 */
import { embers } from "./embers.js";
import { calm } from "./reveal.js";

const REST_MS = 3200;

/** @param {string} text */
function size(text) {
  if (text.length <= 12) return "short";
  if (text.length <= 26) return "";
  return text.length <= 44 ? "long" : "longer";
}

/**
 * @param {string} tag
 * @param {string} css
 * @param {string} text
 */
function element(tag, css, text) {
  const made = document.createElement(tag);
  made.className = css;
  made.textContent = text;
  return made;
}

class Stage {
  constructor() {
    this.bulbs = [...document.querySelectorAll("#garland .bulb")];
    /** Bulbs in the order in which guests light them (as festoon/macros.html draws it). */
    this.order = this.bulbs.map((_, place) => (place * 11) % this.bulbs.length);
    this.chasing = 0;
  }

  /** @param {string} phase "wait", "hush", "reveal" or "rest" */
  set phase(phase) {
    document.body.dataset.phase = phase;
  }

  /**
   * Lights as many bulbs as there are guests and says how many they are.
   * @param {number} count
   */
  guests(count) {
    for (const place of document.querySelectorAll("[data-guests]")) {
      place.textContent = String(count);
    }
    for (const word of document.querySelectorAll("[data-guests-word]")) {
      word.textContent = count === 1 ? "guest" : "guests";
    }
    this.bulbs.forEach((bulb, place) => {
      const lit = this.order[place] < count;
      if (lit && !bulb.classList.contains("is-lit")) bulb.classList.add("is-new");
      bulb.classList.toggle("is-lit", lit);
    });
  }

  /** The hall holds its breath: a light runs along the string, faster and faster. */
  hush(ms) {
    this.phase = "hush";
    if (calm()) return;
    const string = document.getElementById("garland");
    const lit = this.bulbs.map((bulb) => bulb.classList.contains("is-lit"));
    const run = ++this.chasing;
    const began = performance.now();
    string?.setAttribute("data-chase", "");
    const step = (/** @type {number} */ now) => {
      const share = Math.min(1, (now - began) / ms);
      if (run !== this.chasing || share >= 1) {
        this.bulbs.forEach((bulb, n) => bulb.classList.toggle("is-lit", lit[n] || share >= 1));
        string?.removeAttribute("data-chase");
        return;
      }
      const head = share * share * this.bulbs.length * 4;
      this.bulbs.forEach((bulb, n) => {
        const behind = (head - n + this.bulbs.length * 8) % this.bulbs.length;
        bulb.classList.toggle("is-lit", behind < 4);
      });
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  /**
   * Shows who won: one name large, several as a list. It builds up and then rests.
   * @param {{eyebrow: string, names: string[], sub?: string, sparks?: () => void}} what `sparks`
   *   for an application that has something else to fall than embers
   */
  reveal({ eyebrow, names, sub = "", sparks = embers }) {
    const stage = document.getElementById("stage");
    if (!stage) return;
    this.chasing += 1;
    const parts = [element("p", "screen-eyebrow", eyebrow)];
    if (names.length === 1) {
      const title = element("h1", "screen-title star", names[0]);
      title.dataset.size = size(names[0]);
      parts.push(title);
    } else {
      const list = element("ul", "screen-names", "");
      if (names.length > 6) list.dataset.many = "";
      list.append(...names.map((name) => element("li", "star", name)));
      parts.push(list);
    }
    if (sub) parts.push(element("p", "screen-sub", sub));
    stage.replaceChildren(...parts);
    this.phase = "reveal";
    sparks();
    setTimeout(() => {
      if (document.body.dataset.phase === "reveal") this.phase = "rest";
    }, REST_MS);
  }
}

export const stage = new Stage();
