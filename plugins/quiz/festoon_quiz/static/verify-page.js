/** A round's certificate, read from the server and computed again here: what was checked, and by whom. */
import { byId, h } from "./dom.js";
import { tick } from "./options.js";
import { verify } from "./verify.js";
import { figure, listed, seconds } from "./words.js";

const { base } = document.body.dataset;

/** @param {string} title @param {string} words @param {string} kind */
const notice = (title, words, kind) => h("div", { class: `notice notice-${kind}` }, h("strong", {}, title), h("p", {}, words));

/** @param {any} paper */
function show(paper) {
  const { ok, checks, outcome } = verify(paper);
  const name = names(paper);
  const verdict = ok
    ? notice("This round holds.", "Your browser came to the same result, from the times alone.", "good")
    : notice("This round does not hold.", "What is written here is not what the rules make of it. Tell the organizer.", "bad");
  byId("verdict").replaceChildren(
    verdict,
    h("ul", { class: "checks" }, checks.map((check) => h("li", {}, tick(check.ok), h("span", {}, check.what, check.ok ? "" : ": no")))),
  );
  if (outcome) byId("details").replaceChildren(...details(paper, outcome, name));
}

/** Names stand beside the certificate, so that they can be erased. @param {any} paper */
function names(paper) {
  return (/** @type {string} */ player) => paper.names?.[player] ?? `Player ${player.slice(0, 6)}`;
}

/** @param {any} paper @param {any} outcome @param {(player: string) => string} name */
function details(paper, outcome, name) {
  const first = outcome.first.map(name);
  const told = first.length > 0 ? `${listed(first, 8)}${first.length > 1 ? ", a tie: their times overlap" : ""}` : "nobody";
  const rows = [...outcome.players]
    .filter((one) => one.reaction)
    .sort((a, b) => a.reaction.best - b.reaction.best)
    .map((one) =>
      h(
        "tr",
        {},
        h("th", { scope: "row" }, name(one.player)),
        h("td", {}, one.right ? ["right ", tick(true)] : ["wrong ", tick(false)]),
        h("td", { class: "numbers" }, seconds(one.reaction.best)),
        h("td", { class: "numbers" }, `${seconds(one.reaction.low)} to ${seconds(one.reaction.high)}`),
        h("td", { class: "numbers" }, figure(one.points + (one.bonus ?? 0))),
        h("td", {}, one.reaction.marks.join(", ") || "none"),
      ),
    );
  const heads = ["Player", "Answer", "Time", "Surely between", "Points", "Marks"];
  return [
    h("h2", {}, `Question ${paper.number}`),
    h("p", {}, "First: ", h("strong", {}, told), "."),
    h(
      "div",
      { class: "receipts", tabindex: "0", role: "region", "aria-label": "The answers with their times" },
      h("table", {}, h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))), h("tbody", {}, rows)),
    ),
    h("p", { class: "soft small hash" }, "Fingerprint of this round: ", h("code", {}, outcome.hash)),
    h("p", {}, h("a", { class: "button button-small", href: address(), download: true }, "Take the certificate along")),
  ];
}

/** @returns {string} the certificate's address, "" where the page was opened without a round */
function address() {
  const asked = new URLSearchParams(location.search);
  const question = asked.get("question") ?? "";
  const game = asked.has("game") ? `?game=${encodeURIComponent(asked.get("game") ?? "")}` : "";
  return question ? `${base}certificates/${encodeURIComponent(question)}.json${game}` : "";
}

async function begin() {
  if (!address()) {
    return byId("verdict").replaceChildren(notice("Which round?", "After each question your page has a link that leads here.", "warn"));
  }
  const answer = await fetch(address()).catch(() => null);
  if (!answer?.ok) {
    return byId("verdict").replaceChildren(notice("There is no certificate to be had.", "It is there as soon as the answer was shown. Load the page again in a moment.", "warn"));
  }
  const paper = await answer.json();
  show(paper.data ?? paper);
}

void begin();
