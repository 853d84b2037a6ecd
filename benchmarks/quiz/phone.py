"""One who plays: says that it is ready, answers once, and comes back when its host is gone."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.quiz.link import Link

ANSWER_WITHIN = 2.0
"""Seconds in which all answer."""


@dataclass
class Seen:
    """What all phones have seen, by round."""

    acknowledged: dict[str, dict[int, int]] = field(default_factory=dict)
    """Who was told that their answer is there, and which it was."""
    board: dict[int, list[float]] = field(default_factory=dict)
    """When the leaderboard of a step came to each."""
    answer_times: list[tuple[str, float]] = field(default_factory=list)
    """Of each answer its round, and the seconds until it was acknowledged."""
    lost: int = 0
    refused: list[str] = field(default_factory=list)


class Phone:
    """A guest's phone, or that of who leads where `number` is negative."""

    def __init__(self, port: int, room: str, token: str, number: int, seen: Seen) -> None:
        self._port = port
        self._path = f"/apps/quiz/rooms/{room}/live"
        self._token = token
        self._number = number
        self._seen = seen
        self._link: Link | None = None
        self._ids = 0
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._answered: set[str] = set()
        self._away = asyncio.Event()
        self.leaving = False
        self.phase: dict[str, Any] = {}

    async def come(self) -> None:
        """Opens the socket, signs in and looks where the game is."""
        loop = asyncio.get_running_loop()
        for attempt in range(60):
            try:
                _, link = await loop.create_connection(
                    lambda: Link(self._path, self._hear, self._ended), "127.0.0.1", self._port
                )
                await link.opened
                self._link = link
                await self._ask("auth", {"token": self._token})
                self._take(await self._ask("quiz:look", {}))
                return
            except (OSError, ConnectionError):
                await asyncio.sleep(0.2 + 0.3 * random.random() * min(attempt + 1, 5))
        raise ConnectionError("the host does not come back")

    async def ask(self, action: str, data: dict[str, Any]) -> Any:
        """The answer, asked again on another socket where the first was cut."""
        while True:
            try:
                return await self._ask(action, data)
            except ConnectionError:
                await asyncio.sleep(0.1)

    async def _ask(self, action: str, data: dict[str, Any]) -> Any:
        link = self._link
        if link is None or link.transport is None or link.transport.is_closing():
            raise ConnectionError("away")
        self._ids += 1
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[self._ids] = answer
        link.send(json.dumps({"id": self._ids, "action": action, "data": data}).encode())
        return await answer

    def hang_up(self) -> None:
        """Leaves for good."""
        self.leaving = True
        for task in self._tasks:
            task.cancel()
        if self._link is not None:
            self._link.close()

    def _ended(self) -> None:
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(ConnectionError("cut"))
        self._waiting.clear()
        if self.leaving or self._link is None:
            return
        self._link = None
        self._seen.lost += 1
        self._do(self._return())

    async def _return(self) -> None:
        await asyncio.sleep(random.random())
        await self.come()

    def _hear(self, text: bytes) -> None:
        if text.startswith(b'{"ack"'):
            frame = json.loads(text)
            answer = self._waiting.pop(frame["ack"], None)
            if answer is not None and not answer.done():
                answer.set_result(frame.get("data", frame.get("error")))
        elif b'"quiz:phase"' in text[:200]:
            self._take(json.loads(text)["data"])

    def _take(self, data: dict[str, Any]) -> None:
        now = time.perf_counter()
        if data.get("step", -1) < self.phase.get("step", -1) and self.phase["phase"] != "podium":
            return
        self.phase = data
        phase = data.get("phase")
        if phase == "board":
            self._seen.board.setdefault(data["step"], []).append(now)
        if self._number < 0:
            return
        if phase == "ready":
            self._do(self._get_ready(data))
        elif phase == "open" and data["id"] not in self._answered:
            self._answered.add(data["id"])
            self._do(self._answer(data, now))

    def _do(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _get_ready(self, data: dict[str, Any]) -> None:
        await asyncio.sleep(random.random())
        await self.ask("quiz:ready", {"game": data["game"], "question": data["id"]})

    async def _answer(self, data: dict[str, Any], shown: float) -> None:
        await asyncio.sleep(0.2 + random.random() * (ANSWER_WITHIN - 0.2))
        pressed = time.perf_counter()
        choice = self._number % 4
        sent = {
            "game": data["game"],
            "question": data["id"],
            "answer": choice,
            "shown": shown * 1000,
            "pressed": pressed * 1000,
            "now": pressed * 1000,
        }
        told = await self.ask("quiz:answer", sent)
        if told == {"received": True}:
            self._seen.answer_times.append((data["id"], time.perf_counter() - pressed))
            self._seen.acknowledged.setdefault(data["id"], {})[self._number] = choice
        else:
            self._seen.refused.append(str(told.get("message", told)))


async def come_all(phones: Sequence[Phone], at_once: int = 50) -> None:
    """All open their sockets."""
    for first in range(0, len(phones), at_once):
        await asyncio.gather(*(phone.come() for phone in phones[first : first + at_once]))
