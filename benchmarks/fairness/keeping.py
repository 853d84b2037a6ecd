"""Rounds that were played, kept in a file, so that a report can be of several runs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from benchmarks.fairness.seen import Named, Round, Seen
from festoon_quiz.rules.receipts import Receipt

Played = dict[str, list[tuple[Round, Named]]]
"""Rounds and who was named in them, by what player 0 did."""


def keep(path: Path, played: Played) -> None:
    """Adds rounds to a file, a line each."""
    with path.open("a", encoding="utf-8") as file:
        for name, rounds in played.items():
            for seen, named in rounds:
                line = {"name": name, "seen": asdict(seen), "named": asdict(named)}
                file.write(json.dumps(line) + "\n")


def kept(path: Path) -> Played:
    """All of them."""
    found: Played = {}
    for line in _lines(path):
        one = json.loads(line)
        answers = tuple(
            Seen(**{**answer, "receipt": Receipt.from_json(answer["receipt"])})
            for answer in one["seen"]["answers"]
        )
        named = Named(tuple(one["named"]["first"]), one["named"]["window"])
        found.setdefault(one["name"], []).append((Round(answers, one["seen"]["fastest"]), named))
    return found


def _lines(path: Path) -> Iterable[str]:
    return path.read_text("utf-8").splitlines()
