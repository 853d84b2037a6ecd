/** The questions of a room: written, ordered, copied, taken away and brought back; saved as one goes. */
import { byId, h } from "./dom.js";
import { blank, copyOf, draftOf, problems, settled } from "./drafts.js";
import { phone, summary } from "./preview.js";
import { questionForm, showErrors } from "./question-form.js";
import { Conflicted, Room } from "./saving.js";
import { tally } from "./words.js";

const PAUSE_MS = 700;
const AGAIN_MS = 4000;

const { room: roomId, base } = document.body.dataset;
const token = document.querySelector("#token [name=csrf_token]")?.getAttribute("value") ?? "";
const room = new Room(roomId ?? "", token);
/** @type {import("./drafts.js").Draft[]} */
let drafts = [];
let open = "";
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
let saving = false;
let dirty = false;
/** Fields that were left once, or all after a try to go on: only these show their error. */
let strict = new Set();

/** @param {string} words @param {string} [kind] */
function saved(words, kind = "") {
  const chip = byId("saved");
  chip.className = `chip chip-dot${kind ? ` chip-${kind}` : ""}`;
  if (chip.textContent !== words) chip.textContent = words;
}

/** @param {string} words */
function say(words) {
  byId("say").textContent = words;
}

// --- saving ------------------------------------------------------------------------------------

function changed(now = false) {
  dirty = true;
  clearTimeout(timer);
  showProblems();
  const wrong = drafts.filter((draft) => Object.keys(problems(draft)).length > 0);
  if (wrong.length > 0) {
    const which = drafts.indexOf(wrong[0]) + 1;
    return saved(`Not saved: question ${which} is not complete`, "warn");
  }
  saved("Saving…");
  timer = setTimeout(save, now ? 0 : PAUSE_MS);
}

async function save() {
  if (saving) return;
  saving = true;
  dirty = false;
  try {
    await room.save(drafts.map(settled));
    byId("note").replaceChildren();
    if (!dirty) saved("Saved", "good");
  } catch (error) {
    dirty = true;
    if (error instanceof Conflicted) conflicted();
    else failed(/** @type {any} */ (error));
  } finally {
    saving = false;
    if (dirty && byId("note").childElementCount === 0) changed();
  }
}

/** @param {{message: string, code: string}} error */
function failed({ message, code }) {
  saved("Not saved", "bad");
  byId("note").replaceChildren(h("div", { class: "notice notice-bad", role: "alert" }, h("strong", {}, "This could not be saved."), h("p", {}, message)));
  if (code === "" || code === "UNAVAILABLE") timer = setTimeout(save, AGAIN_MS);
}

function conflicted() {
  saved("Not saved", "bad");
  const theirs = () => {
    byId("note").replaceChildren();
    drafts = room.settings.questions.map(draftOf);
    show();
    saved("Saved", "good");
  };
  const mine = () => {
    byId("note").replaceChildren();
    void save();
  };
  byId("note").replaceChildren(
    h(
      "div",
      { class: "notice notice-warn", role: "alert" },
      h("strong", {}, "Somebody else changed the questions meanwhile."),
      h("p", {}, `Theirs are ${tally(room.settings.questions.length, "question")}, yours ${drafts.length}. Which ones shall stay?`),
      h("div", { class: "row" }, h("button", { type: "button", class: "button", onclick: theirs }, "Take theirs"), h("button", { type: "button", class: "button", onclick: mine }, "Keep mine")),
    ),
  );
}

// --- the list ----------------------------------------------------------------------------------

/** @param {string} [focus] what has the focus afterwards: a selector */
function show(focus) {
  const list = h("ol", { class: "edit-list" }, drafts.map(item));
  const add = h("button", { type: "button", class: "button button-main button-wide", id: "add", onclick: () => insert(drafts.length, blank()) }, "Add a question");
  const none = h("div", { class: "empty" }, h("h2", {}, "No questions yet"), h("p", {}, "Write the first one, or bring a file of them. Eight make a good half hour."));
  byId("editor").replaceChildren(...(drafts.length > 0 ? [list] : [none]), add);
  showProblems();
  if (focus) /** @type {HTMLElement | null} */ (document.querySelector(focus))?.focus();
}

/** @param {import("./drafts.js").Draft} draft @param {number} index */
function item(draft, index) {
  const isOpen = draft.id === open;
  const name = draft.text || "New question";
  const button = (/** @type {string} */ label, /** @type {string} */ sign, /** @type {() => void} */ then, off = false) =>
    h("button", { type: "button", class: "button button-quiet button-small", "data-label": label, title: label, disabled: off, onclick: then }, sign);
  const toggle = () => {
    open = isOpen ? "" : draft.id;
    show(`#head-${draft.id}`);
  };
  return h(
    "li",
    { class: `card edit-item${isOpen ? " is-open" : ""}`, id: `item-${draft.id}` },
    h(
      "div",
      { class: "edit-head" },
      h(
        "button",
        { type: "button", class: "edit-title", id: `head-${draft.id}`, "aria-expanded": String(isOpen), onclick: toggle },
        h("span", { class: "edit-number numbers" }, String(index + 1)),
        h("span", { class: "edit-words" }, h("strong", { "data-title": true }, name), h("span", { class: "soft small", "data-summary": true }, summary(draft))),
      ),
      h(
        "span",
        { class: "edit-acts" },
        button("Move up", "↑", () => move(index, -1), index === 0),
        button("Move down", "↓", () => move(index, 1), index === drafts.length - 1),
        button("Copy", "⧉", () => insert(index + 1, copyOf(draft))),
        button("Delete", "✕", () => remove(index)),
      ),
    ),
    h("p", { class: "error", "data-item-error": true, hidden: true }),
    isOpen && body(draft),
  );
}

