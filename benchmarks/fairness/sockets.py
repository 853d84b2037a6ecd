"""The same over real sockets: relays before the real application, and what it decided itself.

Some rooms play at once, each with eight phones behind relays of their own; in some of them one
phone cheats. What is counted are the application's certificates, read from its database.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.fairness.cheats import CHEATS, HONEST, Cheat
from benchmarks.fairness.halls import Hall
from benchmarks.fairness.keeping import Played, keep, kept
from benchmarks.fairness.methods import by_arrival, by_one_ping
from benchmarks.fairness.report import CHEATS_HEADER, METHODS_HEADER, cheat_row, method_row
from benchmarks.fairness.seen import Named, Round, Seen
from benchmarks.fleet import on_sqlite
from benchmarks.realtime.machine import Cores, description, pin, raise_file_limit
from festoon_quiz.rules.certificate import differences
from festoon_quiz.rules.receipts import Receipt
from festoon_quiz.rules.timing import Limits

PLAYERS, QUESTIONS = 8, 60
LOBBY_SECONDS, PAUSE_SECONDS = 8.0, 1.5
AT_ONCE = 8
"""Rooms that are opened side by side."""
GOAL = 0.97


@dataclass
class Group:
    """Rooms in which player 0 does the same."""

    cheat: Cheat
    halls: list[Hall] = field(default_factory=list)


@dataclass(frozen=True)
class Plan:
    """How much is played. `halls` are those of honest people, `cheating` those of each cheat."""

    halls: int
    cheating: int
    seconds: float
    seed: int
    keep: Path | None


def over_sockets(plan: Plan) -> int:
    """Plays, reports, and says by the exit status whether the goals were met."""
    raise_file_limit(8192)
    cores = Cores.of_this_machine()
    print(description())
    print(f"load average before: {os.getloadavg()[0]:.1f}", flush=True)
    with on_sqlite() as fleet:
        pin(fleet.pids(), cores.server)
        database = fleet.host.folder / "festoon.db"
        playing = [Group(cheat) for cheat in CHEATS]
        for number, group in enumerate(playing):
            for hall in range(plan.cheating if number else plan.halls):
                seed = f"{plan.seed} {number} {hall}"
                group.halls.append(Hall(fleet.host.port, seed, QUESTIONS, group.cheat))
        asyncio.run(_play([hall for group in playing for hall in group.halls], plan.seconds))
        played = {group.cheat.name: _rounds(group, database) for group in playing if group.halls}
    if plan.keep is not None:
        keep(plan.keep, played)
        played = kept(plan.keep)
    print(f"load average after: {os.getloadavg()[0]:.1f}")
    return _report(played)


async def _play(halls: list[Hall], seconds: float) -> None:
    entering = asyncio.Semaphore(AT_ONCE)

    async def prepare(hall: Hall) -> None:
        async with entering:
            await hall.prepare(PLAYERS)

    try:
        await asyncio.gather(*map(prepare, halls))
        print(f"{len(halls)} rooms of {PLAYERS} are there", flush=True)
        await asyncio.sleep(LOBBY_SECONDS)
        await asyncio.gather(*(hall.play(PAUSE_SECONDS, seconds) for hall in halls))
    finally:
        await asyncio.gather(*(hall.close() for hall in halls))


def _report(played: Played) -> int:
    limits = Limits()
    honest = played[HONEST.name]
    seen = [one for one, _ in honest]
    print(f"\n{len(seen)} rounds over sockets\n\n{METHODS_HEADER}")
    method_row("order of arrival", seen, [by_arrival(one) for one in seen])
    method_row("one ping at joining", seen, [by_one_ping(one) for one in seen])
    right = method_row("the application", seen, [it for _, it in honest])
    print(f"\n{CHEATS_HEADER}")
    gains = [
        cheat_row(name, [one for one, _ in group], [it for _, it in group], limits)
        for name, group in played.items()
    ]
    print(f"\nthe largest gain is {max(gains):.0f} ms, the published cap {limits.cap} ms")
    print(f"goals: at least {GOAL:.0%} named or tied; no gain over the cap")
    return 0 if right >= GOAL and max(gains) <= limits.cap else 1


def _rounds(group: Group, database: Path) -> list[tuple[Round, Named]]:
    found = []
    query = """
        select r.round, r.certificate from quiz_rounds r join quiz_games g on g.id = r.game_id
        where g.room_id = ? and r.certificate is not null order by r.round
    """
    with sqlite3.connect(database) as connection:
        for hall in group.halls:
            for number, paper in connection.execute(query, (hall.id,)):
                found.append(_round(hall, str(number), json.loads(paper)))
    return found


def _round(hall: Hall, number: str, paper: dict[str, Any]) -> tuple[Round, Named]:
    wrong = differences(paper)
    if wrong:
        raise RuntimeError(f"a certificate does not hold: {wrong}")
    phones = {phone.player: phone for phone in hall.phones}
    answers = []
    for one in paper["players"]:
        if one["receipt"] is not None:
            phone, receipt = phones[one["player"]], Receipt.from_json(one["receipt"])
            truth = phone.truths[number]
            answers.append(Seen(phone.number, truth, receipt.elapsed, phone.joined, receipt))
    answers.sort(key=lambda seen: seen.arrived)
    fastest = min(hall.phones, key=lambda phone: phone.truths.get(number, float("inf")))
    first = tuple(phones[player].number for player in paper["first"])
    return Round(tuple(answers), fastest.number), Named(first)
