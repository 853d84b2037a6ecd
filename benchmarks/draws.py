"""The lottery's draw in figures: is it fair, and how far does it go."""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import festoon_lottery
from festoon_lottery import verify
from festoon_lottery.proof.document import Beacon, Level
from festoon_lottery.proof.fixed import Entry, identity
from festoon_lottery.proof.order import places
from festoon_lottery.proof.run import Run, Units
from festoon_lottery.sampling import Stream, below

T = TypeVar("T")
WEIGHTS = (1, 2, 3, 5, 9)
RARE = 4.27
"""What a fair draw's score exceeds once in 100,000 runs, in standard deviations."""


def key_of(number: int) -> bytes:
    """A key of its own for each run, the same every time."""
    return hashlib.sha256(f"draws {number}".encode()).digest()


def score(seen: Mapping[T, int], expected: Mapping[T, float]) -> tuple[float, int, float]:
    """Chi-square, its degrees of freedom, and how many standard deviations that is off.

    The last by E. B. Wilson and M. M. Hilferty, The Distribution of Chi-square, PNAS 17 (1931).
    """
    square = sum((seen.get(one, 0) - often) ** 2 / often for one, often in expected.items())
    free = len(expected) - 1
    spread = 2 / (9 * free)
    return square, free, ((square / free) ** (1 / 3) - (1 - spread)) / spread**0.5


def tell(what: str, figures: tuple[float, int, float]) -> bool:
    """Prints a score; whether a fair draw may well have it."""
    square, free, off = figures
    print(f"{what:<58} chi-square {square:9.2f}, {free:3} free, {off:+.2f} sd", flush=True)
    return abs(off) < RARE


def chances(weights: Sequence[int]) -> dict[tuple[int, ...], float]:
    """The chance of every order, by the definition."""
    found = {}
    for order in itertools.permutations(range(len(weights))):
        chance, left = 1.0, sum(weights)
        for index in order:
            chance *= weights[index] / left
            left -= weights[index]
        found[order] = chance
    return found


def first_places(draws: int) -> bool:
    """Who comes first, and whether one draw says anything of the next."""
    total = sum(WEIGHTS)
    firsts = [next(places(WEIGHTS, key_of(number))) for number in range(draws)]
    share = {index: draws * weight / total for index, weight in enumerate(WEIGHTS)}
    fair = tell(f"{draws:,} draws over weights {WEIGHTS}", score(Counter(firsts), share))
    pairs = Counter(itertools.pairwise(firsts))
    expected = {
        (one, other): (draws - 1) * WEIGHTS[one] * WEIGHTS[other] / total**2
        for one, other in itertools.product(range(len(WEIGHTS)), repeat=2)
    }
    return tell("the same, each with the one after it", score(pairs, expected)) and fair


def orders(draws: int) -> bool:
    """All 120 orders of five entries."""
    seen = Counter(tuple(places(WEIGHTS, key_of(-1 - number))) for number in range(draws))
    expected = {order: draws * chance for order, chance in chances(WEIGHTS).items()}
    return tell(f"{draws:,} complete orders", score(seen, expected))


def ranges(draws: int) -> bool:
    """Numbers below limits around powers of two, where a modulo would show."""
    fair = True
    for power in (3, 7, 8):
        for limit in (2**power - 1, 2**power, 2**power + 1):
            stream = Stream(key_of(limit), b"")
            seen = Counter(below(limit, stream.read) for _ in range(draws))
            even = dict.fromkeys(range(limit), draws / limit)
            fair &= tell(f"{draws:,} numbers below {limit}", score(seen, even))
    return fair


def scale(entries: int) -> None:
    """A drum of so many entries: closing, order, proof, and both checks."""
    clock = time.perf_counter
    beacon = Beacon("drand quicknet", 1, bytes([1] * 32))
    run = Run(Level.COMMITTED, "hall", {"onePrizePerPerson": True}, beacon)
    run.open("2026-12-31T20:00:00Z", bytes(32))
    held = [
        Entry(1 + number % 5, identity(key_of(number)[:16], str(number), f"Guest {number}"))
        for number in range(entries)
    ]
    begun = clock()
    run.close("2026-12-31T21:00:00Z", held, [Units("hamper", 5)])
    closed = clock()
    for _ in range(5):
        run.award("2026-12-31T22:00:00Z", "hamper")
    drawn = clock()
    run.reveal("2026-12-31T23:00:00Z")
    text = json.dumps(run.proof().document(), separators=(",", ":"))
    written = clock()
    verify.check(verify.read(text))
    checked = clock()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{entries:,} entries: closed in {closed - begun:.2f} s, drawn {drawn - closed:.2f} s,"
        f" proof {written - drawn:.2f} s and {len(text) / 1e6:.1f} MB,"
        f" checked {checked - written:.2f} s{_in_node(text)}; {most} MB at most",
        flush=True,
    )


def _in_node(text: str) -> str:
    node = shutil.which("node")
    if node is None:
        return ""
    with tempfile.TemporaryDirectory() as folder:
        for script in ("hashing.js", "reading.js", "verify.js"):
            shutil.copy(Path(festoon_lottery.__file__).parent / "static" / script, folder)
        (Path(folder) / "package.json").write_text('{"type": "module"}', "utf-8")
        ask = (
            "import {readFileSync} from 'node:fs';"
            "const {check, read} = await import(`${process.argv[1]}/verify.js`);"
            "const text = readFileSync(0, 'utf8'); const begun = performance.now();"
            "check(read(text)); console.log(((performance.now() - begun) / 1000).toFixed(2));"
        )
        command: list[Any] = [node, "--input-type=module", "-e", ask, Path(folder).as_uri()]
        said = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    return f", in Node {said.stdout.strip()} s"


def main(arguments: Sequence[str]) -> int:
    """The command. The exit status is 1 where something would be rare for a fair draw."""
    parser = argparse.ArgumentParser(prog="./dev bench draws", description=__doc__)
    parser.add_argument("--draws", type=int, default=1_000_000)
    parser.add_argument("--orders", type=int, default=200_000)
    parser.add_argument("--entries", default="100000,1000000", help="sizes of drums, with commas")
    given = parser.parse_args(arguments)
    fair = [first_places(given.draws), orders(given.orders), ranges(max(1, given.draws // 10))]
    for size in filter(None, given.entries.split(",")):
        scale(int(size))
    return 0 if all(fair) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
