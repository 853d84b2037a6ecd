// Computes the result of a round again from its certificate, in the visitor's own browser or in
// Node; docs/explanation/fair-quiz.md specifies it. The twin of verify_round.py.

import { hex, sha256 } from "./sha256.js";

export const FORMAT = "festoon-quiz-round/1";
const UNHASHED = ["hash", "names", "said"];

/** JSON with sorted keys and no spaces. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const named = Object.keys(value).sort();
  return `{${named.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
}

/** Section 4: low, best, high and the marks. */
export function reaction(receipt, seconds, limits) {
  const { elapsed, least, spread, samples, claimed } = receipt;
  let usual = least + limits.jitter * spread + limits.page;
  if (samples < limits.few) usual += limits.unsure;
  const stalled = Math.min(usual + least + limits.stall, limits.cap);
  const counted = elapsed - Math.min(usual, limits.cap);
  const longest = elapsed - Math.min(least, limits.cap);
  const marks = [];
  let [low, best, high] = [counted, counted, longest];
  if (samples === 0 || !receipt.told) marks.push("unmeasured");
  if (stalled === limits.cap) marks.push("capped");
  if (claimed === null) {
    marks.push("silent");
  } else if (counted <= claimed && claimed <= elapsed) {
    [low, best, high] = [claimed - limits.grain, claimed, claimed + limits.grain];
  } else {
    marks.push("clamped");
    const allowed = limits.doubts + Math.floor(receipt.answers / limits.doubts_every);
    if (claimed > longest) {
      best = longest;
    } else if (claimed >= limits.human && receipt.doubts < allowed) {
      low = Math.max(claimed - limits.grain, elapsed - stalled);
      marks.push("doubted");
    }
  }
  if (best < limits.human || (claimed !== null && claimed < limits.human)) marks.push("inhuman");
  if (low > seconds * 1000) marks.push("late");
  const bounds = { low: Math.max(low, 0), best: Math.max(best, 0), high: Math.max(high, 0) };
  return { ...bounds, marks: marks.sort() };
}

/** Section 6: points, bonus and the streak afterwards. */
function award(paper, player, it, isFirst) {
  const { kind, mode, points: most, seconds } = paper.question;
  if (kind === "poll") return { points: 0, bonus: 0, streak: player.before };
  if (!it || !player.right || it.marks.includes("late")) return { points: 0, bonus: 0, streak: 0 };
  const limit = seconds * 1000;
  const streak = player.before + 1;
  let points = most;
  if (mode === "first" || kind === "buzzer") {
    points = isFirst ? most : 0;
  } else if (mode === "speed") {
    points = Math.floor((most * (2 * limit - Math.min(it.best, limit)) + limit) / (2 * limit));
  }
  const steps = paper.bonus && points ? Math.min(streak - 1, 5) : 0;
  return { points, bonus: Math.floor((most * steps) / 10), streak };
}

/** Section 5: everybody who may have been first, the quickest before the others. */
function firstOf(there) {
  const bound = Math.min(...[...there.values()].map((it) => it.high));
  const first = [...there.keys()].filter((name) => there.get(name).low <= bound);
  const order = (a, b) => there.get(a).best - there.get(b).best || (a < b ? -1 : 1);
  return first.sort(order);
}

function computed(paper) {
  const { seconds } = paper.question;
  const reactions = new Map();
  const there = new Map();
  for (const { player, right, receipt } of paper.players) {
    const it = receipt === null ? null : reaction(receipt, seconds, paper.limits);
    reactions.set(player, it);
    const isOut = !it || it.marks.includes("late") || it.marks.includes("inhuman");
    if (right && !isOut) there.set(player, it);
  }
  const first = firstOf(there);
  const players = paper.players.map((one) => {
    const { player, right, before, receipt } = one;
    const it = reactions.get(player);
    const gained = award(paper, one, it, first.includes(player));
    return { player, right, before, receipt, reaction: it, ...gained };
  });
  const covered = Object.entries({ ...paper, players, first });
  const hashed = Object.fromEntries(covered.filter(([name]) => !UNHASHED.includes(name)));
  const hash = hex(sha256(new TextEncoder().encode(canonical(hashed))));
  return { players, first, hash };
}

/**
 * Looks whether a certificate holds: `{ok, checks: [{what, ok}], outcome}`. `outcome` is what its
 * receipts say, `{players, first, hash}`, or null where it can't be read.
 */
export function verify(paper) {
  if (paper?.format !== FORMAT) {
    return { ok: false, checks: [{ what: `The format is ${FORMAT}`, ok: false }], outcome: null };
  }
  let outcome;
  try {
    outcome = computed(paper);
  } catch {
    return { ok: false, checks: [{ what: "The certificate is whole", ok: false }], outcome: null };
  }
  const same = (a, b) => a !== undefined && canonical(a) === canonical(b);
  const part = (names) => (one) => names.map((name) => one[name] ?? null);
  const alike = (...names) =>
    same(paper.players.map(part(names)), outcome.players.map(part(names)));
  const checks = [
    { what: "Every reaction follows from what was measured and claimed", ok: alike("reaction") },
    { what: "First is who may have been first, and nobody else", ok: same(paper.first, outcome.first) },
    { what: "The points follow from the rules", ok: alike("points", "bonus", "streak") },
    { what: "Nothing was changed afterwards: the hash is the same", ok: paper.hash === outcome.hash },
  ];
  return { ok: checks.every((check) => check.ok), checks, outcome };
}
