/** The participant's page: brings the state onto the phone, and answers to the server. */
import { embers } from "/static/embers.js";
import { calm } from "/static/reveal.js";
import { byKey } from "./answers.js";
import { Countdown } from "./clock.js";
import { byId } from "./dom.js";
import { Game } from "./game.js";
import { breath, view } from "./phone.js";
import { playersHere, speedCounts } from "./result.js";

const CLOCK_MS = 10_000;
const FIRST_CLOCKS = 4;
const RETRY_MS = 400;
/** How long the big screen takes to build the podium. */
const THEATRE_MS = 4200;

const game = new Game();
const countdown = new Countdown(() => game.now(), say);
const body = byId("body");
/** This phone's answer to each question, by game and question; the server keeps the real one. */
/** @type {Map<string, unknown>} */
const given = new Map();
/** Those of them that the server has acknowledged. */
const received = new Set();
/** When the present question stood on the screen, by the page's monotonic clock. */
let shown = 0;
let waiting = "";
let key = "";
let asked = "";
/** @type {ReturnType<typeof setTimeout> | undefined} */
let opening;

const questionKey = () => `${game.state.phase.game} ${game.state.phase.question?.id}`;

/** @param {string} words */
function say(words) {
  byId("say").textContent = words;
}

const acts = {
  answer,
  async change(/** @type {string} */ what, /** @type {any} */ data) {
    await game.change(what, data);
    // Another name or another seat is another page.
    key = "";
    byId("acts").replaceChildren();
    show();
  },
  get given() {
    return given.get(questionKey());
  },
  get received() {
    return received.has(questionKey()) || Boolean(game.state.me?.answered);
  },
  get waiting() {
    return waiting;
  },
  verifyUrl: document.body.dataset.verifyUrl ?? "",
};

/** @param {"state" | "counts"} [what] */
function show(what) {
  for (const place of document.querySelectorAll("[data-players]")) {
    place.textContent = playersHere(game.state.counts.players);
  }
  if (what === "counts") return;
  const { phase } = game.state;
  // Ready again after an undo: whatever was answered before is void.
  if (phase.phase === "ready") forget();
  if (phase.phase === "open" && !phase.paused && game.state.content) {
    // Everyone sees it at the moment that was told, also where the key came early.
    const early = Date.parse(phase.opensAt ?? "") - game.now();
    clearTimeout(opening);
    if (early > 0) {
      opening = setTimeout(() => show(), early);
      return;
    }
  }
  const page = holdsBreath() ? breath() : view(game.state, acts);
  if (page.key !== key) put(page);
  if (phase.phase === "open" && !phase.paused) countdown.run(phase.opensAt, phase.closesAt);
  else countdown.stop();
  ask();
}

/** The game whose podium this page has waited for. */
let waited = "";

/** Whether the podium was told just now; a page that was loaded after it shows it at once. */
function holdsBreath() {
  const { phase, game: id } = game.state.phase;
  if (phase !== "podium" || waited === id || key === "" || calm()) {
    if (phase === "podium") waited = id;
    else if (waited === id) waited = "";
    return false;
  }
  if (key !== "breath") {
    setTimeout(() => {
      waited = id;
      show();
    }, THEATRE_MS);
  }
  return true;
}

/** @param {import("./lobby.js").View} page */
function put(page) {
  const isNew = page.key.split(" ").slice(0, 2).join() !== key.split(" ").slice(0, 2).join();
  const held = body.contains(document.activeElement) ? document.activeElement : null;
  const option = held?.getAttribute("data-option");
  key = page.key;
  document.body.classList.toggle("night", page.night ?? false);
  body.replaceChildren(...page.body);
  // A code that somebody is typing stays, while the game goes on above it.
  const typing = byId("acts").contains(document.activeElement) && page.acts?.length;
  if (!typing) byId("acts").replaceChildren(...(page.acts ?? []));
  byId("count").replaceChildren(...(page.top ? [page.top] : []));
  say(page.say ?? "");
  if (isNew && !typing) {
    window.scrollTo(0, 0);
    focus();
  } else if (held) {
    focus(option ? body.querySelector(`[data-option="${option}"]`) : null);
  }
  if (page.key.startsWith("open ")) painted();
  if (page.key.startsWith("podium") && game.state.me?.place <= 3) embers(60);
  const { me, phase } = game.state;
  if (page.key.startsWith("revealed") && me?.result?.first && speedCounts(phase.question)) embers(40);
}

