/**
 * Checks a draw of the Holiday Lottery, in the visitor's own browser or in Node.
 *
 * Specified in docs/reference/lottery-proof.md; verify.py checks the same.
 */

import { hmac, sha256 } from "./hashing.js";
import {
  FORMAT,
  KINDS,
  Wrong,
  canonical,
  digest,
  encoded,
  field,
  framed,
  hex,
  joined,
  raw,
  u64,
} from "./reading.js";

export { Wrong, read } from "./reading.js";

// --- what was fixed -----------------------------------------------------------------------------

const HAPPENS = [
  "opened", "closed", "prizeAdded", "awarded", "passedOver", "takenBack", "revealed",
];

function checkLog(proof) {
  const log = field(proof, "log", "list", "the document");
  let before = new Uint8Array();
  let earlier = "";
  log.forEach((entry, number) => {
    const where = `entry ${number} of the log`;
    if (!KINDS.object(entry) || entry.n !== number || !KINDS.object(entry.data)) {
      throw new Wrong(`The log was cut, or put in another order: entry ${number} is not there.`);
    }
    const { n, at = null, kind = null, data } = entry;
    const hash = digest("log", before, encoded(canonical({ n, at, kind, data })));
    if (hex(hash) !== hex(raw(entry, "hash", 32, where))) {
      throw new Wrong(`The log was edited: ${where} does not follow from those before it.`);
    }
    field(entry, "at", "text", where);
    if (at < earlier) throw new Wrong(`The log goes back in time at entry ${number}.`);
    before = hash;
    earlier = at;
  });
  const kinds = log.map((entry) => entry.kind);
  if (kinds.at(-1) === "voided") {
    const { reason } = log.at(-1).data;
    throw new Wrong(`This round was called off, and nothing was drawn in it: ${reason}`);
  }
  for (const kind of ["opened", "closed"]) {
    const times = kinds.filter((one) => one === kind).length;
    if (times !== 1) throw new Wrong(`The log tells ${times} times of '${kind}', and not once.`);
  }
  if (kinds[0] !== "opened" || kinds[1] !== "closed") {
    throw new Wrong("Something was drawn before entries were opened and closed.");
  }
  const reveals = kinds.indexOf("revealed");
  if (reveals < 0 || reveals !== kinds.lastIndexOf("revealed")) {
    throw new Wrong("The seed is not revealed in the log: nothing can be checked yet.");
  }
  if (kinds.lastIndexOf("prizeAdded") > reveals) {
    throw new Wrong("A prize was added when everybody could know who gets it.");
  }
  const unknown = kinds.filter((kind) => !HAPPENS.includes(kind));
  if (unknown.length) {
    throw new Wrong(`The log holds what this check does not know: ${unknown.join(", ")}.`);
  }
  return log;
}

function checkRules(proof, opened) {
  const rules = field(proof, "rules", "object", "the document");
  const hash = digest("rules", encoded(canonical(rules)));
  if (hex(hash) !== hex(raw(opened, "rulesHash", 32, "the log's opening"))) {
    throw new Wrong("The rules are not those that were announced before entries opened.");
  }
  return [rules, hash];
}

function checkSeed(proof, level, opened, revealed) {
  const seed = raw(proof, "seed", 32, "the document");
  if (hex(raw(revealed, "seed", 32, "what was revealed")) !== hex(seed)) {
    throw new Wrong("The seed of the document is not the one that the log reveals.");
  }
  if (level === "committed") {
    if (hex(raw(opened, "commitment", 32, "the log's opening")) !== hex(digest("seed", seed))) {
      throw new Wrong("The seed is not the one whose hash was told before entries opened.");
    }
  } else if (level === "audience") {
    const said = field(revealed, "audience", "list", "what was revealed");
    if (hex(digest("audience", encoded(canonical(said)))) !== hex(seed)) {
      throw new Wrong("The seed is not made of the numbers that the audience called.");
    }
  }
  return seed;
}

function checkBeacon(proof, opened) {
  const promised = opened.beacon ?? null;
  const told = proof.beacon ?? null;
  if (promised === null && told === null) return new Uint8Array();
  if (!KINDS.object(promised) || !KINDS.object(told)) {
    throw new Wrong("A beacon was announced and not used, or used and not announced.");
  }
  if (promised.source !== told.source || promised.round !== told.round) {
    throw new Wrong("The beacon is not the one, or not the round, that was announced.");
  }
  return raw(told, "value", 32, "the beacon");
}

/** How many entries are done between two words about how far it is. */
const STEP = 2048;

