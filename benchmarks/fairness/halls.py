"""Rooms of the real application with phones behind relays: each plays a game of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from math import exp, log
from random import Random
from typing import Any

import httpx
import orjson
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.fairness.cheats import HONEST, Cheat, Situation
from benchmarks.fairness.oracle import Oracle
from benchmarks.fairness.paths import Weather, ways
from benchmarks.fairness.phones import MEDIAN, PAINT, SIGMA
from benchmarks.fairness.relay import relay
from festoon_quiz.rules.timing import Limits

PATIENCE = 60.0
LIMITS = Limits()
QUESTION = {
    "points": 1000,
    "seconds": 20,
    "text": "Now?",
    "kind": "one",
    "options": ["Yes", "No"],
    "right": ["Yes"],
}


def milliseconds() -> float:
    """The clock of every phone here."""
    return time.monotonic() * 1000


@dataclass
class Line:
    """A socket of the application, and whoever is at it."""

    link: ClientConnection
    numbers: int = 0
    waiting: dict[int, asyncio.Future[Any]] = field(default_factory=dict)

    async def ask(self, action: str, data: dict[str, Any]) -> dict[str, Any]:
        """The frame that answers an action, be it a refusal."""
        self.numbers += 1
        answer = self.waiting[self.numbers] = asyncio.get_running_loop().create_future()
        frame = {"id": self.numbers, "action": action, "data": data}
        await self.link.send(orjson.dumps(frame), text=True)
        async with asyncio.timeout(PATIENCE):
            found: dict[str, Any] = await answer
        return found

    async def read(self, phase: Callable[[dict[str, Any]], None]) -> None:
        """Hands answers to those who wait, and phases to `phase`."""
        async for message in self.link:
            frame = orjson.loads(message)
            if "ack" in frame:
                self.waiting.pop(frame["ack"]).set_result(frame)
            elif frame["event"] == "quiz:phase":
                phase(frame["data"])


@dataclass
class Phone:
    """A player: paints, thinks, presses and claims."""

    number: int
    line: Line
    chance: Random
    oracle: Oracle
    cheat: Cheat = HONEST
    player: str = ""
    joined: float = 0.0
    truths: dict[str, float] = field(default_factory=dict)
    """True reactions by round; those that nobody waited for are what they would have been."""
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _before: list[float] = field(default_factory=list)

    async def sit(self) -> None:
        """Takes a seat and measures the one round trip of those who measure once."""
        began = milliseconds()
        await self.line.ask("quiz:clock", {"sent": began})
        self.joined = milliseconds() - began
        look = await self.line.ask("quiz:look", {})
        self.player = look["data"]["me"]["player"]

    def heard(self, phase: dict[str, Any]) -> None:
        """A phase was told."""
        doing = {"ready": self._ready, "open": self._answer}.get(phase["phase"])
        if doing is not None and phase["id"] not in self.truths:
            task = asyncio.create_task(doing(phase))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def _ready(self, phase: dict[str, Any]) -> None:
        await self.line.ask("quiz:ready", {"game": phase["game"], "question": phase["id"]})

    async def _answer(self, phase: dict[str, Any]) -> None:
        heard = milliseconds()
        think = exp(self.chance.gauss(log(MEDIAN), SIGMA))
        self.truths[phase["id"]] = think
        await asyncio.sleep(self.chance.uniform(*PAINT) / 1000)
        shown = milliseconds()
        await asyncio.sleep(think / 1000)
        pressed = milliseconds()
        truth = self.truths[phase["id"]] = pressed - shown
        receipt = self.oracle.receipt(pressed, heard, truth)
        claim = self.cheat.claim(Situation(truth, receipt, tuple(self._before), LIMITS))
        self._before.append(truth)
        assert claim is not None
        claimed = truth if self.cheat is HONEST else claim
        data = {"game": phase["game"], "question": phase["id"], "answer": 0}
        data |= {"shown": pressed - claimed, "pressed": pressed, "now": milliseconds()}
        # Refused where the question is closed by now: others were quicker.
        await self.line.ask("quiz:answer", data)


class Hall:
    """One room: its organizer, its phones, and as many questions as were written."""

    def __init__(self, port: int, seed: str, questions: int, cheat: Cheat) -> None:
        self.phones: list[Phone] = []
        self.id = ""
        self._port = port
        self._lead: Line | None = None
        self._chance = Random(seed)
        self._questions = questions
        self._cheat = cheat
        self._servers: list[asyncio.Server] = []
        self._readers: list[asyncio.Task[None]] = []
        self._lines: list[Line] = []
        self._phases: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._api = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=PATIENCE)

    async def prepare(self, players: int) -> None:
        """Opens the room; everybody comes in. Player 0 is the one who may cheat."""
        token = await self._guest("Olga")
        fields = {"name": "Hall", "appId": "quiz", "isPublic": True}
        self.id = (await self._call(token, "POST", "/rooms", fields))["id"]
        settings = {"mode": "first", "questions": [QUESTION] * self._questions}
        change = {"status": "ACTIVE", "appSettings": settings}
        await self._call(token, "PATCH", f"/rooms/{self.id}", change)
        self._lead = await self._line(token, self._port, self._phases.put_nowait)
        await asyncio.gather(*(self._enter(number) for number in range(players)))

    async def play(self, pause: float, seconds: float) -> None:
        """A game, for so many seconds at most. `pause`: how long a question lies ready."""
        ends = time.monotonic() + seconds
        assert self._lead is not None
        phase = (await self._lead.ask("quiz:look", {}))["data"]
        following = {"lobby": "start", "ready": "open", "closed": "reveal", "revealed": "next"}
        while phase["phase"] != "podium":
            what = following.get(phase["phase"])
            if what == "next" and time.monotonic() > ends:
                break
            if what is None:
                async with asyncio.timeout(PATIENCE):
                    phase = await self._phases.get()
                continue
            if what == "open":
                await asyncio.sleep(pause * self._chance.uniform(0.8, 1.2))
            step = {"game": phase["game"], "step": phase["step"], "what": what}
            answer = await self._lead.ask("quiz:do", step)
            if "error" in answer:
                raise RuntimeError(f"{what}: {answer['error']}")
            phase = answer["data"]
            while not self._phases.empty():
                self._phases.get_nowait()
            # Told before the answer came, perhaps: only what is later is news.
            if phase["phase"] == "open":
                phase = await self._after(phase["step"])

    async def close(self) -> None:
        """Everybody goes home."""
        for task in [task for phone in self.phones for task in phone.tasks]:
            task.cancel()
        for line in self._lines:
            await line.link.close()
        await asyncio.gather(*self._readers, return_exceptions=True)
        for server in self._servers:
            server.close()
        await self._api.aclose()

    async def _after(self, step: int) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            while (phase := await self._phases.get())["step"] <= step:
                continue
        return phase

    async def _enter(self, number: int) -> None:
        token = await self._guest(f"Player {number}")
        await self._call(token, "POST", f"/rooms/{self.id}/participants", {})
        cheat, oracle = self._cheat if number == 0 else HONEST, Oracle()
        chance = Random(self._chance.random())

        def held(taken: float) -> float:
            return cheat.delay(taken, LIMITS)

        server = await relay(self._port, ways(Weather(), chance), chance, oracle, held)
        self._servers.append(server)
        seated: list[Phone] = []

        def told(phase: dict[str, Any]) -> None:
            for phone in seated:
                phone.heard(phase)

        port = server.sockets[0].getsockname()[1]
        line = await self._line(token, port, told)
        seated.append(Phone(number, line, chance, oracle, cheat))
        await seated[0].sit()
        self.phones += seated

    async def _line(self, token: str, port: int, phase: Callable[[dict[str, Any]], None]) -> Line:
        address = f"ws://127.0.0.1:{port}/apps/quiz/rooms/{self.id}/live"
        origin: Any = f"http://127.0.0.1:{self._port}"
        link = await connect(
            address, origin=origin, compression=None, ping_interval=None, open_timeout=PATIENCE
        )
        line = Line(link)
        self._lines.append(line)
        self._readers.append(asyncio.create_task(line.read(phase)))
        answer = await line.ask("auth", {"token": token})
        if "error" in answer:
            raise RuntimeError(f"auth: {answer['error']}")
        return line

    async def _guest(self, name: str) -> str:
        signed_in = await self._call("", "POST", "/auth/guest", {"name": name})
        token: str = signed_in["accessToken"]
        return token

    async def _call(self, token: str, method: str, path: str, body: object) -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = await self._api.request(method, path, headers=headers, json=body)
        if answer.is_error:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()["data"]
