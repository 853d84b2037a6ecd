/** A list that one puts in order: by buttons, by the arrow keys, or by dragging. */
import { h, s } from "./dom.js";
import { LETTERS, shape, tint } from "./options.js";

/**
 * @param {string[]} texts
 * @param {number[]} start the indices of `texts` in the order to begin with
 * @param {boolean} locked
 */
export function ordering(texts, start, locked) {
  const list = h("ol", { class: "ordering" });
  const told = h("p", { class: "visually-hidden", role: "status" });
  list.append(...start.map(item));
  number();

  /** @param {number} index */
  function item(index) {
    const up = mover(index, -1);
    const down = mover(index, 1);
    const grip = h("span", { class: "ordering-grip", "aria-hidden": "true" }, "⠿");
    const row = h(
      "li",
      { class: `ordering-item ${tint(index)}`, "data-index": index },
      !locked && grip,
      h("span", { class: "ordering-place numbers", "aria-hidden": "true" }),
      h("span", { class: "option-mark" }, shape(index), h("span", { class: "option-letter" }, LETTERS[index])),
      h("span", { class: "choice-text" }, texts[index]),
      !locked && h("span", { class: "ordering-acts" }, up, down),
    );
    if (!locked) drag(row);
    return row;
  }

  /** @param {number} index @param {number} by */
  function mover(index, by) {
    const d = by < 0 ? "m5 15 7-7 7 7" : "m5 9 7 7 7-7";
    const arrow = s("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, s("path", { d }));
    return h(
      "button",
      {
        type: "button",
        class: "ordering-move",
        "aria-label": `Move “${texts[index]}” ${by < 0 ? "up" : "down"}`,
        "data-by": by,
        onclick: (/** @type {Event} */ event) => {
          const row = /** @type {Element} */ (event.currentTarget).closest("li");
          move(row, by);
        },
        onkeydown: (/** @type {KeyboardEvent} */ event) => {
          const wanted = { ArrowUp: -1, ArrowDown: 1 }[event.key];
          if (!wanted) return;
          event.preventDefault();
          move(/** @type {Element} */ (event.currentTarget).closest("li"), wanted);
        },
      },
      arrow,
    );
  }

  /** @param {Element | null} row @param {number} by */
  function move(row, by) {
    const other = by < 0 ? row?.previousElementSibling : row?.nextElementSibling;
    if (!row || !other) return;
    const focused = document.activeElement;
    if (by < 0) other.before(row);
    else other.after(row);
    if (focused instanceof HTMLElement && row.contains(focused)) focused.focus();
    number();
    const place = [...list.children].indexOf(row) + 1;
    told.textContent = `${textOf(row)}, place ${place} of ${texts.length}`;
  }

  /** @param {Element} row */
  function textOf(row) {
    return texts[Number(row.getAttribute("data-index"))];
  }

  function number() {
    [...list.children].forEach((row, place) => {
      row.querySelector(".ordering-place").textContent = String(place + 1);
      // Not disabled: a button that loses its use under the finger would lose the focus with it.
      row.querySelector("[data-by='-1']")?.setAttribute("aria-disabled", String(place === 0));
      const last = place === list.children.length - 1;
      row.querySelector("[data-by='1']")?.setAttribute("aria-disabled", String(last));
    });
  }

  /** @param {HTMLElement} row */
  function drag(row) {
    row.addEventListener("pointerdown", (event) => {
      if (/** @type {Element} */ (event.target).closest("button") || event.button !== 0) return;
      event.preventDefault();
      row.setPointerCapture(event.pointerId);
      row.classList.add("is-dragged");
      let from = event.clientY;
      const follow = (/** @type {PointerEvent} */ moved) => {
        const by = moved.clientY - from;
        const next = by < 0 ? row.previousElementSibling : row.nextElementSibling;
        const box = next?.getBoundingClientRect();
        if (next && box && Math.abs(by) > box.height * 0.7) {
          if (by < 0) next.before(row);
          else next.after(row);
          from += Math.sign(by) * (box.height + 8);
          row.setPointerCapture(event.pointerId);
          number();
        }
        row.style.transform = `translateY(${moved.clientY - from}px)`;
      };
      const drop = () => {
        row.removeEventListener("pointermove", follow);
        row.classList.remove("is-dragged");
        row.style.transform = "";
      };
      row.addEventListener("pointermove", follow);
      row.addEventListener("pointerup", drop, { once: true });
      row.addEventListener("pointercancel", drop, { once: true });
    });
  }

  return {
    node: h("div", {}, list, told),
    /** The indices as they stand now. */
    order: () => [...list.children].map((row) => Number(row.getAttribute("data-index"))),
  };
}
