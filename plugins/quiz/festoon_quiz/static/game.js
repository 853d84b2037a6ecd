/**
 * One page's picture of the game: asks how it stands, follows the phases, opens what was sealed.
 * What a page shows is made of `state` alone, so that a reload in mid-question shows the same.
 */
import { follow } from "/static/connection.js";
import { Ahead } from "./ahead.js";
import { unseal } from "./seal.js";
import { empty, standing, wentBack } from "./state.js";

/** How far a hall of phones spreads its questions about the results. */
const SPREAD_MS = 1000;
const AGAIN_MS = 700;
const spread = () => Math.random() * SPREAD_MS;

/**
 * @typedef {import("./state.js").State} State
 * @typedef {import("./state.js").Phase} Phase
 */

export class Game {
  /** @type {State} */
  state = empty();
  /** @type {Set<(what: "state" | "counts") => void>} */ #watchers = new Set();
  /** @type {Map<string, string>} sealed questions by id, as they came ahead */
  #sealed = new Map();
  #ahead = new Ahead();
  #asking = 0;
  /** The step with which the question began: what was counted before is not of it. */
  #began = 0;

  /** @param {{quiet?: boolean}} [options] */
  constructor({ quiet = true } = {}) {
    const body = document.body.dataset;
    this.live = follow({ url: body.liveUrl, quiet });
    this.room = body.room;
    this.live.on("quiz:phase", ({ data }) => this.#took(data));
    this.live.on("quiz:count", ({ data }) => this.#counted(data));
    for (const event of ["quiz:hand", "quiz:removed"]) {
      this.live.on(event, () => void this.look());
    }
    this.live.onState((state) => {
      if (state === "online" || state === "back") void this.look();
    });
  }

  /**
   * @param {(what: "state" | "counts") => void} watcher is called after every change of `state`;
   *   with "counts" where only counts and names are others
   */
  watch(watcher) {
    this.#watchers.add(watcher);
  }

  /** The server's clock in milliseconds since 1970. */
  now() {
    return this.live.now();
  }

  /** Asks how the game stands; tries again until there is an answer. */
  async look() {
    const asked = ++this.#asking;
    try {
      const answer = await this.live.send("quiz:look");
      if (asked === this.#asking) this.apply(answer);
    } catch {
      setTimeout(() => asked === this.#asking && void this.look(), AGAIN_MS * (1 + Math.random()));
    }
  }

  /**
   * Takes an answer of `quiz:look`, or of an action that answers the same: the phase's data, and
   * beside them what only this page may know.
   * @param {any} answer
   */
  apply({ role, me, removed, settings, teams, now, counts, names, host, ...phase }) {
    const before = this.state.phase;
    if (phase.game === before.game && phase.step < before.step) return;
    // Another game counts its steps from the start.
    if (phase.game !== before.game) this.#began = 0;
    // On a board `teams` are those with their points, else the names to choose from.
    const told = (teams ?? []).some((/** @type {unknown} */ team) => typeof team !== "string");
    this.state = {
      ...this.state,
      role,
      me,
      removed: Boolean(removed),
      settings,
      host: host ?? null,
      counts: counts ?? { players: this.state.counts.players },
      names: names ?? this.state.names,
      teams: settings?.teamNames ?? (told ? this.state.teams : (teams ?? [])),
    };
    this.#enter(told ? { ...phase, teams } : phase);
  }

  /** What this player did in the last question, asked at a moment of their own. */
  mine(spread = SPREAD_MS) {
    const { game, step } = this.state.phase;
    const ask = async () => {
      if (this.state.phase.game !== game || this.state.phase.step < step) return;
      try {
        const result = await this.live.send("quiz:mine", { game });
        this.#me({ ...this.state.me, ...standing(result), result });
      } catch {
        setTimeout(ask, AGAIN_MS * (1 + Math.random()));
      }
    };
    setTimeout(ask, Math.random() * spread);
  }

  /**
   * One of the player's own acts: `team`, `rename`, `seat`.
   * @param {string} what
   * @param {Record<string, unknown>} data
   */
  async change(what, data) {
    const me = await this.live.send(`quiz:${what}`, data);
    if (what === "seat") await this.look();
    else this.#me({ ...this.state.me, ...me });
  }

  /** @param {any} me */
  #me(me) {
    this.state = { ...this.state, me };
    this.#changed();
  }

  /** @param {Phase} phase */
  #took(phase) {
    const before = this.state.phase;
    if (phase.game !== before.game) return void this.look();
    if (phase.step <= before.step) return;
    const same = Boolean(phase.question) && phase.question?.id === before.question?.id;
    const fresh = !same || phase.phase === "ready";
    let { me } = this.state;
    if (me && fresh) me = { ...me, answered: false, answer: null, result: null };
    let { counts } = this.state;
    if (fresh) {
      this.#began = phase.step;
      // Nobody has it yet; what was counted may have come before this.
      if (!(counts.step >= phase.step)) counts = { players: counts.players, ready: 0, answered: 0 };
    }
    this.state = { ...this.state, me, counts, content: same ? this.state.content : null };
    this.#enter(phase);
    if (this.state.host) void this.look();
    // What was undone may have taken points with it.
    else if (me && wentBack(before, phase)) setTimeout(() => void this.look(), spread());
  }

  /** @param {Phase} phase */
  #enter(phase) {
    const id = phase.question?.id;
    if (phase.sealed && id) this.#sealed.set(id, phase.sealed);
    let content = phase.content ?? this.state.content;
    if (content && id && content.id !== undefined && content.id !== id) content = null;
    const sealed = phase.sealed ?? this.#sealed.get(id);
    if (phase.ahead) this.#ahead.fetch(phase.ahead);
    if (!content && phase.key && sealed) content = this.#opened(unseal(sealed, phase.key), phase.key);
    if (phase.phase === "lobby" || phase.phase === "ready") content = null;
    this.state = { ...this.state, phase, content };
    this.#changed();
    // The key without what it opens: this page came between the two.
    if (phase.key && !content) void this.look();
  }

  /** The content with what came ahead of it in place of its address. @param {any} content @param {string} key */
  #opened(content, key) {
    const url = content.media && this.#ahead.open(key);
    return url ? { ...content, media: { ...content.media, url } } : content;
  }

  /** Resolves when the picture or sound of the question that is ready has come too, or will not. */
  get complete() {
    return this.#ahead.coming;
  }

  /** @param {any} data */
  #counted(data) {
    const { phase } = this.state;
    if (data.game !== phase.game || data.step < this.#began) return;
    const { players, ready, answered, step } = data;
    this.state = {
      ...this.state,
      counts: { players, ready, answered, step },
      names: data.names ?? this.state.names,
    };
    this.#changed("counts");
  }

  /** @param {"state" | "counts"} [what] */
  #changed(what = "state") {
    for (const watcher of this.#watchers) watcher(what);
  }
}
