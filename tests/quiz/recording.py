"""Sockets that keep every byte which they were sent, and when in the evening that was."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect

from festoon_quiz.rules.seal import key_bytes, unseal
from host.testing import Person
from tests.quiz.evening import Game, Player
from tests.realtime.live import Phone

READERS = ("masha", "viewer", "screen", "nobody", "bob")


@dataclass
class Evening:
    """What has happened so far: the steps of the game, each noted before it is taken."""

    steps: list[str] = field(default_factory=list)

    def begins(self, step: str) -> None:
        """From now on something may be told."""
        self.steps.append(step)

    def came(self, step: str) -> int:
        """The place of a step in the evening."""
        return self.steps.index(step)


class Tape:
    """All that one socket was sent, in order: `(place in the evening, bytes)`."""

    def __init__(self, name: str, evening: Evening, link: ClientConnection) -> None:
        self.name = name
        self.lines: list[tuple[int, bytes]] = []
        self._evening = evening
        self._link = link

    @property
    def close_code(self) -> int | None:
        return self._link.close_code

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for message in self._link:
            line = message.encode() if isinstance(message, str) else message
            self.keep(line)
            yield line

    async def send(self, text: str | bytes) -> None:
        await self._link.send(text)

    async def close(self) -> None:
        await self._link.close()

    def keep(self, line: bytes) -> None:
        """Adds what came in another way, such as an answer of the REST interface."""
        self.lines.append((len(self._evening.steps) - 1, line))

    def first(self, word: str) -> int | None:
        """When a word came for the first time."""
        sought = orjson.dumps(word)[1:-1]
        return next(
            (at for at, line in self.lines if sought in line or word.encode() in line), None
        )

    def frames(self, event: str) -> list[dict[str, Any]]:
        """The data of the frames with this name."""
        parsed = (orjson.loads(line) for _, line in self.lines)
        return [
            one["data"] for one in parsed if isinstance(one, dict) and one.get("event") == event
        ]

    def questions(self) -> dict[int, dict[str, Any]]:
        """What can be read of sealed questions with the keys that came, by number."""
        phases = self.frames("quiz:phase")
        keys = {one["id"]: one["key"] for one in phases if one.get("key")}
        return {
            one["question"]["number"]: unseal(one["sealed"], key_bytes(keys[one["id"]]))
            for one in phases
            if one.get("sealed") and one["id"] in keys
        }


class Recorded:
    """A room whose sockets are all recorded, by the name of whoever holds them.

    All who come in have one `surname`, by which they are found where they should not be.
    """

    def __init__(self, game: Game, evening: Evening, surname: str) -> None:
        self.game = game
        self.evening = evening
        self.surname = surname
        self.people: dict[str, Player] = {}
        self.tapes: dict[str, Tape] = {}

    async def socket(self, name: str, person: Person, *, listens: bool = True) -> Player:
        """A recorded socket; of nobody where the person has no token. `listens`: to the room."""
        game = self.game
        url = f"{game.place.socket_url}/apps/quiz/rooms/{game.room['id']}/live?after=0"
        link = await game._stack.enter_async_context(connect(url, max_size=None))
        tape = self.tapes[name] = Tape(name, self.evening, link)
        recorded: Any = tape
        player = self.people[name] = Player(Phone(recorded), person)
        if person.token:
            await player.phone.ask("auth", token=person.token)
        if listens:
            # The host would do it after a moment, in which passing events go by.
            place = {"roomId": game.room["id"], "after": 0, "quiet": True}
            answer = await player.phone.ask("room:subscribe", **place)
            assert "data" in answer, answer
        return player

    async def member(self, name: str, role: str | None = None) -> Player:
        """A guest who came in by the code, and was given a role."""
        host, room = self.game.place.host, self.game.room
        guest = await host.guest(f"{name.title()} {self.surname}")
        part = await host.join(room, guest)
        if role is not None:
            path = f"/rooms/{room['id']}/participants/{part['id']}"
            await self.game.owner.patch(path, {"role": role})
        player = await self.socket(name, guest)
        await player.ask("look")
        return player

    def most_answered(self, name: str) -> int:
        """The highest count of answers that somebody was told."""
        counts = self.people[name].phone.named("quiz:count")
        return max((one["data"]["answered"] for one in counts), default=0)

    async def settled(self) -> None:
        """Everybody was sent all that there is: frames come before the answer to a question.

        What REST tells the `READERS` of the room and its log is recorded as well.
        """
        await asyncio.gather(*(self._settle(name) for name in self.people))

    async def _settle(self, name: str) -> None:
        player = self.people[name]
        if player.person.token:
            await player.ask("look")
        if name not in READERS:
            return
        path = f"/rooms/{self.game.room['id']}"
        for page in (path, f"{path}/events?after=0&limit=100"):
            answer = await player.person.call("GET", page)
            self.tapes[name].keep(answer.content)

    async def refused(self, names: Iterable[str], what: str) -> set[str]:
        """What those are told who try to lead the game at its present step."""
        now = await self.game.lead.ask("look")
        told = await asyncio.gather(
            *(
                self.people[name].ask(
                    "do",
                    what=what,
                    game=now["game"],
                    step=now["step"],
                    joinCode=self.game.room["joinCode"],
                )
                for name in names
            )
        )
        return {one.get("code", "done") for one in told}


def too_soon(
    tapes: Iterable[Tape], evening: Evening, words: Sequence[tuple[str, str, Sequence[str]]]
) -> list[str]:
    """Who was sent what before its time. `words`: the word, the step from which it may be known
    (empty: never), and whose own it is.
    """
    found = []
    for tape in tapes:
        for word, step, own in words:
            at = tape.first(word)
            if at is None or tape.name in own:
                continue
            if not step or at < evening.came(step):
                found.append(f"{tape.name} was sent “{word}” at “{evening.steps[at]}”")
    return found
