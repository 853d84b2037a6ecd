/**
 * Checks a round of Secret Santa, in the visitor's own browser or in Node.
 *
 * Specified in docs/reference/santa-proof.md; verify_santa.py checks the same.
 */

import { hmac, sha256 } from "./hashing.js";
import { KINDS, Wrong, canonical, encoded, field, framed, hex, joined, raw, u64 } from "./reading.js";
import { numbers } from "./verify.js";

export { Wrong, read } from "./reading.js";

export const FORMAT = "festoon-santa/1";
const MOST_SHUFFLES = 10_000;
const HAPPENS = ["opened", "closed", "assigned", "revealed"];

const digest = (purpose, ...fields) => sha256(framed(encoded(`${FORMAT} ${purpose}`), ...fields));

function unhexed(text, size, where) {
  return raw({ hash: text }, "hash", size, where);
}

/** RFC 9162, section 2.1.1, over leaves that are hashed already. */
function root(level) {
  if (level.length === 1) return level[0];
  let half = 1;
  while (half * 2 < level.length) half *= 2;
  return sha256(joined([Uint8Array.of(1), root(level.slice(0, half)), root(level.slice(half))]));
}

function checkLog(proof) {
  const log = field(proof, "log", "list", "the document");
  let before = new Uint8Array();
  let earlier = "";
  log.forEach((link, number) => {
    const { n = null, at = null, kind = null, data = null } = KINDS.object(link) ? link : {};
    const hash = digest("log", before, encoded(canonical({ n, at, kind, data })));
    if (n !== number || !KINDS.object(data) || hex(hash) !== link.hash) {
      throw new Wrong(`The log was changed: entry ${number} does not follow from those before it.`);
    }
    if (typeof at !== "string" || at < earlier) {
      throw new Wrong(`The log goes back in time at entry ${number}.`);
    }
    before = hash;
    earlier = at;
  });
  const kinds = log.map((link) => link.kind);
  if (kinds.includes("voided")) {
    throw new Wrong("This round was called off; the log says why, and the next one counts.");
  }
  if (kinds.length === 0 || kinds.join() !== HAPPENS.slice(0, kinds.length).join()) {
    throw new Wrong("The log's entries are not opened, closed, assigned, revealed.");
  }
  return log;
}

function checkFixed(proof, closed) {
  const people = field(proof, "people", "list", "the document").map((one) =>
    unhexed(one, 32, "the document"),
  );
  const listed = field(proof, "apart", "list", "the document");
  const top = people.length ? root(people.map((one, n) => digest("someone", u64(n), one))) : null;
  if (!top || closed.people !== hex(top) || closed.count !== people.length) {
    throw new Wrong("The people are not those who were fixed before the draw.");
  }
  const apartHash = digest("apart", encoded(canonical(listed)));
  if (closed.apart !== hex(apartHash)) {
    throw new Wrong("The exclusions are not those that were fixed before the draw.");
  }
  const apart = people.map(() => new Set());
  for (const [giver, one] of listed) {
    if (!apart[giver]) throw new Wrong("The exclusions name somebody who is not in this round.");
    apart[giver].add(one);
  }
  return [top, apartHash, apart];
}

// --- drawing again ------------------------------------------------------------------------------

const upTo = (count) => Array.from({ length: count }, (_, n) => n);
const may = (apart, giver, one) => one !== giver && !apart[giver].has(one);

function shuffled(apart, below) {
  const left = upTo(apart.length);
  for (let giver = 0; giver < left.length; giver++) {
    const at = giver + below(left.length - giver);
    [left[giver], left[at]] = [left[at], left[giver]];
    if (!may(apart, giver, left[giver])) return null;
  }
  return left;
}

function permuted(listed, below) {
  for (let place = 0; place < listed.length; place++) {
    const at = place + below(listed.length - place);
    [listed[place], listed[at]] = [listed[at], listed[place]];
  }
  return listed;
}

/** Whether the givers who are not in `fixed` can all be given somebody who is left. */
function completes(apart, fixed) {
  const used = new Set(fixed.values());
  const holder = new Map();
  const place = (giver, seen) => {
    for (let one = 0; one < apart.length; one++) {
      if (used.has(one) || seen.has(one) || !may(apart, giver, one)) continue;
      seen.add(one);
      if (!holder.has(one) || place(holder.get(one), seen)) {
        holder.set(one, giver);
        return true;
      }
    }
    return false;
  };
  return apart.every((_, giver) => fixed.has(giver) || place(giver, new Set()));
}

function completed(apart, below) {
  const fixed = new Map();
  for (const giver of permuted(upTo(apart.length), below)) {
    const taken = new Set(fixed.values());
    const choices = upTo(apart.length).filter((one) => may(apart, giver, one) && !taken.has(one));
    const found = permuted(choices, below).find((one) => completes(apart, new Map([...fixed, [giver, one]])));
    if (found === undefined) throw new Wrong("With these exclusions nobody can be assigned.");
    fixed.set(giver, found);
  }
  return upTo(apart.length).map((giver) => fixed.get(giver));
}