/** @param {import("./drafts.js").Draft} draft */
function body(draft) {
  const hooks = {
    changed: () => changed(),
    again: (/** @type {any} */ next = draft, /** @type {string | undefined} */ field = undefined) => {
      drafts[drafts.findIndex((one) => one.id === draft.id)] = next;
      show(field && `#item-${draft.id} [data-field="${field}"]`);
      changed();
    },
    upload: (/** @type {File} */ file) => room.upload(`${base}media`, file),
  };
  const form = questionForm(draft, hooks);
  form.addEventListener("focusout", (/** @type {any} */ event) => {
    const field = event.target.dataset?.field;
    if (field) strict.add(`${draft.id} ${field}`);
    showProblems();
  });
  return h(
    "div",
    { class: "edit-body" },
    form,
    h("aside", { class: "edit-preview", "aria-label": "As on the phone" }, h("p", { class: "eyebrow" }, "As on the phone"), h("div", { class: "edit-phone", inert: true, "data-preview": true }, phone(draft))),
  );
}

/** Writes errors beside their fields, and the rest of what follows from the drafts. */
function showProblems() {
  drafts.forEach((draft) => {
    const place = byId(`item-${draft.id}`);
    if (!place) return;
    const found = problems(draft);
    const name = draft.text || "New question";
    place.querySelector("[data-title]").textContent = name;
    place.querySelector("[data-summary]").textContent = summary(draft);
    for (const button of place.querySelectorAll("[data-label]")) {
      button.setAttribute("aria-label", `${button.dataset.label}: ${name}`);
    }
    const words = place.querySelector("[data-item-error]");
    const hidden = draft.id === open || Object.keys(found).length === 0;
    words.hidden = hidden;
    words.textContent = hidden ? "" : Object.values(found)[0];
    const told = (/** @type {string} */ name) =>
      strict.has(`${draft.id} ${name}`) || (name === "right" && strict.has(`${draft.id} options.1`));
    showErrors(place, Object.fromEntries(Object.entries(found).filter(([name]) => told(name))));
    const preview = place.querySelector("[data-preview]");
    if (preview) preview.replaceChildren(...phone(draft));
  });
}

/** @param {number} at @param {import("./drafts.js").Draft} draft */
function insert(at, draft) {
  drafts.splice(at, 0, draft);
  open = draft.id;
  show(`#item-${draft.id} textarea`);
  changed(true);
}

/** @param {number} index @param {number} by */
function move(index, by) {
  const [draft] = drafts.splice(index, 1);
  drafts.splice(index + by, 0, draft);
  show(`#head-${draft.id}`);
  say(`Now question ${index + by + 1} of ${drafts.length}`);
  changed(true);
}

/** @param {number} index */
function remove(index) {
  const [gone] = drafts.splice(index, 1);
  const back = () => {
    drafts.splice(Math.min(index, drafts.length), 0, gone);
    byId("undo")?.remove();
    show(`#head-${gone.id}`);
    changed(true);
  };
  show("#undo button");
  byId("undo")?.remove();
  const undo = h("div", { class: "edit-undo", id: "undo", role: "status" }, h("span", {}, `Deleted: ${gone.text || "New question"}`), h("button", { type: "button", class: "button button-small", onclick: back }, "Undo"));
  byId("editor").before(undo);
  undo.querySelector("button")?.focus();
  changed(true);
}

// --- files -------------------------------------------------------------------------------------

byId("import").addEventListener("change", async (/** @type {any} */ event) => {
  const [file] = event.target.files;
  event.target.value = "";
  if (!file) return;
  try {
    const { questions } = await room.upload(`${base}import?name=${encodeURIComponent(file.name)}`, file);
    const known = new Set(drafts.map((draft) => draft.id));
    const fresh = questions.map(draftOf).map((/** @type {any} */ draft) => (known.has(draft.id) ? copyOf(draft) : draft));
    drafts.push(...fresh);
    show();
    say(`${tally(fresh.length, "question")} added`);
    changed(true);
  } catch (refused) {
    failed({ message: /** @type {Error} */ (refused).message, code: "IMPORT" });
  }
});

addEventListener("beforeunload", (event) => {
  if (dirty || saving) event.preventDefault();
});

/** Reads the questions; says so and tries again where that fails. */
async function begin() {
  try {
    await room.load();
    drafts = (room.settings.questions ?? []).map(draftOf);
    show();
    saved("Saved", "good");
  } catch (error) {
    failed(/** @type {any} */ (error));
    clearTimeout(timer);
    timer = setTimeout(begin, AGAIN_MS);
  }
}

void begin();
