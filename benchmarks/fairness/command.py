"""`./dev bench fairness`: who is named as the first, where it is known who was.

Eight players a round behind networks as halls have them; each game has ten rounds and new players.
On the same data: the order of arrival, one ping at joining, and the rule of the quiz
(docs/explanation/fair-quiz.md). Then the same with one of the eight cheating. Exit status 1 where
the truly fastest is missed too often, or a cheat gains more than the published cap.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from random import Random

from benchmarks.fairness.cheats import CHEATS, HONEST, Cheat
from benchmarks.fairness.paths import Weather
from benchmarks.fairness.phones import Phone
from benchmarks.fairness.report import CHEATS_HEADER, cheat_row, methods_table
from benchmarks.fairness.seen import Round
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
            yield Round(tuple(seen for _, seen in answers))
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
    options = vars(parser.parse_args(arguments))
    count, seed, blur = options.pop("rounds"), options.pop("seed"), options.pop("blur")
    limits = Limits(**options)
    print(f"{count} rounds of {PLAYERS} players, seed {seed}; {limits}\n")
    right = methods_table(list(rounds(count, seed, limits, blur=blur)), limits)
    print(f"\n{CHEATS_HEADER}")
    gains = [
        cheat_row(cheat.name, rounds(count, seed, limits, cheat=cheat, blur=blur), limits)
        for cheat in CHEATS
    ]
    print(f"\ngoals: at least {GOAL:.0%} named or tied; gains of at most {limits.cap} ms")
    return 0 if right >= GOAL and max(gains) <= limits.cap else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
