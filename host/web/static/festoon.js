/**
 * The live events of rooms: signs in, resumes where it was, sees what is lost.
 *
 *   import { connect } from "/static/festoon.js";
 *   const live = connect({ url: "/realtime" });
 *   live.on("winner:selected", (frame) => show(frame.data));
 *   await live.subscribe(roomId, { after: seq, quiet: true });
 *
 * Every durable event of a room comes once and in the order of its seq, also over a lost
 * connection, a restart of the server or a night in a pocket.
 */
import { ANSWER_MS, Link, Refused } from "./link.js";

/**
 * @typedef {{event: string, roomId: string, seq?: number, prev?: number, data: any, at: string}} Frame
 * @typedef {{after: number | null, quiet: boolean, live: boolean}} Room
 *   `after` is the seq of the last event that came; `live` whether the server has answered.
 * @typedef {{roomId: string, seq: number, quiet: boolean,
 *   participant: {id: string, role: string} | null}} Subscribed
 * @typedef {import("./link.js").State} State
 */

/** Refusals that say nothing about the room: worth another try. */
const PASSING = new Set(["UNAVAILABLE", "TIMEOUT", "INTERNAL_ERROR"]);

/**
 * Opens a connection and keeps it open.
 * @param {{url?: string, token?: import("./link.js").Token}} [options]
 *   `token` for pages of another origin, which the session's cookie does not reach; a function
 *   is asked at every sign-in, so that it can renew the token.
 */
export function connect({ url = "/realtime", token } = {}) {
  return new Live(url, token);
}

class Live {
  /** @type {Map<string, Set<(frame: Frame) => void>>} */ #listeners = new Map();
  /** @type {Set<(state: State) => void>} */ #watchers = new Set();
  /** @type {Map<string, Room>} */ #rooms = new Map();
  /** @type {Map<string, {resolve: (data: any) => void, reject: (error: Error) => void}[]>} */
  #waiting = new Map();
  #link;

