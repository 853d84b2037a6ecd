"""Checks the proof of a Secret Santa round: one file, on Python's standard library alone.

    python verify_santa.py proof.json [--receipt receipt.json]

It shares no code with what draws. The format is in docs/reference/santa-proof.md.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

FORMAT = "festoon-santa/1"
MOST_SHUFFLES = 10_000
KINDS = ["opened", "closed", "assigned", "revealed"]


class Wrong(Exception):
    """What is not as it must be, in words."""


def u64(number: int) -> bytes:
    return number.to_bytes(8, "big")


def framed(*fields: bytes) -> bytes:
    return b"".join(len(field).to_bytes(4, "big") + field for field in fields)


def digest(purpose: str, *fields: bytes) -> bytes:
    return hashlib.sha256(framed(f"{FORMAT} {purpose}".encode(), *fields)).digest()


def canonical(value: Any) -> bytes:
    """RFC 8785 for what has no fractions. The names here are all ASCII."""
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def root(level: list[bytes]) -> bytes:
    """RFC 9162, section 2.1.1, over leaves that are hashed already."""
    if len(level) == 1:
        return level[0]
    half = 1 << (len(level) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + root(level[:half]) + root(level[half:])).digest()


def numbers(key: bytes) -> Callable[[int], int]:
    """Whole numbers below a limit, by rejection, from the stream of a key."""
    rest, block = b"", 0

    def below(limit: int) -> int:
        nonlocal rest, block
        bits = (limit - 1).bit_length()
        size = -(-bits // 8)
        while True:
            while len(rest) < size:
                rest += hmac.new(key, u64(block), hashlib.sha256).digest()
                block += 1
            taken, rest = rest[:size], rest[size:]
            value = int.from_bytes(taken, "big") >> (8 * size - bits)
            if value < limit:
                return value

    return below


def field(holder: Any, name: str, kind: type, where: str) -> Any:
    found = holder.get(name) if isinstance(holder, dict) else None
    if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
        raise Wrong(f"In {where}, “{name}” is missing or is not what it must be.")
    return found


def raw(holder: Any, name: str, size: int, where: str) -> bytes:
    text = field(holder, name, str, where)
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != size or text != found.hex():
        raise Wrong(f"In {where}, “{name}” is not {size} bytes in hexadecimal.")
    return found


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Wrong("The document gives a name two values.")
    return found


def fraction(text: str) -> Any:
    raise Wrong(f"The document holds {text}, and no fraction belongs in it.")


def read(text: str) -> Any:
    try:
        return json.loads(
            text, object_pairs_hook=once, parse_float=fraction, parse_constant=fraction
        )
    except (ValueError, RecursionError):
        raise Wrong("This is no JSON.") from None


def check_log(proof: Any) -> list[dict[str, Any]]:
    log: list[dict[str, Any]] = field(proof, "log", list, "the document")
    before, at = b"", ""
    for n, link in enumerate(log):
        said = {name: link.get(name) for name in ("n", "at", "kind", "data")}
        if said["n"] != n or digest("log", before, canonical(said)).hex() != link.get("hash"):
            raise Wrong(f"The log was changed: entry {n} does not follow from those before it.")
        if not isinstance(said["at"], str) or said["at"] < at:
            raise Wrong(f"The log goes back in time at entry {n}.")
        before, at = bytes.fromhex(link["hash"]), said["at"]
    kinds = [link["kind"] for link in log]
    if "voided" in kinds:
        raise Wrong("This round was called off; the log says why, and the next one counts.")
    if kinds != KINDS[: len(kinds)] or not kinds:
        raise Wrong("The log's entries are not opened, closed, assigned, revealed.")
    return log


def shuffled(apart: list[set[int]], below: Callable[[int], int]) -> list[int] | None:
    left = list(range(len(apart)))
    for giver in range(len(left)):
        at = giver + below(len(left) - giver)
        left[giver], left[at] = left[at], left[giver]
        if left[giver] == giver or left[giver] in apart[giver]:
            return None
    return left


def permuted(listed: list[int], below: Callable[[int], int]) -> list[int]:
    for place in range(len(listed)):
        at = place + below(len(listed) - place)
        listed[place], listed[at] = listed[at], listed[place]
    return listed


def completes(apart: list[set[int]], fixed: dict[int, int]) -> bool:
    """Whether the givers who are not in `fixed` can all be given somebody who is left."""
    people, used = range(len(apart)), set(fixed.values())
    holder: dict[int, int] = {}

    def place(giver: int, seen: set[int]) -> bool:
        for one in people:
            if one in used or one in seen or one == giver or one in apart[giver]:
                continue
            seen.add(one)
            if one not in holder or place(holder[one], seen):
                holder[one] = giver
                return True
        return False

    return all(place(giver, set()) for giver in people if giver not in fixed)


def completed(apart: list[set[int]], below: Callable[[int], int]) -> list[int]:
    fixed: dict[int, int] = {}
    for giver in permuted(list(range(len(apart))), below):
        taken = set(fixed.values())
        choices = [
            one
            for one in range(len(apart))
            if one != giver and one not in apart[giver] and one not in taken
        ]
        for one in permuted(choices, below):
            if completes(apart, {**fixed, giver: one}):
                fixed[giver] = one
                break
        else:
            raise Wrong("With these exclusions nobody can be assigned.")
    return [fixed[giver] for giver in range(len(apart))]


def check_fixed(proof: Any, closed: Any) -> tuple[bytes, bytes, list[set[int]]]:
    """The root over the people, the hash of the exclusions, and those by giver."""
    people = [bytes.fromhex(one) for one in field(proof, "people", list, "the document")]
    listed = field(proof, "apart", list, "the document")
    top = root([digest("someone", u64(n), one) for n, one in enumerate(people)])
    if (closed.get("people"), closed.get("count")) != (top.hex(), len(people)):
        raise Wrong("The people are not those who were fixed before the draw.")
    apart_hash = digest("apart", canonical(listed))
    if closed.get("apart") != apart_hash.hex():
        raise Wrong("The exclusions are not those that were fixed before the draw.")
    apart: list[set[int]] = [set() for _ in people]
    for giver, one in listed:
        apart[giver].add(one)
    return top, apart_hash, apart


def draw_again(key: bytes, apart: list[set[int]], told: Any) -> list[int]:
    """Whom each gives to, if that is allowed and was drawn in the way that the log tells."""
    below, to, shuffles, method = numbers(key), None, 0, "uniform"
    while to is None and shuffles < MOST_SHUFFLES:
        shuffles += 1
        to = shuffled(apart, below)
    if to is None:
        method, to = "completed", completed(apart, below)
    if sorted(to) != list(range(len(apart))) or any(
        one == giver or one in apart[giver] for giver, one in enumerate(to)
    ):
        raise Wrong("The assignment gives somebody to themselves, or breaks an exclusion.")
    if (told.get("method"), told.get("shuffles")) != (method, shuffles):
        raise Wrong("The draw was made in another way than the log says.")
    return to


def check(proof: Any) -> list[str]:
    """Answers what was checked, line by line; raises `Wrong` at the first thing that is not so."""
    if not isinstance(proof, dict) or proof.get("format") != FORMAT:
        raise Wrong(f"This is no proof of the format {FORMAT}.")
    room, number = field(proof, "room", str, "the document"), field(proof, "round", int, "it")
    log = check_log(proof)
    opened = log[0]["data"]
    if (opened.get("room"), opened.get("round")) != (room, number):
        raise Wrong("The log was opened for another room or another round.")
    lines = [f"The log is whole: {len(log)} entries, each sealed with the one before it."]
    if len(log) < 3:
        return [*lines, "Nobody is assigned yet: there is no more to check."]
    top, apart_hash, apart = check_fixed(proof, log[1]["data"])
    count, told = len(apart), log[2]["data"]
    kept = sum(map(len, apart))
    lines.append(f"The {count} people and {kept} exclusions were fixed before the draw.")
    if len(log) < 4:
        sealed = "Who gives to whom is sealed; that it is right can be checked once it is revealed."
        return [*lines, sealed]
    seed = raw(proof, "seed", 32, "the document")
    if digest("seed", seed).hex() != opened.get("commitment"):
        raise Wrong("The seed is not the one that was fixed at the beginning.")
    if log[3]["data"].get("seed") != seed.hex():
        raise Wrong("The log reveals another seed than the document.")
    message = framed(
        f"{FORMAT} draw".encode(), top, u64(count), apart_hash, room.encode(), u64(number)
    )
    key = hmac.new(seed, message, hashlib.sha256).digest()
    to = draw_again(key, apart, told)
    salts = [hmac.new(key, b"salt" + u64(n), hashlib.sha256).digest()[:16] for n in range(count)]
    leaves = [digest("pair", u64(n), u64(to[n]), salts[n]) for n in range(count)]
    if told.get("pairs") != root(leaves).hex():
        raise Wrong("Who gives to whom is not what the seed gives: the pairs were exchanged.")
    lines += [
        "The seed is the one that was fixed before anybody took part.",
        "Drawn again, it gives the very pairs that were sealed: everybody gives to one and gets "
        "from one, nobody to themselves, and every exclusion is kept.",
    ]
    if told["method"] == "completed":
        lines.append("Not proved: that all assignments were equally likely. Exclusions were many.")
    return lines


def check_receipt(proof: Any, receipt: Any) -> str:
    """One's own pair is among those that were sealed. Answers a line."""
    log = proof["log"]
    if len(log) < 3:
        raise Wrong("Nobody is assigned yet, so there is no receipt of it.")
    count = log[1]["data"]["count"]
    giver = field(receipt, "giver", int, "the receipt")
    receiver = field(receipt, "receiver", int, "the receipt")
    if not (0 <= giver < count and 0 <= receiver < count):
        raise Wrong("The receipt names somebody who is not in this round.")
    for role, index in (("participant", giver), ("other", receiver)):
        who = field(receipt, role, dict, "the receipt")
        salt = raw(who, "salt", 16, "the receipt")
        fields = (
            salt,
            field(who, "id", str, "it").encode(),
            field(who, "name", str, "it").encode(),
        )
        if digest("person", *fields).hex() != proof["people"][index]:
            raise Wrong(f"“{who['name']}” is not the person who stands at number {index}.")
    node = digest("pair", u64(giver), u64(receiver), raw(receipt, "salt", 16, "the receipt"))
    index, left = giver, list(field(receipt, "path", list, "the receipt"))
    while count > 1:
        if (index ^ 1) < count:
            if not left:
                raise Wrong("The receipt's path is too short.")
            other = bytes.fromhex(left.pop(0))
            pair = (other, node) if index % 2 else (node, other)
            node = hashlib.sha256(b"\x01" + pair[0] + pair[1]).digest()
        index, count = index // 2, (count + 1) // 2
    if left or node.hex() != log[2]["data"].get("pairs"):
        raise Wrong("Your pair is not among those that were sealed: it was changed.")
    if receiver == giver or [giver, receiver] in proof["apart"]:
        raise Wrong("You were given somebody whom you must not give to.")
    return f"You give to {receipt['other']['name']}, and that was sealed with the draw."


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints what was checked. The exit status is 0 where all is right, 1 where it is not."""
    parser = argparse.ArgumentParser(description="Checks a round of Secret Santa.")
    parser.add_argument("proof", help="the proof, a JSON file")
    parser.add_argument("--receipt", help="your receipt: is your own pair in it?")
    given = parser.parse_args(arguments)
    try:
        proof = read(Path(given.proof).read_text("utf-8"))
        lines = check(proof)
        if given.receipt:
            lines.append(check_receipt(proof, read(Path(given.receipt).read_text("utf-8"))))
    except (Wrong, OSError, UnicodeError) as wrong:
        sys.stdout.write(f"NOT VALID. {wrong}\n")
        return 1
    except (TypeError, ValueError, KeyError, IndexError, AttributeError):
        sys.stdout.write("NOT VALID. The document is not built as a proof is.\n")
        return 1
    sys.stdout.write("\n".join(["VALID", *lines]) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
