/** A draft as it will look: on the phone, and as a line of the list. */
import { settled } from "./drafts.js";
import { empty } from "./state.js";
import { view } from "./phone.js";
import { KINDS, tally } from "./words.js";

/** @param {import("./drafts.js").Draft} draft */
export const summary = ({ kind, seconds, points }) => [KINDS[kind], `${seconds} s`, kind !== "poll" && tally(points, "point")].filter(Boolean).join(" · ");

/** The question as a phone shows it. @param {import("./drafts.js").Draft} draft */
export function phone(draft) {
  const { kind, options, right, seconds, points, text, media } = settled(draft);
  const state = empty();
  const question = { id: "preview", number: 1, of: 1, kind, seconds, points, mode: draft.mode ?? "speed" };
  state.phase = { ...state.phase, phase: "open", question };
  state.content = { id: "preview", kind, text: text || "…", options: kind === "order" ? [...right].reverse() : options, media: media?.url ? media : null };
  state.me = { player: "", answered: false };
  const acts = { answer() {}, change: async () => {}, given: undefined, received: false, verifyUrl: "", waiting: "" };
  const { body: shown } = view(state, acts);
  for (const part of shown) {
    // Ids and headings of a picture of a page are not those of the page.
    for (const one of part.querySelectorAll("[id]")) one.removeAttribute("id");
    for (const left of part.querySelectorAll("[data-left]")) left.textContent = String(seconds);
  }
  return shown;
}
