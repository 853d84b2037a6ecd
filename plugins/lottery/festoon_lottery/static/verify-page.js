/** The page that checks a draw: one large word, and what it rests on. */
import { kept } from "./receipts.js";

const { room = "", round = "", proof = "", receipt = "", worker = "" } = document.body.dataset;

/** What each level does not prove: the same words as on the certificate. */
const LIMITS = JSON.parse(document.getElementById("limits")?.textContent ?? "{}");

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @param {string} name */
const slot = (name) => /** @type {HTMLElement} */ (document.querySelector(`[data-slot=${name}]`));

/** @param {number} number */
const count = (number) => number.toLocaleString("en").replaceAll(",", "\u202f");
/** @param {number} many */
const everyone = (many) => (many === 1 ? "The one entry was" : `All ${count(many)} entries were`);

/** @param {string} tag @param {(string | Node)[]} inside */
function element(tag, ...inside) {
  const made = document.createElement(tag);
  made.append(...inside);
  return made;
}

/** @param {string} kind @param {string} word @param {string} why */
function say(kind, word, why) {
  const place = byId("verdict");
  place.dataset.verdict = kind;
  place.setAttribute("aria-busy", String(kind === "busy"));
  slot("word").textContent = word;
  slot("why").textContent = why;
  byId("progress").hidden = kind !== "busy";
}

/** @param {any} found */
function limits({ level, beacon }) {
  if (level === "simple") return [LIMITS.simple, LIMITS.everybody];
  if (level === "audience") return [LIMITS.audience, LIMITS.everybody];
  return [LIMITS.everybody, beacon ? LIMITS.beacon : LIMITS.platform];
}

/** People count from 1. @param {{index: number, weight: number}} own @param {number} of */
const ownWords = ({ index, weight }, of) =>
  `You are in: entry number ${count(index + 1)} of ${count(of)}, with ${weight === 1 ? "1 ticket" : `${count(weight)} tickets`}.`;

/** @param {any} found @param {boolean} own whether the receipt was kept by this device */
function show(found, own) {
  // What is not proved stands among the limits below, and gets no tick.
  const lines = (found.lines ?? []).filter((/** @type {string} */ line) => !line.startsWith("Not "));
  const bad = found.wrong ?? found.notOwn;
  if (found.voided) say("early", "Called off", found.wrong);
  else if (bad) say("wrong", "Not valid", `${bad} Keep the file, and ask the organizer.`);
  else if (!found.revealed) {
    say(
      "early",
      found.root ? "The drum is closed" : "The drum is still open",
      "The draw is not over. When it ends, the seed is told, and this page checks every place of it.",
    );
  } else {
    say("valid", "Valid", `${everyone(found.entries)} drawn again here, and the same people won.`);
  }
  if (found.twice && lines.length) {
    lines.push("The hashes were made twice, by this page and by your browser, and agree.");
  }
  byId("checked").hidden = lines.length === 0;
  slot("lines").replaceChildren(...lines.map((/** @type {string} */ line) => element("li", line)));
  byId("unproved").hidden = lines.length === 0;
  slot("limits").replaceChildren(...limits(found).map((line) => element("li", line)));
  byId("own").hidden = !found.own;
  slot("own").textContent = found.own ? ownWords(found.own, found.entries) : "";
  slot("kept").textContent = own
    ? "From the receipt that this device kept since you entered."
    : "From the receipt that you gave, or that the platform holds for you.";
  const prints = [
    ["This document (SHA-256)", found.print],
    ["Root of all entries", found.root],
    ["Seed, as it was promised", found.commitment],
  ];
  slot("prints").replaceChildren(
    ...prints
      .filter(([, print]) => print)
      .map(([name, print]) => element("div", element("dt", name), element("dd", print))),
  );
}

/** @type {Worker | undefined} */
let busy;

/**
 * @param {string} text of the proof
 * @param {string | null} ticket text of the receipt
 * @param {boolean} [own]
 */
function begin(text, ticket, own = false) {
  busy?.terminate();
  say("busy", "Checking…", "Your browser draws everything again. Nothing leaves this device.");
  const bar = /** @type {HTMLProgressElement} */ (byId("progress"));
  bar.value = 0;
  busy = new Worker(worker, { type: "module" });
  busy.onmessage = ({ data }) => {
    if (data.done) show(data, own);
    else bar.value = Math.round(data.share * 100);
  };
  busy.onerror = () =>
    say("wrong", "Not checked", "This browser could not run the check. Use a newer one, or the command below.");
  busy.postMessage({ text, receipt: ticket });
}

/** @param {string} address */
async function got(address) {
  const answer = await fetch(address, { headers: { accept: "application/json" } }).catch(() => null);
  return answer?.ok ? await answer.text() : null;
}

/** A ticket on paper leads here with its receipt behind the `#`, which is sent to nobody. */
function printed() {
  const packed = location.hash.slice(1).replaceAll("-", "+").replaceAll("_", "/");
  if (!packed) return null;
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(packed), (sign) => sign.charCodeAt(0)));
  } catch {
    return null;
  }
}

async function beginHere() {
  const paper = printed();
  const mine = paper ? null : kept(room, round);
  const [text, ticket] = await Promise.all([
    got(proof),
    paper ?? (mine ? JSON.stringify(mine) : receipt ? got(receipt) : null),
  ]);
  if (text) begin(text, ticket, Boolean(mine));
  else say("early", "No proof yet", "It is there as soon as the drum was opened. Or choose a file below.");
}

// --- files ---------------------------------------------------------------------------------------

/** @type {{text: string, ticket: string | null}} */
const given = { text: "", ticket: null };

/** @param {FileList | File[]} files */
async function take(files) {
  for (const file of files) {
    const text = await file.text();
    // A receipt has a salt of its own, a proof has none.
    const isReceipt = /"salt"\s*:/.test(text) && !/"entries"\s*:/.test(text);
    if (isReceipt) given.ticket = text;
    else given.text = text;
  }
  const text = given.text || (await got(proof));
  if (text) begin(text, given.ticket);
}

const drop = byId("drop");
const files = /** @type {HTMLInputElement} */ (byId("files"));
files.addEventListener("change", () => void take(files.files ?? []));
addEventListener("dragover", (event) => {
  event.preventDefault();
  drop.dataset.over = "";
});
for (const name of ["dragleave", "drop"]) addEventListener(name, () => delete drop.dataset.over);
addEventListener("drop", (event) => {
  event.preventDefault();
  void take([...(event.dataTransfer?.files ?? [])]);
});

void beginHere();
