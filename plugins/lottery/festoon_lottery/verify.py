"""Checks a draw of the Holiday Lottery: `python verify.py proof.json [--receipt receipt.json]`.

This file is all that it takes: it needs Python 3.9 or newer and shares no code with the lottery
that drew. What it does is specified in docs/reference/lottery-proof.md; read both and compare.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

FORMAT = "festoon-lottery/2"
LARGEST = 2**53 - 1


class Wrong(Exception):
    """What is wrong with a proof, in words."""


# --- bytes ----------------------------------------------------------------------------------------


def u64(number: int) -> bytes:
    return number.to_bytes(8, "big")


def framed(*fields: bytes) -> bytes:
    return b"".join(len(field).to_bytes(4, "big") + field for field in fields)


def digest(purpose: str, *fields: bytes) -> bytes:
    return hashlib.sha256(framed(f"{FORMAT} {purpose}".encode(), *fields)).digest()


def utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise Wrong("The document holds half a character.") from None


def canonical(value: Any) -> str:
    """RFC 8785, for values without fractions."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{canonical(name)}:{canonical(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


# --- reading --------------------------------------------------------------------------------------


def no_fraction(text: str) -> NoReturn:
    raise Wrong(f"The document holds the number {text}; a proof has whole numbers only.")


def small(text: str) -> int:
    if abs(int(text)) <= LARGEST:
        return int(text)
    raise Wrong(f"The document holds the number {text}, which is past what may be counted.")


def each_once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(members)) < len(members):
        raise Wrong("The document gives one name two values.")
    return dict(members)


def read(text: str) -> Any:
    """The document, or `Wrong`."""
    try:
        return json.loads(
            text,
            parse_float=no_fraction,
            parse_constant=no_fraction,
            parse_int=small,
            object_pairs_hook=each_once,
        )
    except (ValueError, RecursionError) as error:
        raise Wrong(f"This is no JSON document: {error}.") from None


