/** The page that checks a round of Secret Santa: one large word, and what it rests on. */

const { proof = "", receipt = "", worker = "" } = document.body.dataset;
const LOOKED =
  "That nobody looked: who runs this platform could read its database, and who folds notes could read them.";
const SEALED = ["That the sealed pairs are right: everybody can check that once all is told.", LOOKED];

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @param {string} name */
const slot = (name) => /** @type {HTMLElement} */ (document.querySelector(`[data-slot=${name}]`));
/** @param {string} text */
const item = (text) => Object.assign(document.createElement("li"), { textContent: text });

/** @param {string} kind @param {string} word @param {string} why */
function say(kind, word, why) {
  const place = /** @type {HTMLElement} */ (document.querySelector(".verdict"));
  place.dataset.verdict = kind;
  place.setAttribute("aria-busy", String(kind === "busy"));
  slot("word").textContent = word;
  slot("why").textContent = why;
}

/** @param {any} found */
function show({ kinds = [], lines = [], off, wrong, own }) {
  const told = kinds.includes("revealed");
  const drawn = kinds.includes("assigned");
  if (wrong) say("wrong", "Not valid", `${wrong} Keep the file, and ask the organizer.`);
  else if (off !== undefined) say("early", "Called off", `The reason: ${off}. The next draw counts.`);
  else if (told) say("valid", "Valid", "Drawn again here, everybody gives to the very person who was sealed.");
  else if (drawn && own) say("valid", "Sealed", "Your pair was fixed with all the others, and is allowed.");
  else if (drawn) say("valid", "Sealed", "Who takes part, and who must not give to whom, was fixed before the draw.");
  else say("early", "Not drawn yet", "What decides is sealed already. After the draw this page checks your pair.");
  const notProved = lines.filter((/** @type {string} */ line) => line.startsWith("Not proved: "));
  // That the pairs are sealed stands below, with what it does not prove.
  const checked = lines.filter(
    (/** @type {string} */ line) => !notProved.includes(line) && !line.startsWith("Who gives to whom is sealed"),
  );
  byId("checked").hidden = checked.length === 0;
  slot("lines").replaceChildren(...checked.map(item));
  const limits = notProved.map((/** @type {string} */ line) => `That${line.slice("Not proved: that".length)}`);
  byId("unproved").hidden = !drawn || Boolean(wrong);
  slot("limits").replaceChildren(...[...limits, ...(told ? [LOOKED] : SEALED)].map(item));
  byId("own").hidden = !own;
  slot("own").textContent = own ? "It was sealed with the draw, and breaks no exclusion." : "";
}

/** @type {Worker | undefined} */
let busy;

/** @param {string} text of the document @param {string | null} ticket text of the receipt */
function begin(text, ticket) {
  busy?.terminate();
  say("busy", "Checking…", "Your browser looks at everything itself. Nothing leaves this device.");
  busy = new Worker(worker, { type: "module" });
  busy.onmessage = ({ data }) => show(data);
  busy.onerror = () =>
    say("wrong", "Not checked", "This browser could not run the check. Use a newer one, or the command below.");
  busy.postMessage({ text, receipt: ticket });
}

/** @param {string} address */
async function got(address) {
  if (!address) return null;
  const answer = await fetch(address, { headers: { accept: "application/json" } }).catch(() => null);
  return answer?.ok ? await answer.text() : null;
}

const files = /** @type {HTMLInputElement} */ (byId("files"));
files.addEventListener("change", async () => {
  let text = null;
  let ticket = null;
  for (const file of files.files ?? []) {
    const content = await file.text();
    if (/"log"\s*:/.test(content)) text = content;
    else ticket = content;
  }
  text ??= await got(proof);
  if (text) begin(text, ticket);
});

// Who has no pair is told so with a 404, which is no fault: then the document alone is checked.
const [text, ticket] = await Promise.all([got(proof), got(receipt)]);
if (text) begin(text, ticket);
else say("early", "Nothing to check", "This page could not get the document. Load it again, or choose a file below.");
