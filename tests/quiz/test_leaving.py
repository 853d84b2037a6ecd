"""Who leaves the room, gives the seat away, is forgotten; and a room that is deleted."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import sqlalchemy as sa

from festoon_quiz.tables import metadata
from tests.quiz.evening import Game, Player, quiz

TWO: list[dict[str, Any]] = [
    {"text": "Which stone is red?", "options": ["Topaz", "Garnet"], "right": ["Garnet"]},
    {"text": "Who gave the horn?", "kind": "typed", "right": ["Amalthea"]},
]
TABLES = sorted(metadata.tables)
SECONDS = 20.0


async def _people(game: Game) -> list[str]:
    seen = await game.lead.ask("look")
    return [one["name"] for one in seen["host"]["people"]]


async def _counted(game: Game, players: int) -> None:
    ends = time.monotonic() + SECONDS
    while (await game.lead.ask("look"))["counts"]["players"] != players:
        assert time.monotonic() < ends, await game.lead.ask("look")
        await asyncio.sleep(0.05)


async def test_nobody_waits_for_who_has_left_and_nothing_of_theirs_is_lost() -> None:
    async with quiz([*TWO, TWO[0]]) as game:
        masha, oleg, vera = [await game.join(name) for name in ("Masha", "Oleg", "Vera")]
        room = f"/rooms/{game.room['id']}/participants"
        await game.do("start")
        await game.do("open")
        await masha.answer(1)
        await oleg.answer(0)
        await oleg.person.delete(f"{room}/me")
        await _counted(game, 2)
        # Oleg's answer must not stand in for Vera's.
        assert (await game.lead.ask("look"))["phase"] == "open"
        await vera.answer(1)
        await game.lead.reached("closed")
        await game.do("reveal")

        await game.do("next")
        await game.do("open")
        await asyncio.gather(*(one.reached("open", 2) for one in (masha, vera)))
        await masha.answer("Amalthea")
        await vera.person.delete(f"{room}/me")
        await game.lead.reached("closed", 2)
        await game.do("reveal")

        await vera.person.post(room, {"joinCode": game.room["joinCode"]})
        await _counted(game, 2)
        again = await game.socket(vera.person)
        me = (await again.ask("look"))["me"]
        assert (me["name"], me["points"] > 0) == ("Vera", True)


async def test_a_seat_is_forgotten_with_everybody_who_ever_had_it() -> None:
    async with quiz(TWO, closeEarly=False) as game:
        masha = await game.join("Masha Karpova")
        await game.do("start")
        await game.do("open")
        await masha.answer(1)
        await game.do("close")
        await game.do("reveal")
        await game.do("next")
        await game.do("open")
        await masha.reached("open", 2)
        await masha.answer("Masha knows")
        code = (await masha.ask("look"))["me"]["code"]
        other = await game.join("Another phone")
        await other.ask("seat", code=code)
        await game.do("close")
        await game.do("reveal")
        assert await _people(game) == ["Masha Karpova"]

        first, second = masha.person, other.person
        kept = (await first.get(f"/users/{first.id}/export"))["apps"]["quiz"]["seats"]
        assert [(one["name"], one["code"], len(one["answers"])) for one in kept] == [
            ("Masha Karpova", None, 2)
        ]
        await first.delete(f"/users/{first.id}")
        ends = time.monotonic() + SECONDS
        while "Masha Karpova" in await _people(game):
            assert time.monotonic() < ends
            await asyncio.sleep(0.05)
        headers = {"Authorization": f"Bearer {game.owner.token}"}
        for number in (1, 2):
            page = f"/apps/quiz/rooms/{game.room['id']}/certificates/{number}.json"
            paper = (await game.place.host.client.get(page, headers=headers)).text
            assert "Masha" not in paper
        # Who has the seat now keeps it, with its points.
        me = (await other.ask("look"))["me"]
        assert (me["code"], me["points"] > 0) == (code, True)
        kept = (await second.get(f"/users/{second.id}/export"))["apps"]["quiz"]["seats"]
        assert [one["code"] for one in kept] == [code]
        assert "Masha" not in str(kept)


async def _rows(game: Game) -> dict[str, int]:
    async with game.place.host.host.db.read() as connection:
        return {
            name: (await connection.execute(sa.text(f"SELECT count(*) FROM {name}"))).scalar_one()
            for name in TABLES
        }


async def _picture(game: Game) -> None:
    headers = {"Authorization": f"Bearer {game.owner.token}"}
    answer = await game.place.host.client.post(
        f"/apps/quiz/rooms/{game.room['id']}/media",
        headers=headers,
        content=b"\x89PNG\r\n\x1a\n" + bytes(64),
    )
    assert answer.status_code == 201, answer.text


async def test_nothing_is_kept_of_a_room_that_was_deleted() -> None:
    async with quiz(TWO, closeEarly=False) as game:
        await _picture(game)
        masha = await game.join("Masha")
        code = (await masha.ask("look"))["me"]["code"]
        other: Player = await game.join("Another phone")
        await other.ask("seat", code=code)
        await game.do("start")
        await game.do("open")
        await other.reached("open")
        open_now = other.phases[-1]
        await other.ask("ready", game=open_now["game"], question=open_now["id"])
        await other.answer(1)
        assert all((await _rows(game)).values()), await _rows(game)
        await game.owner.delete(f"/rooms/{game.room['id']}")
        ends = time.monotonic() + SECONDS
        while any((await _rows(game)).values()):
            assert time.monotonic() < ends, await _rows(game)
            await asyncio.sleep(0.05)
