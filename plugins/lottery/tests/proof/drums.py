"""Drums for tests: repeatable, of every kind."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from festoon_lottery.proof.document import Beacon, Level
from festoon_lottery.proof.fixed import Entry, identity
from festoon_lottery.proof.run import Run, Units, audience_seed

AT = "2026-12-31T23:{minute:02}:00Z"
NAMES = ("Masha", "Олег", "Zoë", "林", 'Q"uote\\', "🎄", "a\nb")


def salt_of(number: int) -> bytes:
    return Random(f"salt {number}").randbytes(16)


def entry_of(number: int, weight: int) -> Entry:
    name = NAMES[number % len(NAMES)]
    return Entry(weight, identity(salt_of(number), f"person-{number}", name))


def receipt_of(run: Run, number: int) -> dict[str, Any]:
    return {
        "salt": salt_of(number).hex(),
        "participant": f"person-{number}",
        "name": NAMES[number % len(NAMES)],
        "weight": run.entries[number].weight,
        "seen": [run.log[0].hash.hex(), run.log[1].hash.hex()],
    }


def drum(seed: int, *, entries: int | None = None) -> Run:
    """A whole drum, with wins, guests who were absent, and a win that was taken back."""
    random = Random(seed)
    level = random.choice(list(Level))
    one_each = random.random() < 0.6
    rules = {"onePrizePerPerson": one_each, "title": random.choice(NAMES), "tickets": [1, 5, None]}
    beacon = Beacon("drand quicknet", 1000 + seed, random.randbytes(32))
    run = Run(level, f"room-{seed}", rules, beacon if random.random() < 0.5 else None)
    chosen = random.randbytes(32)
    run.open(AT.format(minute=0), chosen if level is Level.COMMITTED else None)
    count = entries if entries is not None else random.randint(1, 40)
    held = [entry_of(number, random.choice((1, 1, 2, 7))) for number in range(count)]
    prizes = [Units(f"prize-{number}", random.randint(1, 4)) for number in range(3)]
    run.close(AT.format(minute=10), held, prizes)
    called = [random.randint(0, 999) for _ in range(5)]
    if level is Level.AUDIENCE:
        run.seed(audience_seed(called))
    elif level is Level.SIMPLE:
        run.seed(chosen)
    minute = 11
    for prize in prizes:
        left = prize.units
        while left and run.next_place(prize.prize) is not None:
            minute = min(minute + 1, 58)
            at = AT.format(minute=minute)
            lot = random.random()
            if lot < 0.2:
                run.pass_over(at, prize.prize, "not in the hall")
                continue
            place = run.award(at, prize.prize)
            left -= 1
            if lot > 0.9:
                run.take_back(at, prize.prize, place.place, "gave it back")
                left += 1
    if random.random() < 0.3 and run.next_place(prizes[0].prize) is not None:
        run.add_prize(AT.format(minute=58), prizes[0].prize, 2)
        last = run.award(AT.format(minute=58), prizes[0].prize)
        run.reveal(AT.format(minute=59), called if level is Level.AUDIENCE else None)
        run.take_back(AT.format(minute=59), prizes[0].prize, last.place, "had gone home")
        if run.next_place(prizes[0].prize) is not None:
            run.award(AT.format(minute=59), prizes[0].prize)
        return run
    run.reveal(AT.format(minute=59), called if level is Level.AUDIENCE else None)
    return run


def document(run: Run) -> dict[str, Any]:
    """The proof as whoever downloads it has it: through JSON."""
    made: dict[str, Any] = json.loads(json.dumps(run.proof().document()))
    return made
