// Made from the JSDoc of link.js by docs/declarations.py.
/** One connection that comes back by itself: sign-in, questions and answers, and no more. */
export type State = "connecting" | "online" | "reconnecting" | "back" | "offline" | "refused";
export type Asked = {
    answered: (data: any) => void;
    refused: (error: Refused) => void;
};
export type Token = string | (() => string | Promise<string>);
export type Owner = {
    up: () => void;
    down: () => void;
    took: (message: any) => void;
    said: (state: State) => void;
};
export declare const ANSWER_MS = 10000;
/** What the server refused: `code`, `message` and `details` of the wire contract. */
export declare class Refused extends Error {
    code: string;
    details: any;
    /** @param {{code: string, message: string, details?: any}} error */
    constructor({ code, message, details }: {
        code: string;
        message: string;
        details?: any;
    });
}
export declare class Link {
    #private;
    /** @type {State} */ state: State;
    /** Whether somebody is signed in, so that questions may be asked. */
    isUp: boolean;
    /**
     * @param {string} url
     * @param {Token | undefined} token
     * @param {Owner} owner
     */
    constructor(url: string, token: Token | undefined, owner: Owner);
    /** The server's clock as near as the pings can tell, in milliseconds since 1970. */
    now(): number;
    /**
     * @param {string} action
     * @param {Record<string, unknown>} data
     * @param {Asked} then
     * @param {number} timeout
     */
    ask(action: string, data: Record<string, unknown>, then: Asked, timeout?: number): void;
    /**
     * Gives a connection up, to come back with a new one. The other side may not be there any
     * more, so nobody waits for it.
     */
    drop(only?: WebSocket | null): void;
    /** Ends the connection for good. */
    refuse(): void;
}