function checkEntries(proof, closed, tell) {
  const entries = field(proof, "entries", "list", "the document");
  const weights = [];
  let total = 0;
  let level = entries.map((entry, index) => {
    const where = `entry ${index}`;
    if (index % STEP === 0) tell((0.5 * index) / entries.length);
    if (!Array.isArray(entry) || entry.length !== 2) {
      throw new Wrong(`${where} is not a weight and a hash.`);
    }
    const [weight, hash] = entry;
    if (field({ weight }, "weight", "number", where) < 1) {
      throw new Wrong(`${where} has no ticket.`);
    }
    weights.push(weight);
    total += weight;
    const leaf = [Uint8Array.of(0), u64(index), u64(weight), raw({ hash }, "hash", 32, where)];
    return sha256(joined(leaf));
  });
  const count = field(closed, "count", "number", "the closing");
  if (weights.length !== count) {
    throw new Wrong(
      `${count} entries were fixed at closing, and here are ${weights.length}.`,
    );
  }
  if (total !== field(closed, "total", "number", "the closing") || !Number.isSafeInteger(total)) {
    throw new Wrong("The tickets of all entries are not as many as were fixed at closing.");
  }
  while (level.length > 1) {
    const above = [];
    for (let at = 0; at + 1 < level.length; at += 2) {
      above.push(sha256(joined([Uint8Array.of(1), level[at], level[at + 1]])));
    }
    if (level.length % 2) above.push(level[level.length - 1]);
    level = above;
  }
  if (!level.length || hex(level[0]) !== hex(raw(closed, "root", 32, "the closing"))) {
    throw new Wrong("The entries are not those that were fixed at closing: their root differs.");
  }
  return [weights, total, level[0]];
}

// --- drawing again ------------------------------------------------------------------------------

/** Answers a function that reads whole numbers below a limit from the key's stream. */
export function numbers(key) {
  const block = hmac(key);
  let rest = new Uint8Array();
  let next = 0;
  return (limit) => {
    let bits = 0;
    for (let most = limit - 1; most >= 1; most = Math.floor(most / 2)) bits++;
    const size = Math.ceil(bits / 8);
    for (;;) {
      while (rest.length < size) rest = joined([rest, block(u64(next++))]);
      let value = 0;
      for (let i = 0; i + 1 < size; i++) value = value * 256 + rest[i];
      const surplus = size * 8 - bits;
      if (size) value = value * 2 ** (8 - surplus) + (rest[size - 1] >>> surplus);
      rest = rest.subarray(size);
      if (value < limit) return value;
    }
  };
}

/** All entries as they leave the drum: a sum for each node of a binary tree, searched down. */
export function order(weights, key, tell = () => {}) {
  let width = 1;
  while (width < weights.length) width *= 2;
  const sums = new Float64Array(2 * width);
  sums.set(weights, width);
  for (let node = width - 1; node > 0; node--) sums[node] = sums[2 * node] + sums[2 * node + 1];
  const below = numbers(key);
  const found = [];
  while (sums[1] > 0) {
    let ticket = below(sums[1]);
    let node = 1;
    while (node < width) {
      node *= 2;
      if (ticket >= sums[node]) {
        ticket -= sums[node];
        node += 1;
      }
    }
    if (found.length % STEP === 0) tell(0.5 + (0.5 * found.length) / weights.length);
    found.push(node - width);
    const weight = sums[node];
    for (; node; node >>= 1) sums[node] -= weight;
  }
  return found;
}

function checkDraws(log, closed, drawAgain, oneEach) {
  const units = new Map();
  for (const prize of field(closed, "prizes", "list", "the closing")) {
    units.set(field(prize, "id", "text", "a prize"), field(prize, "units", "number", "a prize"));
  }
  const orders = new Map();
  const reached = new Map();
  const holders = new Map();
  let won = 0;
  for (const { n, kind, data } of log.slice(2)) {
    if (kind === "revealed") continue;
    const where = `entry ${n} of the log`;
    const prize = field(data, "prize", "text", where);
    if (kind === "prizeAdded") {
      units.set(prize, (units.get(prize) ?? 0) + field(data, "units", "number", where));
      continue;
    }
    if (!units.has(prize)) {
      throw new Wrong(`${where} gives a prize that was not announced at closing.`);
    }
    const draw = oneEach ? "order" : prize;
    const place = field(data, "place", "number", where);
    const index = field(data, "entry", "number", where);
    if (!orders.has(draw)) orders.set(draw, drawAgain(draw));
    const holder = JSON.stringify([draw, place]);
    if (kind === "takenBack") {
      if (holders.get(holder) !== JSON.stringify([prize, index])) {
        throw new Wrong(`${where} takes back what was not given.`);
      }
      field(data, "reason", "text", where);
      holders.delete(holder);
      units.set(prize, units.get(prize) + 1);
      continue;
    }
    const next = reached.get(draw) ?? 0;
    if (place !== next) {
      throw new Wrong(`${where}: place ${next} was next, and ${place} was taken.`);
    }
    if (orders.get(draw)[place] !== index) {
      throw new Wrong(`${where}: drawn again, another entry stands at place ${place}.`);
    }
    reached.set(draw, place + 1);
    if (kind === "passedOver") {
      field(data, "reason", "text", where);
      continue;
    }
    if (units.get(prize) < 1) {
      throw new Wrong(`${where} gives a unit of a prize that has none left.`);
    }
    units.set(prize, units.get(prize) - 1);
    holders.set(holder, JSON.stringify([prize, index]));
    won += 1;
  }
  return [orders, won];
}

