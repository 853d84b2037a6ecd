/** Who stands where: the same lines on phones, on the remote and on the screen. */
import { h } from "./dom.js";
import { figure, ordinal } from "./words.js";

/**
 * @typedef {{player?: string, place: number, name: string, points: number, gained?: number, team?: string,
 *   tie?: boolean, moved?: number}} Line `moved` is how many places somebody rose
 */

/**
 * The leaderboard. Ties share a place and say so.
 * @param {Line[]} lines
 * @param {{mine?: string, most?: number}} [options] `mine` is the player to set apart
 */
export function board(lines, { mine = "", most = 10 } = {}) {
  const rows = lines.slice(0, most).map((line) =>
    h(
      "li",
      { class: `board-line${mine && line.player === mine ? " is-mine" : ""}`, "data-place": line.place },
      h("span", { class: "board-place numbers" }, placeOf(line)),
      h(
        "span",
        { class: "board-name" },
        line.name,
        line.team && h("span", { class: "board-team" }, line.team),
      ),
      moveOf(line),
      h("span", { class: "board-points numbers" }, figure(line.points)),
    ),
  );
  return h("ol", { class: "board" }, rows);
}

/** @param {Line} line */
function placeOf({ place, tie }) {
  if (!tie) return h("span", { "aria-label": `${ordinal(place)} place` }, String(place));
  const label = `${ordinal(place)} place, shared`;
  return h("span", { "aria-label": label, title: "Shared place" }, `=${place}`);
}

/** @param {Line} line */
function moveOf({ moved = 0, gained = 0 }) {
  const risen = moved > 0 && h("span", { class: "board-up" }, `▲ ${moved}`, hidden(" places up"));
  const fallen = moved < 0 && h("span", { class: "board-down" }, `▼ ${-moved}`, hidden(" places down"));
  const more = gained > 0 && h("span", { class: "board-gained" }, `+${figure(gained)}`);
  return h("span", { class: "board-move numbers" }, more || risen || fallen ? [more, risen, fallen] : "");
}

/** @param {string} words */
const hidden = (words) => h("span", { class: "visually-hidden" }, words);

/**
 * How far everyone moved since the board before.
 * @param {Line[]} before
 * @param {Line[]} after
 */
export function moves(before, after) {
  const places = new Map(before.map((line) => [line.player ?? line.name, line.place]));
  return after.map((line) => {
    const was = places.get(line.player ?? line.name);
    return { ...line, moved: was === undefined ? 0 : was - line.place };
  });
}

/**
 * The podium: places 1 to 3 with everyone who shares them.
 * @param {Line[]} lines
 */
export function podium(lines) {
  const steps = [1, 2, 3]
    .map((place) => ({ place, people: lines.filter((line) => line.place === place) }))
    .filter(({ people }) => people.length > 0);
  return h(
    "ol",
    { class: "podium" },
    steps.map(({ place, people }) =>
      h(
        "li",
        { class: `podium-step podium-${place}`, "data-place": place },
        h(
          "div",
          { class: "podium-names" },
          people.slice(0, 4).map((one) => h("strong", {}, one.name)),
          people.length > 4 && h("span", {}, `and ${people.length - 4} more`),
        ),
        h(
          "div",
          { class: "podium-block" },
          h("span", { class: "podium-place" }, ordinal(place)),
          h("span", { class: "podium-points numbers" }, figure(people[0].points)),
          people.length > 1 && h("span", { class: "podium-tie" }, "a tie"),
        ),
      ),
    ),
  );
}

/**
 * Teams by the mean of their members.
 * @param {{place?: number, name: string, points: number, members?: number}[]} teams
 */
export function teamBoard(teams) {
  if (!teams?.length) return null;
  const lines = teams.map((team, index) => ({ ...team, place: team.place ?? index + 1 }));
  return h(
    "section",
    { class: "stack teams-board" },
    h("h2", {}, "Teams"),
    board(lines, { most: 6 }),
  );
}