function drawAgain(key, apart, told, most) {
  const below = numbers(key);
  let to = null;
  let shuffles = 0;
  let method = "uniform";
  while (!to && shuffles < most) {
    shuffles += 1;
    to = shuffled(apart, below);
  }
  if (!to) {
    method = "completed";
    to = completed(apart, below);
  }
  const everybody = new Set(to).size === apart.length;
  if (!everybody || to.some((one, giver) => !may(apart, giver, one))) {
    throw new Wrong("The assignment gives somebody to themselves, or breaks an exclusion.");
  }
  if (told.method !== method || told.shuffles !== shuffles) {
    throw new Wrong("The draw was made in another way than the log says.");
  }
  return to;
}

/**
 * Answers what was checked, line by line; throws `Wrong` at the first thing that is not so.
 * `most` shuffles are tried before the second method; the tests lower it.
 */
export function check(proof, most = MOST_SHUFFLES) {
  if (!KINDS.object(proof) || proof.format !== FORMAT) {
    throw new Wrong(`This is no proof of the format ${FORMAT}.`);
  }
  const room = field(proof, "room", "text", "the document");
  const number = field(proof, "round", "number", "it");
  const log = checkLog(proof);
  const opened = log[0].data;
  if (opened.room !== room || opened.round !== number) {
    throw new Wrong("The log was opened for another room or another round.");
  }
  const lines = [`The log is whole: ${log.length} entries, each sealed with the one before it.`];
  if (log.length < 3) return [...lines, "Nobody is assigned yet: there is no more to check."];
  const [top, apartHash, apart] = checkFixed(proof, log[1].data);
  const count = apart.length;
  const told = log[2].data;
  const kept = apart.reduce((sum, some) => sum + some.size, 0);
  lines.push(`The ${count} people and ${kept} exclusions were fixed before the draw.`);
  if (log.length < 4) {
    return [...lines, "Who gives to whom is sealed; that it is right can be checked once it is revealed."];
  }
  const seed = raw(proof, "seed", 32, "the document");
  if (hex(digest("seed", seed)) !== opened.commitment) {
    throw new Wrong("The seed is not the one that was fixed at the beginning.");
  }
  if (log[3].data.seed !== hex(seed)) {
    throw new Wrong("The log reveals another seed than the document.");
  }
  const fixed = [top, u64(count), apartHash, encoded(room), u64(number)];
  const key = hmac(seed)(framed(encoded(`${FORMAT} draw`), ...fixed));
  const to = drawAgain(key, apart, told, most);
  const keyed = hmac(key);
  const leaves = to.map((one, giver) => {
    const salt = keyed(joined([encoded("salt"), u64(giver)])).slice(0, 16);
    return digest("pair", u64(giver), u64(one), salt);
  });
  if (told.pairs !== hex(root(leaves))) {
    throw new Wrong("Who gives to whom is not what the seed gives: the pairs were exchanged.");
  }
  lines.push(
    "The seed is the one that was fixed before anybody took part.",
    "Drawn again, it gives the very pairs that were sealed: everybody gives to one and gets " +
      "from one, nobody to themselves, and every exclusion is kept.",
  );
  if (told.method === "completed") {
    lines.push("Not proved: that all assignments were equally likely. Exclusions were many.");
  }
  return lines;
}

/** One's own pair is among those that were sealed. Answers a line, or throws `Wrong`. */
export function checkReceipt(proof, receipt) {
  const { log } = proof;
  if (log.length < 3) throw new Wrong("Nobody is assigned yet, so there is no receipt of it.");
  const giver = field(receipt, "giver", "number", "the receipt");
  const receiver = field(receipt, "receiver", "number", "the receipt");
  let count = field(log[1].data, "count", "number", "the closing");
  const inside = (/** @type {number} */ one) => one >= 0 && one < count;
  if (!inside(giver) || !inside(receiver)) {
    throw new Wrong("The receipt names somebody who is not in this round.");
  }
  for (const [role, index] of [["participant", giver], ["other", receiver]]) {
    const who = field(receipt, role, "object", "the receipt");
    const said = [raw(who, "salt", 16, "the receipt"), encoded(field(who, "id", "text", "it"))];
    if (hex(digest("person", ...said, encoded(field(who, "name", "text", "it")))) !== proof.people[index]) {
      throw new Wrong(`“${who.name}” is not the person who stands at number ${index}.`);
    }
  }
  let node = digest("pair", u64(giver), u64(receiver), raw(receipt, "salt", 16, "the receipt"));
  const left = [...field(receipt, "path", "list", "the receipt")];
  for (let index = giver; count > 1; index = index >> 1, count = (count + 1) >> 1) {
    if ((index ^ 1) >= count) continue;
    if (left.length === 0) throw new Wrong("The receipt's path is too short.");
    const other = unhexed(left.shift(), 32, "the receipt");
    const pair = index % 2 ? [other, node] : [node, other];
    node = sha256(joined([Uint8Array.of(1), ...pair]));
  }
  if (left.length || hex(node) !== log[2].data.pairs) {
    throw new Wrong("Your pair is not among those that were sealed: it was changed.");
  }
  if (receiver === giver || proof.apart.some(([a, b]) => a === giver && b === receiver)) {
    throw new Wrong("You were given somebody whom you must not give to.");
  }
  return `You give to ${receipt.other.name}, and that was sealed with the draw.`;
}
