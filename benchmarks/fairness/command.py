"""`./dev bench fairness`: who is named as the first, where it is known who was.

Eight players a round behind networks as halls have them; each game has ten rounds and new players.
On the same data: the order of arrival, one ping at joining, and the rule of the quiz
(docs/explanation/fair-quiz.md). Then the same with one of the eight cheating. Exit status 1 where
the truly fastest is missed too often, or a cheat gains more than the published cap.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from benchmarks.fairness.cheats import CHEATS, HONEST, Cheat
from benchmarks.fairness.methods import by_arrival, by_one_ping, by_rule
from benchmarks.fairness.paths import Weather
from benchmarks.fairness.phones import Phone
from benchmarks.fairness.report import CHEATS_HEADER, METHODS_HEADER, cheat_row, method_row
from benchmarks.fairness.seen import Round
from benchmarks.fairness.sockets import Plan, over_sockets
from festoon_quiz.rules.timing import Limits

PLAYERS, ROUNDS_A_GAME = 8, 10
LOBBY, PAUSE = (8_000.0, 40_000.0), (8_000.0, 14_000.0)
"""Milliseconds from joining to the first question, and from the last answer to the next one."""
GOAL = 0.97


def rounds(
    count: int, seed: int, limits: Limits, *, cheat: Cheat = HONEST, blur: float = 0
) -> Iterator[Round]:
    """So many rounds; player 0 is the cheat. The same seed gives the same people and networks.

    `blur`: by how many milliseconds screens show the question sooner or later than pages think.
    """
    for game in range(-(-count // ROUNDS_A_GAME)):
        phones = [
            Phone(
                Weather(),
                Random(f"{seed} {game} {player}"),
                limits,
                player=player,
                cheat=cheat if player == 0 else HONEST,
            )
            for player in range(PLAYERS)
        ]
        chance = Random(f"{seed} {game}")
        opened = chance.uniform(*LOBBY)
        for _ in range(min(ROUNDS_A_GAME, count - game * ROUNDS_A_GAME)):
            answers = sorted((phone.answer(opened, blur) for phone in phones), key=lambda it: it[0])
            seen = tuple(seen for _, seen in answers)
            yield Round(seen, min(seen, key=lambda one: one.truth).player)
            opened = answers[-1][0] + chance.uniform(*PAUSE)


def main(arguments: Sequence[str]) -> int:
    """Reads the arguments, simulates, and reports."""
    parser = argparse.ArgumentParser(prog="./dev bench fairness", description=__doc__)
    parser.add_argument("--rounds", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--blur", type=float, default=0, help="of screens, in milliseconds")
    figures = parser.add_argument_group("limits of the rule")
    for figure, default in vars(Limits()).items():
        figures.add_argument(f"--{figure.replace('_', '-')}", type=int, default=default)
    over = parser.add_argument_group("over real sockets, against the application itself")
    over.add_argument("--sockets", type=int, default=0, metavar="ROOMS", help="of honest people")
    over.add_argument("--cheating", type=int, default=0, metavar="ROOMS", help="of each cheat")
    over.add_argument("--seconds", type=float, default=220, help="that games go on")
    over.add_argument("--keep", type=Path, help="adds the rounds to this file, and reports on all")
    options = vars(parser.parse_args(arguments))
    halls, cheating = options.pop("sockets"), options.pop("cheating")
    seconds, path = options.pop("seconds"), options.pop("keep")
    if halls:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        return over_sockets(Plan(halls, cheating, seconds, options["seed"], path))
    count, seed, blur = options.pop("rounds"), options.pop("seed"), options.pop("blur")
    limits = Limits(**options)
    print(f"{count} rounds of {PLAYERS} players, seed {seed}; {limits}\n\n{METHODS_HEADER}")
    played = list(rounds(count, seed, limits, blur=blur))
    method_row("order of arrival", played, [by_arrival(one) for one in played])
    method_row("one ping at joining", played, [by_one_ping(one) for one in played])
    right = method_row("the quiz's rule", played, [by_rule(one, limits) for one in played])
    print(f"\n{CHEATS_HEADER}")
    gains = []
    for cheat in CHEATS:
        played = list(rounds(count, seed, limits, cheat=cheat, blur=blur))
        named = [by_rule(one, limits) for one in played]
        gains.append(cheat_row(cheat.name, played, named, limits))
    print(f"\nthe largest gain is {max(gains):.0f} ms, the published cap {limits.cap} ms")
    print(f"goals: at least {GOAL:.0%} named or tied; no gain over the cap")
    return 0 if right >= GOAL and max(gains) <= limits.cap else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