  /**
   * @param {string} url
   * @param {import("./link.js").Token | undefined} token
   */
  constructor(url, token) {
    this.#link = new Link(url, token, {
      up: () => this.#resumeAll(),
      down: () => this.#rooms.forEach((room) => (room.live = false)),
      took: (frame) => this.#take(frame),
      said: (state) => this.#said(state),
    });
  }

  /** How the connection is now. */
  get state() {
    return this.#link.state;
  }

  /** The server's clock as near as the pings can tell, in milliseconds since 1970. */
  now() {
    return this.#link.now();
  }

  /**
   * Calls `listener` with every frame of an event, "*" of every event; returns how to stop it.
   * @param {string} event
   * @param {(frame: Frame) => void} listener
   */
  on(event, listener) {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /**
   * Calls `watcher` with the state of now, and with every one that follows.
   * @param {(state: State) => void} watcher
   */
  onState(watcher) {
    this.#watchers.add(watcher);
    watcher(this.state);
    return () => void this.#watchers.delete(watcher);
  }

  /**
   * Listens to a room, from the event `after` on or from now, and resumes by itself ever after.
   * Resolves with the server's first answer, rejects with `Refused`.
   * @param {string} roomId
   * @param {{after?: number | null, quiet?: boolean}} [options] `quiet` leaves out joins and
   *   presence and brings `room:counts` instead
   * @returns {Promise<Subscribed>}
   */
  subscribe(roomId, { after = null, quiet = false } = {}) {
    this.#rooms.set(roomId, { after, quiet, live: false });
    const answer = new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(roomId) ?? [];
      this.#waiting.set(roomId, [...waiting, { resolve, reject }]);
    });
    // A page that does not wait for the answer learns of a refusal by the state.
    answer.catch(() => {});
    if (this.#link.isUp) this.#resume(roomId);
    return answer;
  }

  /**
   * Listens to a room no longer.
   * @param {string} roomId
   */
  async unsubscribe(roomId) {
    this.#rooms.delete(roomId);
    if (this.#link.isUp) await this.send("room:unsubscribe", { roomId });
  }

  /**
   * Sends an action; resolves with the data of its answer. Rejects with `Refused`, also with the
   * codes UNAVAILABLE (not connected) and TIMEOUT (no answer in `timeout` milliseconds); after
   * these the action may still have been done.
   * @param {string} action
   * @param {Record<string, unknown>} [data]
   * @param {{timeout?: number}} [options]
   * @returns {Promise<any>}
   */
  send(action, data = {}, { timeout = ANSWER_MS } = {}) {
    return new Promise((answered, refused) => {
      this.#link.ask(action, data, { answered, refused }, timeout);
    });
  }

  /** Ends the connection for good. */
  close() {
    this.#link.refuse();
  }

  #resumeAll() {
    for (const roomId of this.#rooms.keys()) this.#resume(roomId);
  }

  /** @param {string} roomId */
  #resume(roomId) {
    const room = this.#rooms.get(roomId);
    if (!room) return;
    room.live = false;
    const { after, quiet } = room;
    const answered = (/** @type {Subscribed} */ answer) => {
      if (this.#rooms.get(roomId) !== room) return;
      room.live = true;
      room.after ??= answer.seq;
      this.#settle(roomId, ({ resolve }) => resolve(answer));
    };
    const refused = (/** @type {Refused} */ error) => {
      if (this.#rooms.get(roomId) === room) this.#notHere(roomId, room, error);
    };
    const data = { roomId, quiet, ...(after !== null && { after }) };
    this.#link.ask("room:subscribe", data, { answered, refused });
  }

  /**
   * @param {string} roomId
   * @param {Room} room
   * @param {Refused} error
   */
  #notHere(roomId, room, error) {
    if (PASSING.has(error.code)) {
      // The next connection resumes.
      this.#link.drop();
    } else if (error.code === "VALIDATION_ERROR" && room.after !== null) {
      // The server has another log than the one we know, restored from a backup perhaps.
      room.after = null;
      this.#resume(roomId);
      this.#tell({ event: "room:reset", roomId, data: {}, at: new Date(this.now()).toISOString() });
    } else {
      this.#rooms.delete(roomId);
      this.#settle(roomId, ({ reject }) => reject(error));
      if (this.#rooms.size === 0) this.#link.refuse();
    }
  }

  /**
   * @param {string} roomId
   * @param {(one: {resolve: (data: any) => void, reject: (error: Error) => void}) => void} end
   */
  #settle(roomId, end) {
    const waiting = this.#waiting.get(roomId) ?? [];
    this.#waiting.delete(roomId);
    waiting.forEach(end);
  }

  /** @param {Frame} frame */
  #take(frame) {
    const room = this.#rooms.get(frame.roomId);
    if (frame.event === "room:unsubscribed") {
      this.#tell(frame);
      if (room) this.#notHere(frame.roomId, room, new Refused(frame.data));
      return;
    }
    if (frame.seq === undefined) {
      if (!room || room.live) this.#tell(frame);
      return;
    }
    // Not answered yet, or here already: what counts comes after the answer.
    if (!room?.live || room.after === null || frame.seq <= room.after) return;
    if ((frame.prev ?? 0) > room.after) {
      // Something is missing in between: ask for it, and for all that follows.
      this.#resume(frame.roomId);
      return;
    }
    room.after = frame.seq;
    this.#tell(frame);
  }

  /** @param {Frame} frame */
  #tell(frame) {
    for (const name of [frame.event, "*"]) {
      for (const listener of [...(this.#listeners.get(name) ?? [])]) {
        try {
          listener(frame);
        } catch (error) {
          // One listener that fails must not take the event from the others.
          reportError(error);
        }
      }
    }
  }

  /** @param {State} state */
  #said(state) {
    if (state === "refused") {
      const error = new Refused({ code: "FORBIDDEN", message: "The connection was refused." });
      for (const roomId of [...this.#waiting.keys()]) {
        this.#settle(roomId, ({ reject }) => reject(error));
      }
    }
    for (const watcher of [...this.#watchers]) watcher(state);
  }
}

export { Refused };