const SAID = {
  committed: ["The seed is the one that was fixed before entries opened."],
  simple: ["Not proved: that the seed was chosen by chance. It was not told beforehand."],
  audience: ["The seed is made of the numbers that the audience called; were you there?"],
};

/**
 * Answers what was checked, line by line; throws `Wrong` at the first thing that is not so.
 * `tell` hears how far it is, from 0 to 1.
 */
export function check(proof, tell = () => {}) {
  if (!KINDS.object(proof) || proof.format !== FORMAT) {
    throw new Wrong(`This is no proof of the format ${FORMAT}.`);
  }
  const level = field(proof, "level", "text", "the document");
  if (!Object.hasOwn(SAID, level)) {
    throw new Wrong(`This check does not know the level '${level}'.`);
  }
  const room = field(proof, "room", "text", "the document");
  const log = checkLog(proof);
  const opened = log[0].data;
  const closed = log[1].data;
  const revealed = log.find((entry) => entry.kind === "revealed").data;
  if (opened.level !== level || opened.room !== room) {
    throw new Wrong("The log was opened for another room, or for another level.");
  }
  const [rules, rulesHash] = checkRules(proof, opened);
  const seed = checkSeed(proof, level, opened, revealed);
  const beacon = checkBeacon(proof, opened);
  const [weights, total, root] = checkEntries(proof, closed, tell);
  const label = encoded(`${FORMAT} draw`);
  const drawAgain = (draw) => {
    const fixed = [rulesHash, root, u64(weights.length), u64(total), beacon];
    const message = framed(label, ...fixed, encoded(room), encoded(draw));
    return order(weights, hmac(seed)(message), tell);
  };
  const [orders, won] = checkDraws(log, closed, drawAgain, rules.onePrizePerPerson === true);
  const told = field(revealed, "orders", "object", "what was revealed");
  for (const draw of Object.keys(told)) {
    if (!orders.has(draw)) orders.set(draw, drawAgain(draw));
  }
  const made = {};
  for (const [draw, places] of orders) made[draw] = hex(sha256(joined(places.map(u64))));
  if (canonical(told) !== canonical(made)) {
    throw new Wrong("The order of all entries is not the one that was told with the seed.");
  }
  const lines = [
    `The log is whole: ${log.length} entries, each sealed with the one before it.`,
    "The rules are those that were announced.",
    ...SAID[level],
    `The ${weights.length} entries with ${total} tickets are those fixed at closing.`,
    `Drawn again, all ${won} wins come out as they were told, and nobody was left out unsaid.`,
  ];
  if (beacon.length) {
    const source = `${proof.beacon.source}, round ${proof.beacon.round}`;
    lines.push(`The beacon's value is ${hex(beacon)}: look it up at ${source}.`);
  }
  return lines;
}

/** Where one's own entry stands in the drum, and its tickets; throws `Wrong` where it is not. */
export function ownEntry(proof, receipt) {
  const salt = raw(receipt, "salt", 16, "the receipt");
  const person = field(receipt, "participant", "text", "the receipt");
  const name = field(receipt, "name", "text", "the receipt");
  const whom = hex(digest("entry", salt, encoded(person), encoded(name)));
  const hashes = new Set(proof.log.map((entry) => entry.hash));
  if ((receipt.seen ?? []).some((seen) => !hashes.has(seen))) {
    throw new Wrong("Your phone was told of a log that is not this one: it was rewritten.");
  }
  const index = proof.entries.findIndex(([, listed]) => listed === whom);
  if (index < 0) throw new Wrong("Your entry is not among those that were drawn from.");
  const [weight] = proof.entries[index];
  if (weight !== field(receipt, "weight", "number", "the receipt")) {
    throw new Wrong(`Your entry has ${weight} tickets, and the receipt says otherwise.`);
  }
  return { index, weight };
}

/** One's own entry is in the drum, as the receipt has it. Answers a line, or throws `Wrong`. */
export function checkReceipt(proof, receipt) {
  const { index, weight } = ownEntry(proof, receipt);
  return `Your entry is number ${index}, with ${weight} tickets.`;
}
