/** The rhythm of a reveal, the same on the big screen and on every phone. */

/** How long the hall holds its breath, unless an app says otherwise. */
export const HUSH_MS = 2600;
/** A win older than this was told while this page was away: it is shown without suspense. */
const NEWS_MS = 8000;

export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** @param {number} ms */
export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Calls `show` with the winners of one draw after the hush. Winners of the same prize that
 * arrive meanwhile belong to it; those of another prize wait for their own turn, and for `rest`
 * ms in which the names before them can be read.
 *
 * @template {{prizeId: string}} W
 * @param {{hush: (first: W) => void, show: (winners: W[]) => Promise<void> | void, ms?: number,
 *   rest?: number}} acts
 * @returns {(winner: W, at: string) => void}
 */
export function revealer({ hush, show, ms = HUSH_MS, rest = 0 }) {
  /** @type {{winners: W[], fresh: boolean}[]} */
  const queue = [];
  let busy = false;

  async function run() {
    busy = true;
    while (queue.length > 0) {
      const draw = queue[0];
      if (draw.fresh) {
        hush(draw.winners[0]);
        await pause(ms);
      } else {
        await pause(120);
      }
      queue.shift();
      await show(draw.winners);
      // What was missed is caught up with, and not played.
      if (queue[0]?.fresh) await pause(rest);
    }
    busy = false;
  }

  return (winner, at) => {
    const fresh = Date.now() - new Date(at).getTime() < NEWS_MS;
    const last = queue.at(-1);
    if (last && last.winners[0].prizeId === winner.prizeId) last.winners.push(winner);
    else queue.push({ winners: [winner], fresh });
    if (!busy) void run();
  };
}
