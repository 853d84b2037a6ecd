// Made from the JSDoc of festoon.js by docs/declarations.py.
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
import { Refused } from "./link.js";
export type Frame = {
    event: string;
    roomId: string;
    seq?: number;
    prev?: number;
    data: any;
    at: string;
};
export type Room = {
    after: number | null;
    quiet: boolean;
    live: boolean;
};
export type Subscribed = {
    roomId: string;
    seq: number;
    quiet: boolean;
    participant: {
        id: string;
        role: string;
    } | null;
};
export type State = import("./link.js").State;
/**
 * Opens a connection and keeps it open.
 * @param {{url?: string, token?: import("./link.js").Token}} [options]
 *   `token` for pages of another origin, which the session's cookie does not reach; a function
 *   is asked at every sign-in, so that it can renew the token.
 */
export declare function connect({ url, token }?: {
    url?: string;
    token?: import("./link.js").Token;
}): Live;
declare class Live {
    #private;
    /**
     * @param {string} url
     * @param {import("./link.js").Token | undefined} token
     */
    constructor(url: string, token: import("./link.js").Token | undefined);
    /** How the connection is now. */
    get state(): import("./link.js").State;
    /** The server's clock as near as the pings can tell, in milliseconds since 1970. */
    now(): number;
    /**
     * Calls `listener` with every frame of an event, "*" of every event; returns how to stop it.
     * @param {string} event
     * @param {(frame: Frame) => void} listener
     */
    on(event: string, listener: (frame: Frame) => void): () => undefined;
    /**
     * Calls `watcher` with the state of now, and with every one that follows.
     * @param {(state: State) => void} watcher
     */
    onState(watcher: (state: State) => void): () => undefined;
    /**
     * Listens to a room, from the event `after` on or from now, and resumes by itself ever after.
     * Resolves with the server's first answer, rejects with `Refused`.
     * @param {string} roomId
     * @param {{after?: number | null, quiet?: boolean}} [options] `quiet` leaves out joins and
     *   presence and brings `room:counts` instead
     * @returns {Promise<Subscribed>}
     */
    subscribe(roomId: string, { after, quiet }?: {
        after?: number | null;
        quiet?: boolean;
    }): Promise<Subscribed>;
    /**
     * Listens to a room no longer.
     * @param {string} roomId
     */
    unsubscribe(roomId: string): Promise<void>;
    /**
     * Sends an action; resolves with the data of its answer. Rejects with `Refused`, also with the
     * codes UNAVAILABLE (not connected) and TIMEOUT (no answer in `timeout` milliseconds); after
     * these the action may still have been done.
     * @param {string} action
     * @param {Record<string, unknown>} [data]
     * @param {{timeout?: number}} [options]
     * @returns {Promise<any>}
     */
    send(action: string, data?: Record<string, unknown>, { timeout }?: {
        timeout?: number;
    }): Promise<any>;
    /** Ends the connection for good. */
    close(): void;
}
export { Refused };
