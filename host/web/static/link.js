/** One connection that comes back by itself: sign-in, questions and answers, and no more. */

/**
 * @typedef {"connecting" | "online" | "reconnecting" | "back" | "offline" | "refused"} State
 *   `back` stands for online again, and nothing was missed.
 * @typedef {{answered: (data: any) => void, refused: (error: Refused) => void}} Asked
 *   called before any later message is looked at
 * @typedef {string | (() => string | Promise<string>)} Token
 * @typedef {{up: () => void, down: () => void, took: (message: any) => void,
 *   said: (state: State) => void}} Owner
 *   `up` when signed in, to ask for what is to be resumed; `down` when that is over; `took` for
 *   every message that is no answer
 */

const OWN_CLOSE = 4000;
const SIGNED_OUT = 4001;
const NOT_ALLOWED = 4003;
const TOO_MANY = 4029;
const RESTARTING = 1012;
const FIRST_PAUSE_MS = 500;
const RESTART_PAUSE_MS = 3000;
const TOO_MANY_PAUSE_MS = 10000;
const LONGEST_PAUSE_MS = 15000;
/** A connection that has lasted this long has proved that all is well again. */
const STEADY_MS = 10000;
const PING_MS = 25000;
const WAKE_MS = 3000;
export const ANSWER_MS = 10000;

/** What the server refused: `code`, `message` and `details` of the wire contract. */
export class Refused extends Error {
  /** @param {{code: string, message: string, details?: any}} error */
  constructor({ code, message, details = {} }) {
    super(message);
    this.name = "Refused";
    this.code = code;
    this.details = details;
  }
}

export class Link {
  /** @type {State} */ state = "connecting";
  /** @type {WebSocket | null} */ #socket = null;
  /** @type {Map<number, Asked>} */ #asked = new Map();
  #number = 0;
  #tries = 0;
  #hasBeenOnline = false;
  #offset = 0;
  #bestTrip = Infinity;
  /** Whether somebody is signed in, so that questions may be asked. */
  isUp = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #again;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #steady;
  /** @type {ReturnType<typeof setInterval> | undefined} */ #pings;
  #url;
  #token;
  #owner;

  /**
   * @param {string} url
   * @param {Token | undefined} token
   * @param {Owner} owner
   */
  constructor(url, token, owner) {
    this.#url = new URL(url, location.href);
    this.#url.protocol = this.#url.protocol.replace("http", "ws");
    this.#token = token;
    this.#owner = owner;
    addEventListener("online", () => this.#retryNow());
    addEventListener("offline", () => this.drop());
    addEventListener("pageshow", (event) => event.persisted && this.#wakeUp());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.#wakeUp();
    });
    this.#open();
  }

  /** The server's clock as near as the pings can tell, in milliseconds since 1970. */
  now() {
    return Date.now() + this.#offset;
  }