function forget() {
  given.delete(questionKey());
  waiting = "";
  asked = "";
}

/**
 * The new page has the focus where one goes on: at `wanted`, in the field to type into, else at
 * its title.
 * @param {Element | null} [wanted]
 */
function focus(wanted = null) {
  const field = wanted ?? body.querySelector("#answer:not([disabled])");
  /** @type {HTMLElement | null} */ (field ?? body.querySelector("h1"))?.focus({
    preventScroll: true,
  });
}

/** Notes when the question stood on the glass: after the frame that carries it. */
function painted() {
  if (asked === questionKey()) return;
  asked = questionKey();
  shown = performance.now();
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      shown = performance.now();
    }),
  );
}

/**
 * Sends the answer until the server has it, whatever happens to the connection meanwhile.
 * @param {unknown} answer
 * @param {number} pressed
 */
function answer(answer, pressed) {
  const of = questionKey();
  if (given.has(of)) return;
  given.set(of, answer);
  const { game: id, question } = game.state.phase;
  const claim = { game: id, question: question.id, answer, shown, pressed };
  const send = async () => {
    try {
      await game.live.send("quiz:answer", { ...claim, now: performance.now() }, { timeout: 4000 });
      waiting = "";
      received.add(of);
    } catch (error) {
      const { code, message } = /** @type {any} */ (error);
      if (code === "UNAVAILABLE" || code === "TIMEOUT") {
        waiting = "No connection. Your answer is kept and sent as soon as there is one.";
        if (questionKey() === of) setTimeout(send, RETRY_MS);
      } else {
        waiting = "";
        given.delete(of);
        if (questionKey() === of) refused(code, message);
      }
    }
    show();
  };
  void send();
  show();
}

/** @param {string} code @param {string} message */
function refused(code, message) {
  key = "";
  say(message);
  const note = byId("note");
  note.textContent = message;
  note.hidden = false;
  setTimeout(() => (note.hidden = true), 6000);
  if (code === "CONFLICT") void game.look();
}

/** What the phone tells and asks by itself: that it has the question, and how it did. */
let told = "";
function ask() {
  const { phase, me } = game.state;
  if (!me) return;
  const now = `${questionKey()} ${phase.phase} ${phase.phase === "ready" ? "" : phase.step}`;
  if (told === now) return;
  if (phase.phase === "ready" && phase.sealed) {
    told = now;
    const data = { game: phase.game, question: phase.question.id };
    const tell = () => told === now && game.live.send("quiz:ready", data).catch(() => (told = ""));
    void game.complete.then(tell);
  }
  const over = ["revealed", "board", "podium"].includes(phase.phase);
  if (over && (phase.phase !== "revealed" || !me.result)) {
    told = now;
    game.mine();
  }
}

/** The four timestamps: now and then, never while somebody is about to press. */
async function clock(left = FIRST_CLOCKS) {
  if (game.live.state === "online" && game.state.phase.phase !== "open" && game.state.me) {
    await game.live.send("quiz:clock", { sent: performance.now() }).catch(() => {});
  }
  setTimeout(() => clock(Math.max(0, left - 1)), left > 0 ? 500 : CLOCK_MS);
}

document.addEventListener("keydown", (event) => {
  const index = byKey(event);
  if (index < 0) return;
  const option = body.querySelector(`[data-option="${index}"]`);
  if (!option) return;
  event.preventDefault();
  option.click();
});

game.watch(show);
void clock();