def field(holder: Any, name: str, kind: type, where: str) -> Any:
    value = holder.get(name) if isinstance(holder, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise Wrong(f"'{name}' is missing in {where}, or is not what it should be.")
    return value


def raw(holder: Any, name: str, size: int, where: str) -> bytes:
    text = field(holder, name, str, where)
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != size or found.hex() != text:
        raise Wrong(f"'{name}' in {where} is not {size} bytes in lower-case hexadecimal.")
    return found


# --- what was fixed -------------------------------------------------------------------------------


def check_log(proof: Any) -> list[Any]:
    """The log is whole and unchanged. Answers its entries."""
    log: list[Any] = field(proof, "log", list, "the document")
    before, earlier = b"", ""
    for number, entry in enumerate(log):
        where = f"entry {number} of the log"
        said = {name: entry.get(name) if isinstance(entry, dict) else None for name in WRITTEN}
        if said["n"] != number or not isinstance(said["data"], dict):
            raise Wrong(f"The log was cut, or put in another order: entry {number} is not there.")
        found = digest("log", before, utf8(canonical(said)))
        if found != raw(entry, "hash", 32, where):
            raise Wrong(f"The log was edited: {where} does not follow from those before it.")
        at = field(entry, "at", str, where)
        if at < earlier:
            raise Wrong(f"The log goes back in time at entry {number}.")
        before, earlier = found, at
    kinds = [entry["kind"] for entry in log]
    if kinds[-1:] == ["voided"]:
        why = log[-1]["data"].get("reason")
        raise Wrong(f"This round was called off, and nothing was drawn in it: {why}")
    for kind in ("opened", "closed"):
        if (times := kinds.count(kind)) != 1:
            raise Wrong(f"The log tells {times} times of '{kind}', and not once.")
    if kinds[0] != "opened" or kinds[1] != "closed":
        raise Wrong("Something was drawn before entries were opened and closed.")
    if kinds.count("revealed") != 1:
        raise Wrong("The seed is not revealed in the log: nothing can be checked yet.")
    if "prizeAdded" in kinds[kinds.index("revealed") :]:
        raise Wrong("A prize was added when everybody could know who gets it.")
    unknown = set(kinds) - KINDS
    if unknown:
        raise Wrong(f"The log holds what this check does not know: {', '.join(map(str, unknown))}.")
    return log


WRITTEN = ("n", "at", "kind", "data")
KINDS = {"opened", "closed", "prizeAdded", "awarded", "passedOver", "takenBack", "revealed"}


def check_rules(proof: Any, opened: Any) -> tuple[Any, bytes]:
    rules = field(proof, "rules", dict, "the document")
    found = digest("rules", utf8(canonical(rules)))
    if found != raw(opened, "rulesHash", 32, "the log's opening"):
        raise Wrong("The rules are not those that were announced before entries opened.")
    return rules, found


def check_seed(proof: Any, level: str, opened: Any, revealed: Any) -> bytes:
    seed = raw(proof, "seed", 32, "the document")
    if raw(revealed, "seed", 32, "what was revealed") != seed:
        raise Wrong("The seed of the document is not the one that the log reveals.")
    if level == "committed":
        promised = raw(opened, "commitment", 32, "the log's opening")
        if digest("seed", seed) != promised:
            raise Wrong("The seed is not the one whose hash was told before entries opened.")
    if level == "audience":
        said = field(revealed, "audience", list, "what was revealed")
        if digest("audience", utf8(canonical(said))) != seed:
            raise Wrong("The seed is not made of the numbers that the audience called.")
    return seed


def check_beacon(proof: Any, opened: Any) -> bytes:
    promised, told = opened.get("beacon"), proof.get("beacon")
    if promised is None and told is None:
        return b""
    if not isinstance(promised, dict) or not isinstance(told, dict):
        raise Wrong("A beacon was announced and not used, or used and not announced.")
    if any(promised.get(name) != told.get(name) for name in ("source", "round")):
        raise Wrong("The beacon is not the one, or not the round, that was announced.")
    return raw(told, "value", 32, "the beacon")


def check_entries(proof: Any, closed: Any) -> tuple[list[int], bytes]:
    """The entries are those that were fixed at closing. Answers their weights."""
    entries = field(proof, "entries", list, "the document")
    level, weights = [], []
    for index, entry in enumerate(entries):
        where = f"entry {index}"
        if not isinstance(entry, list) or len(entry) != 2:
            raise Wrong(f"{where} is not a weight and a hash.")
        weight = field({"weight": entry[0]}, "weight", int, where)
        if weight < 1:
            raise Wrong(f"{where} has no ticket.")
        whom = raw({"hash": entry[1]}, "hash", 32, where)
        weights.append(weight)
        level.append(hashlib.sha256(b"\x00" + u64(index) + u64(weight) + whom).digest())
    count = field(closed, "count", int, "the closing")
    if len(weights) != count:
        raise Wrong(f"{count} entries were fixed at closing, and here are {len(weights)}.")
    if sum(weights) != field(closed, "total", int, "the closing") or sum(weights) > LARGEST:
        raise Wrong("The tickets of all entries are not as many as were fixed at closing.")
    while len(level) > 1:
        above = [
            hashlib.sha256(b"\x01" + level[at] + level[at + 1]).digest()
            for at in range(0, len(level) - 1, 2)
        ]
        level = [*above, level[-1]] if len(level) % 2 else above
    if not level or level[0] != raw(closed, "root", 32, "the closing"):
        raise Wrong("The entries are not those that were fixed at closing: their root differs.")
    return weights, level[0]


# --- drawing again --------------------------------------------------------------------------------


def numbers(key: bytes) -> Callable[[int], int]:
    """Answers a function that reads whole numbers below a limit from the key's stream."""
    rest, block = b"", 0

    def below(limit: int) -> int:
        nonlocal rest, block
        bits = (limit - 1).bit_length()
        size = (bits + 7) // 8
        while True:
            while len(rest) < size:
                rest += hmac.new(key, u64(block), hashlib.sha256).digest()
                block += 1
            value, rest = int.from_bytes(rest[:size], "big") >> (size * 8 - bits), rest[size:]
            if value < limit:
                return value

    return below


def order(weights: Sequence[int], key: bytes) -> list[int]:
    """All entries as they leave the drum: a sum for each node of a binary tree, searched down."""
    width = 1
    while width < len(weights):
        width *= 2
    sums = [0] * width + list(weights) + [0] * (width - len(weights))
    for node in range(width - 1, 0, -1):
        sums[node] = sums[2 * node] + sums[2 * node + 1]
    below, found = numbers(key), []
    while sums[1] > 0:
        ticket, node = below(sums[1]), 1
        while node < width:
            node *= 2
            if ticket >= sums[node]:
                ticket -= sums[node]
                node += 1
        found.append(node - width)
        weight = sums[node]
        while node:
            sums[node] -= weight
            node //= 2
    return found


def check_place(order: list[int], place: int, next_one: int, index: int, where: str) -> None:
    if place != next_one:
        raise Wrong(f"{where}: place {next_one} was next, and {place} was taken.")
    if place >= len(order) or order[place] != index:
        raise Wrong(f"{where}: drawn again, another entry stands at place {place}.")


def check_draws(
    log: list[Any], closed: Any, draw_again: Callable[[str], list[int]], one_each: bool
) -> tuple[dict[str, list[int]], int]:
    """Everybody who won had to win, and nobody was passed over in silence."""
    units: dict[str, int] = {}
    for prize in field(closed, "prizes", list, "the closing"):
        units[field(prize, "id", str, "a prize")] = field(prize, "units", int, "a prize")
    orders: dict[str, list[int]] = {}
    reached: dict[str, int] = {}
    holders: dict[tuple[str, int], tuple[str, int]] = {}
    won = 0
    for entry in log[2:]:
        kind, data = entry["kind"], entry["data"]
        where = f"entry {entry['n']} of the log"
        if kind == "revealed":
            continue
        prize = field(data, "prize", str, where)
        if kind == "prizeAdded":
            units[prize] = units.get(prize, 0) + field(data, "units", int, where)
            continue
        if prize not in units:
            raise Wrong(f"{where} gives a prize that was not announced at closing.")
        draw = "order" if one_each else prize
        place, index = (field(data, name, int, where) for name in ("place", "entry"))
        if draw not in orders:
            orders[draw] = draw_again(draw)
        if kind == "takenBack":
            if holders.get((draw, place)) != (prize, index):
                raise Wrong(f"{where} takes back what was not given.")
            field(data, "reason", str, where)
            del holders[draw, place]
            units[prize] += 1
            continue
        check_place(orders[draw], place, reached.get(draw, 0), index, where)
        reached[draw] = place + 1
        if kind == "passedOver":
            field(data, "reason", str, where)
            continue
        if units[prize] < 1:
            raise Wrong(f"{where} gives a unit of a prize that has none left.")
        units[prize] -= 1
        holders[draw, place] = (prize, index)
        won += 1
    return orders, won


def check(proof: Any) -> list[str]:
    """Answers what was checked, line by line; raises `Wrong` at the first thing that is not so."""
    if not isinstance(proof, dict) or proof.get("format") != FORMAT:
        raise Wrong(f"This is no proof of the format {FORMAT}.")
    level = field(proof, "level", str, "the document")
    if level not in SAID:
        raise Wrong(f"This check does not know the level '{level}'.")
    room = field(proof, "room", str, "the document")
    log = check_log(proof)
    opened, closed = log[0]["data"], log[1]["data"]
    revealed = next(entry["data"] for entry in log if entry["kind"] == "revealed")
    if opened.get("level") != level or opened.get("room") != room:
        raise Wrong("The log was opened for another room, or for another level.")
    rules, rules_hash = check_rules(proof, opened)
    seed = check_seed(proof, level, opened, revealed)
    beacon = check_beacon(proof, opened)
    weights, root = check_entries(proof, closed)

    def draw_again(draw: str) -> list[int]:
        fixed = (rules_hash, root, u64(len(weights)), u64(sum(weights)), beacon)
        message = framed(f"{FORMAT} draw".encode(), *fixed, utf8(room), utf8(draw))
        return order(weights, hmac.new(seed, message, hashlib.sha256).digest())

    orders, won = check_draws(log, closed, draw_again, rules.get("onePrizePerPerson") is True)
    told = field(revealed, "orders", dict, "what was revealed")
    orders |= {draw: draw_again(draw) for draw in told if draw not in orders}
    made = {draw: hashlib.sha256(b"".join(map(u64, o))).hexdigest() for draw, o in orders.items()}
    if told != made:
        raise Wrong("The order of all entries is not the one that was told with the seed.")
    lines = [
        f"The log is whole: {len(log)} entries, each sealed with the one before it.",
        "The rules are those that were announced.",
        *SAID[level],
        f"The {len(weights)} entries with {sum(weights)} tickets are those fixed at closing.",
        f"Drawn again, all {won} wins come out as they were told, and nobody was left out unsaid.",
    ]
    if beacon:
        source = f"{proof['beacon']['source']}, round {proof['beacon']['round']}"
        lines.append(f"The beacon's value is {beacon.hex()}: look it up at {source}.")
    return lines


SAID = {
    "committed": ["The seed is the one that was fixed before entries opened."],
    "simple": ["Not proved: that the seed was chosen by chance. It was not told beforehand."],
    "audience": ["The seed is made of the numbers that the audience called; were you there?"],
}


def check_receipt(proof: Any, receipt: Any) -> str:
    """One's own entry is in the drum, as the receipt has it. Answers a line."""
    salt = raw(receipt, "salt", 16, "the receipt")
    person = field(receipt, "participant", str, "the receipt")
    name = field(receipt, "name", str, "the receipt")
    whom = digest("entry", salt, utf8(person), utf8(name)).hex()
    hashes = [entry["hash"] for entry in proof["log"]]
    if any(seen not in hashes for seen in receipt.get("seen", [])):
        raise Wrong("Your phone was told of a log that is not this one: it was rewritten.")
    for index, (weight, listed) in enumerate(proof["entries"]):
        if listed == whom:
            if weight != field(receipt, "weight", int, "the receipt"):
                raise Wrong(f"Your entry has {weight} tickets, and the receipt says otherwise.")
            return f"Your entry is number {index}, with {weight} tickets."
    raise Wrong("Your entry is not among those that were drawn from.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints what was checked. The exit status is 0 where the draw is right, 1 where it is not."""
    parser = argparse.ArgumentParser(description="Checks a draw of the Holiday Lottery.")
    parser.add_argument("proof", help="the proof, a JSON file")
    parser.add_argument("--receipt", help="your receipt: is your own entry in it?")
    given = parser.parse_args(arguments)
    try:
        proof = read(Path(given.proof).read_text("utf-8"))
        lines = check(proof)
        if given.receipt:
            receipt = read(Path(given.receipt).read_text("utf-8"))
            lines.append(check_receipt(proof, receipt))
    except (Wrong, OSError, UnicodeError) as wrong:
        sys.stdout.write(f"NOT VALID. {wrong}\n")
        return 1
    sys.stdout.write("\n".join(["VALID", *lines]) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