  /**
   * @param {string} action
   * @param {Record<string, unknown>} data
   * @param {Asked} then
   * @param {number} timeout
   */
  ask(action, data, then, timeout = ANSWER_MS) {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN) {
      then.refused(new Refused({ code: "UNAVAILABLE", message: "Not connected." }));
      return;
    }
    const id = ++this.#number;
    const late = setTimeout(() => {
      this.#asked.delete(id);
      then.refused(new Refused({ code: "TIMEOUT", message: "The server did not answer in time." }));
    }, timeout);
    this.#asked.set(id, {
      answered: (answer) => (clearTimeout(late), then.answered(answer)),
      refused: (error) => (clearTimeout(late), then.refused(error)),
    });
    socket.send(JSON.stringify({ id, action, data }));
  }

  /**
   * Gives a connection up, to come back with a new one. The other side may not be there any
   * more, so nobody waits for it.
   */
  drop(only = this.#socket) {
    if (!only || only !== this.#socket) return;
    this.#ended(OWN_CLOSE);
    only.close(OWN_CLOSE);
  }

  /** Ends the connection for good. */
  refuse() {
    this.#say("refused");
    clearTimeout(this.#again);
    this.#forgetSocket()?.close(1000);
  }

  #open() {
    clearTimeout(this.#again);
    if (this.state === "refused" || this.#socket) return;
    this.#say(this.#without());
    if (this.state === "offline") return;
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.onopen = () => this.#begin(socket);
    socket.onmessage = (message) => this.#take(JSON.parse(message.data));
    socket.onclose = (closed) => this.#ended(closed.code);
  }

  /** @returns {State} */
  #without() {
    if (!navigator.onLine) return "offline";
    return this.#hasBeenOnline ? "reconnecting" : "connecting";
  }

  /** @param {WebSocket} socket */
  async #begin(socket) {
    try {
      if (this.#token !== undefined) await this.#signIn(this.#token);
    } catch {
      // Where the server refused the token, its close code follows and says so.
      setTimeout(() => this.drop(socket), WAKE_MS);
      return;
    }
    if (socket !== this.#socket) return;
    this.isUp = true;
    this.#steady = setTimeout(() => (this.#tries = 0), STEADY_MS);
    this.#pings = setInterval(() => this.#ping(ANSWER_MS), PING_MS);
    this.#owner.up();
    // The server does one thing after the other: its answer comes after all that was missed.
    this.#ping(ANSWER_MS, () => {
      this.#say(this.#hasBeenOnline ? "back" : "online");
      this.#hasBeenOnline = true;
    });
  }

  /** @param {Token} token */
  async #signIn(token) {
    const current = typeof token === "function" ? await token() : token;
    await new Promise((answered, refused) => {
      this.ask("auth", { token: current }, { answered, refused });
    });
  }

  /** @param {number} code */
  #ended(code) {
    const renews = typeof this.#token === "function" && this.isUp;
    this.#forgetSocket();
    if (code === NOT_ALLOWED || (code === SIGNED_OUT && !renews)) return this.refuse();
    if (this.state === "refused") return;
    this.#say(this.#without());
    this.#again = setTimeout(() => this.#open(), this.#pause(code));
  }

  /**
   * Full jitter: a hall that lost its server together must not come back together.
   * @param {number} code
   */
  #pause(code) {
    const grown = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#tries++);
    if (code === TOO_MANY) return TOO_MANY_PAUSE_MS + Math.random() * grown;
    return Math.random() * (code === RESTARTING ? Math.max(grown, RESTART_PAUSE_MS) : grown);
  }

  #forgetSocket() {
    const socket = this.#socket;
    this.#socket = null;
    if (socket) socket.onopen = socket.onmessage = socket.onclose = null;
    clearTimeout(this.#steady);
    clearInterval(this.#pings);
    this.isUp = false;
    this.#owner.down();
    const asked = [...this.#asked.values()];
    this.#asked.clear();
    const gone = new Refused({ code: "UNAVAILABLE", message: "The connection was lost." });
    for (const { refused } of asked) refused(gone);
    return socket;
  }

  #retryNow() {
    this.#tries = 0;
    this.#open();
  }

  /** A phone that comes out of a pocket: the connection may be dead and nobody has said so. */
  #wakeUp() {
    if (this.isUp) this.#ping(WAKE_MS);
    else this.#retryNow();
  }

  /**
   * @param {number} timeout
   * @param {() => void} [then]
   */
  #ping(timeout, then) {
    const socket = this.#socket;
    const begun = Date.now();
    const answered = (/** @type {{at: string}} */ { at }) => {
      const trip = Date.now() - begun;
      if (trip <= this.#bestTrip * 1.5) {
        this.#bestTrip = Math.min(trip, this.#bestTrip);
        this.#offset = Date.parse(at) + trip / 2 - Date.now();
      }
      then?.();
    };
    this.ask("ping", {}, { answered, refused: () => this.drop(socket) }, timeout);
  }

  /** @param {any} message */
  #take(message) {
    if (!("ack" in message)) {
      this.#owner.took(message);
      return;
    }
    const asked = this.#asked.get(message.ack);
    this.#asked.delete(message.ack);
    if (message.error) asked?.refused(new Refused(message.error));
    else asked?.answered(message.data);
  }

  /** @param {State} state */
  #say(state) {
    if (state === this.state) return;
    this.state = state;
    this.#owner.said(state);
  }
}
