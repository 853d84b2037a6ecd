"""`./dev bench quiz`: a hall of 2,000 plays ten questions on two workers, PostgreSQL and Redis.

All answer within two seconds. Every answer that was acknowledged must stand in the results once,
as it was given; measured is the time from the close to the leaderboard on all screens. With
`--kill` one worker is killed in the middle of the fifth question, and what it had to do goes on.
The exit status is 1 where an answer is missing, there twice, or another one.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import io
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from benchmarks.fleet import Fleet, on_postgresql
from benchmarks.quiz.phone import Phone, Seen, come_all
from benchmarks.realtime.machine import description, raise_file_limit, resident_kb
from benchmarks.realtime.process import Failed
from benchmarks.realtime.tools import Missing

AT_ONCE = 16
OPTIONS = ["Red", "Green", "Blue", "Gold"]
PATIENCE = 20.0


@dataclass
class Outcome:
    """What a run came to. Times in seconds."""

    seen: Seen
    boards: list[float] = field(default_factory=list)
    closes: list[float] = field(default_factory=list)
    """From the close until it is answered: judged and written."""
    told: dict[str, int] = field(default_factory=dict)
    """How many had answered, as the reveal said."""
    rows: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    memory: int = 0


def main(arguments: Sequence[str]) -> int:
    """Reads the arguments, starts everything, and measures."""
    parser = argparse.ArgumentParser(prog="./dev bench quiz", description=__doc__)
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--questions", type=int, default=10)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--kill", action="store_true", help="kill a worker in mid-question")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    raise_file_limit(2 * options.people + 500)
    print(description())
    print(f"load average before: {os.getloadavg()[0]:.1f}")
    try:
        with on_postgresql(options.workers, limits="off") as fleet:
            outcome = asyncio.run(_measure(fleet, options.people, options.questions, options.kill))
    except (Missing, Failed) as problem:
        print(problem, file=sys.stderr)
        return 1
    missed = _show(outcome, options.people)
    print(f"load average after: {os.getloadavg()[0]:.1f}")
    for miss in missed:
        print(f"NOT REACHED: {miss}")
    return 1 if missed else 0


async def _measure(fleet: Fleet, people: int, questions: int, kill: bool) -> Outcome:
    api = httpx.AsyncClient(
        base_url=f"{fleet.host.url}/api/v1",
        timeout=60,
        limits=httpx.Limits(max_connections=AT_ONCE),
    )
    outcome = Outcome(Seen())
    async with api:
        organizer, room, tokens = await _prepare(api, people, questions)
        port = fleet.host.port
        lead = Phone(port, room, organizer, -1, outcome.seen)
        phones = [Phone(port, room, one, n, outcome.seen) for n, one in enumerate(tokens)]
        started = time.perf_counter()
        await come_all([lead, *phones])
        print(f"{people} sockets, seated, after {time.perf_counter() - started:.1f} s", flush=True)
        try:
            await _do(lead, "start")
            for number in range(1, questions + 1):
                victim = fleet if kill and number == (questions + 1) // 2 else None
                await _question(outcome, lead, phones, victim)
                outcome.memory = max(outcome.memory, resident_kb(fleet.pids()))
                await _do(lead, "next")
            outcome.rows = await _rows(fleet, organizer, room)
        finally:
            for phone in (lead, *phones):
                phone.hang_up()
    return outcome


async def _prepare(
    api: httpx.AsyncClient, people: int, questions: int
) -> tuple[str, str, list[str]]:
    async def call(method: str, path: str, token: str, body: object) -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = await api.request(method, path, headers=headers, json=body)
        answer.raise_for_status()
        return answer.json()["data"]

    asked = [
        {"text": f"Question {n}?", "options": OPTIONS, "right": [OPTIONS[n % 4]], "seconds": 60}
        for n in range(questions)
    ]
    organizer = (await call("POST", "/auth/guest", "", {"name": "Olga"}))["accessToken"]
    settings = {"questions": asked, "closeEarly": False}
    fields = {"name": "Hall", "appId": "quiz", "appSettings": settings, "isPublic": True}
    room = (await call("POST", "/rooms", organizer, fields))["id"]
    await call("PATCH", f"/rooms/{room}", organizer, {"status": "ACTIVE"})

    async def come(number: int) -> str:
        token: str = (await call("POST", "/auth/guest", "", {"name": f"Guest {number}"}))[
            "accessToken"
        ]
        await call("POST", f"/rooms/{room}/participants", token, {})
        return token

    tokens: list[str] = []
    for first in range(0, people, AT_ONCE):
        tokens += await asyncio.gather(*map(come, range(first, min(first + AT_ONCE, people))))
    return organizer, room, tokens


async def _do(lead: Phone, what: str) -> dict[str, Any]:
    """Makes a move; where its answer was lost, looks whether it was made."""
    wanted = {"open": "open", "close": "closed", "reveal": "revealed", "board": "board"}.get(what)
    while True:
        now = await lead.ask("quiz:look", {})
        if wanted is not None and now["phase"] == wanted:
            return dict(now)
        told = await lead.ask("quiz:do", {"what": what, "game": now["game"], "step": now["step"]})
        if "phase" in told:
            return dict(told)
        if told.get("code") not in ("CONFLICT", "UNAVAILABLE"):
            raise Failed(f"{what}: {told}")
        await asyncio.sleep(0.05)


async def _question(
    outcome: Outcome, lead: Phone, phones: Sequence[Phone], victim: Fleet | None
) -> None:
    seen, people = outcome.seen, len(phones)
    await _until(lambda: all(one.phase.get("phase") == "ready" for one in phones))
    # Time to be ready in, as a host would give it.
    await asyncio.sleep(1.2)
    opened = await _do(lead, "open")
    round_id = opened["id"]
    if victim is not None:
        await asyncio.sleep(1.0)
        pids = victim.pids()[1:]
        largest = max(pids, key=lambda pid: resident_kb([pid]))
        os.kill(largest, signal.SIGKILL)
        print(f"a worker was killed in question {opened['question']['number']}", flush=True)
    await _until(lambda: len(seen.acknowledged.get(round_id, ())) >= people)
    if victim is not None:
        await _until(lambda: all(one.phase.get("phase") == "open" for one in phones))
    closing = time.perf_counter()
    await _do(lead, "close")
    outcome.closes.append(time.perf_counter() - closing)
    told = await _do(lead, "reveal")
    outcome.told[round_id] = told["answered"]
    step = (await _do(lead, "board"))["step"]
    await _until(lambda: len(seen.board.get(step, ())) >= people)
    outcome.boards += [at - closing for at in seen.board.get(step, ())]


async def _until(condition: Any) -> None:
    """Waits for it, or until the patience is at its end: the figures then tell."""
    end = time.perf_counter() + PATIENCE
    while not condition() and time.perf_counter() < end:  # noqa: ASYNC110
        await asyncio.sleep(0.02)


async def _rows(fleet: Fleet, organizer: str, room: str) -> Counter[tuple[str, str, str]]:
    async with httpx.AsyncClient(base_url=fleet.host.url, timeout=60) as api:
        path = f"/apps/quiz/rooms/{room}/results.csv?table=answers"
        answer = await api.get(path, headers={"Authorization": f"Bearer {organizer}"})
        answer.raise_for_status()
    table = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
    return Counter((row["question"], row["name"], row["answer"]) for row in table)


def _show(outcome: Outcome, people: int) -> list[str]:
    seen, missed = outcome.seen, []
    acknowledged = {
        (round_id, f"Guest {number}", OPTIONS[choice])
        for round_id, given in seen.acknowledged.items()
        for number, choice in given.items()
    }
    missing = acknowledged - outcome.rows.keys()
    twice = [row for row, count in outcome.rows.items() if count > 1]
    beside = outcome.rows.keys() - acknowledged
    print(
        f"answers acknowledged: {len(acknowledged)}, in the results: {outcome.rows.total()}; "
        f"missing {len(missing)}, twice {len(twice)}, not acknowledged {len(beside)}"
    )
    waits = [seconds for _, seconds in seen.answer_times]
    for title, times in (
        ("answer to its acknowledgement", waits),
        ("close to its answer", outcome.closes),
        ("close to the leaderboard", outcome.boards),
    ):
        parts = [_share(times, part) * 1000 for part in (0.5, 0.99, 1.0)]
        print(
            f"{title:<32} median {parts[0]:>6.0f} ms  p99 {parts[1]:>6.0f}  most {parts[2]:>6.0f}"
        )
    slowest = {
        asked: max(wait for number, wait in seen.answer_times if number == asked)
        for asked in seen.acknowledged
    }
    each = ", ".join(f"{wait * 1000:.0f}" for wait in slowest.values())
    print(f"the slowest acknowledgement of each question, ms: {each}")
    print(f"memory of the host's processes: {outcome.memory / 1024:.0f} MB")
    print(f"sockets that were cut: {seen.lost}; refused: {Counter(seen.refused).most_common(3)}")
    if missing or twice:
        missed.append(f"{len(missing)} answers lost, {len(twice)} counted twice")
    for round_id, told in outcome.told.items():
        if told != len(seen.acknowledged.get(round_id, ())):
            given = len(seen.acknowledged.get(round_id, ()))
            missed.append(f"round {round_id}: {told} answers told, {given} acknowledged")
    expected = people * len(outcome.told)
    if len(acknowledged) < expected:
        missed.append(f"{expected - len(acknowledged)} answers were not acknowledged in time")
    if len(outcome.boards) < expected:
        missed.append(f"{expected - len(outcome.boards)} boards were not seen in time")
    return missed


def _share(times: Sequence[float], part: float) -> float:
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0
