"""An evening with the quiz: a host that is served, someone who leads, and phones that play."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from websockets.asyncio.client import connect

from festoon_quiz.rules.seal import key_bytes, unseal
from host.testing import Person
from tests.realtime.evening import until
from tests.realtime.live import Phone, Place, served

QUESTIONS: list[dict[str, Any]] = [
    {
        "text": "Which city rings in the New Year first?",
        "kind": "one",
        "options": ["Auckland", "Kiritimati", "Tokyo"],
        "right": ["Kiritimati"],
        "mode": "first",
    },
    {"text": "How many keys has a piano?", "kind": "number", "right": ["88"]},
    {"text": "Rain or snow?", "kind": "poll", "options": ["Rain", "Snow"]},
    {"text": "Which song is it?", "kind": "buzzer"},
]


class Player:
    """Somebody's socket in the room, with the actions of the quiz."""

    def __init__(self, phone: Phone, person: Person) -> None:
        self.phone = phone
        self.person = person

    @property
    def phases(self) -> list[dict[str, Any]]:
        """The data of every phase that came, in order."""
        return [frame["data"] for frame in self.phone.named("quiz:phase")]

    @property
    def phase(self) -> str | None:
        """The last phase that came."""
        return self.phases[-1]["phase"] if self.phases else None

    async def ask(self, action: str, /, **data: Any) -> Any:
        """The answer's data, or its error."""
        answer = await self.phone.ask(f"quiz:{action}", **data)
        return answer.get("data", answer.get("error"))

    async def reached(self, phase: str, number: int = 0) -> dict[str, Any]:
        """Waits for a phase (of the question with this number); its data."""

        def found() -> list[dict[str, Any]]:
            return [
                one
                for one in self.phases
                if one["phase"] == phase
                and (not number or (one["question"] or {}).get("number") == number)
            ]

        await until(found)
        return found()[-1]

    async def answer(self, answer: Any, reaction: float = 150.0) -> Any:
        """Answers the question that is open now, as quickly as a person who takes so many ms."""
        await until(lambda: self.phase == "open")
        at = self.phases[-1]
        # What is measured is time: a claim of more than has passed would be clamped.
        await asyncio.sleep(reaction / 1000)
        now = time.perf_counter() * 1000
        return await self.ask(
            "answer",
            game=at["game"],
            question=at["id"],
            answer=answer,
            shown=now - reaction,
            pressed=now,
            now=now,
        )

    def content(self, number: int) -> dict[str, Any]:
        """The question as this phone can read it."""
        ready = next(
            one
            for one in reversed(self.phases)
            if one["phase"] == "ready" and one["question"]["number"] == number
        )
        key = next(one["key"] for one in self.phases if one.get("key") and one["id"] == ready["id"])
        return unseal(ready["sealed"], key_bytes(key))


class Game:
    """A room with the quiz."""

    def __init__(self, place: Place, owner: Person, room: dict[str, Any], stack: AsyncExitStack):
        self.place, self.owner, self.room = place, owner, room
        self._stack = stack
        self.lead: Player

    async def socket(self, person: Person, place: Place | None = None) -> Player:
        """Somebody's socket in the room, at the host where it was made or another."""
        url = f"{(place or self.place).socket_url}/apps/quiz/rooms/{self.room['id']}/live?after=0"
        link = await self._stack.enter_async_context(connect(url, max_size=None))
        phone = Phone(link)
        answer = await phone.ask("auth", token=person.token)
        assert "data" in answer, answer
        return Player(phone, person)

    async def join(self, name: str, place: Place | None = None) -> Player:
        """A guest who comes in and sits down."""
        guest = await self.place.host.guest(name)
        await self.place.host.join(self.room, guest)
        player = await self.socket(guest, place)
        await player.ask("look")
        return player

    async def do(self, what: str, **data: Any) -> Any:
        """What the one who leads does at the present step."""
        now = await self.lead.ask("look")
        return await self.lead.ask("do", what=what, game=now["game"], step=now["step"], **data)


@asynccontextmanager
async def playing(
    place: Place, questions: list[dict[str, Any]] = QUESTIONS, **settings: Any
) -> AsyncIterator[Game]:
    """A room at a place that is served."""
    owner = await place.host.register("Nina")
    settings = {"questions": questions, **settings}
    room = await place.host.room(owner, "quiz", appSettings=settings)
    async with AsyncExitStack() as stack:
        game = Game(place, owner, room, stack)
        game.lead = await game.socket(owner)
        yield game


@asynccontextmanager
async def quiz(
    questions: list[dict[str, Any]] = QUESTIONS, *, database_url: str | None = None, **settings: Any
) -> AsyncIterator[Game]:
    """A host of its own with one room."""
    values = {} if database_url is None else {"database_url": database_url}
    async with served(**values) as place, playing(place, questions, **settings) as game:
        yield game
