"""What a game promises whatever happens: over real sockets, in a real host."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

import festoon_quiz
from festoon_quiz import live, telling
from tests.quiz.evening import Game, Player, playing, quiz
from tests.realtime.evening import until
from tests.realtime.live import Place, served

TWO: list[dict[str, Any]] = [
    {
        "text": "Sealed until it opens",
        "options": ["Topaz", "Garnet", "Beryl"],
        "right": ["Garnet"],
        "mode": "accuracy",
    },
    {"text": "Who wrote it?", "kind": "typed", "right": ["Amalthea"], "mode": "accuracy"},
]


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    async with served() as place:
        yield place


async def one_round(game: Game, answers: dict[Player, Any]) -> dict[str, Any]:
    """Opens the question that waits, has it answered, closes and reveals it."""
    opened = await game.do("open")
    for player in answers:
        await until(lambda player=player: player.phase == "open")
    told = await asyncio.gather(*(player.answer(one) for player, one in answers.items()))
    assert all(one == {"received": True} for one in told), told
    now = await game.lead.ask("look")
    if now["phase"] == "open":
        await game.do("close")
    assert opened["phase"] == "open"
    shown: dict[str, Any] = await game.do("reveal")
    return shown


def spoken(player: Player) -> str:
    """Every frame and answer that a socket has had."""
    return json.dumps([player.phone.frames, list(player.phone.acks.values())])


async def test_nobody_is_told_anything_before_its_time() -> None:
    async with (
        served() as place,
        playing(place, TWO, closeEarly=False) as game,
        playing(place, TWO) as other,
    ):
        masha, oleg = await game.join("Masha"), await game.join("Oleg")
        stranger = await other.join("Zoe")
        await game.do("start")
        ready = await oleg.reached("ready")
        await oleg.ask("ready", game=ready["game"], question=ready["id"])
        await oleg.ask("look")
        for word in ("Sealed until", "Garnet", "Amalthea"):
            assert word not in spoken(oleg)
        await game.do("open")
        await masha.answer(1)
        await oleg.ask("look")
        assert oleg.content(1)["options"] == ["Topaz", "Garnet", "Beryl"]
        assert "distribution" not in spoken(oleg)
        assert "Garnet" not in spoken(oleg), "neither what is right nor what others said"
        await game.do("close")
        assert "Garnet" not in json.dumps(await oleg.ask("look"))
        assert (await oleg.ask("mine", game=ready["game"]))["code"] == "CONFLICT"
        page = f"/apps/quiz/rooms/{game.room['id']}/certificates/1.json"
        early = await masha_gets(game, oleg, page)
        assert early == 404
        await game.do("reveal")
        await oleg.reached("revealed")
        assert "Garnet" in spoken(oleg)
        assert "Amalthea" not in spoken(oleg)
        assert await masha_gets(game, oleg, page) == 200
        # Another room's people hear nothing of all that, and are not counted.
        assert stranger.phases == []
        assert {one["data"]["players"] for one in stranger.phone.named("quiz:count")} <= {1}
        assert (await stranger.ask("look"))["counts"]["players"] == 1
        # Who has the code of the room leads nothing.
        for what in ("next", "finish", "kick"):
            now = await oleg.ask("look")
            told = await oleg.ask("do", what=what, game=now["game"], step=now["step"], player="x")
            assert told["code"] == "FORBIDDEN"
        assert "code" not in json.dumps(masha.phases)
        assert (await game.lead.ask("answer", game=now["game"], question="1", answer=0))[
            "code"
        ] == "FORBIDDEN"
        for export in ("export.json", "results.csv"):
            assert await masha_gets(game, oleg, f"/apps/quiz/rooms/{game.room['id']}/{export}") in (
                403,
                404,
            )


async def masha_gets(game: Game, player: Player, path: str) -> int:
    headers = {"Authorization": f"Bearer {player.person.token}"}
    return (await game.place.host.client.get(path, headers=headers)).status_code


async def test_what_comes_twice_is_done_once(place: Place) -> None:
    async with playing(place, TWO, closeEarly=False) as game:
        masha, oleg = await game.join("Masha"), await game.join("Oleg")
        now = await game.lead.ask("look")
        clicks = await asyncio.gather(
            *(
                game.lead.ask("do", what="start", game=now["game"], step=now["step"])
                for _ in range(3)
            )
        )
        assert sorted("phase" in one for one in clicks) == [False, False, True]
        refused = next(one for one in clicks if "code" in one)
        assert refused["details"]["phase"]["phase"] == "ready"
        opened = await game.do("open")
        await masha.reached("open")
        sent = {"game": opened["game"], "question": opened["id"], "shown": 0, "pressed": 500}
        both = await asyncio.gather(*(masha.ask("answer", answer=1, **sent) for _ in range(3)))
        assert both == [{"received": True}] * 3
        assert (await masha.ask("answer", answer=0, **sent))["code"] == "CONFLICT"
        assert (await oleg.ask("answer", answer=9, **sent))["code"] == "VALIDATION_ERROR"
        await game.do("close")
        assert await masha.ask("answer", answer=1, **sent) == {"received": True}
        assert (await oleg.ask("answer", answer=1, **sent))["code"] == "CONFLICT"
        told = await game.do("reveal")
        assert told["answered"] == 1
        # Undone: the points go, the question can be asked again, and old answers do not count.
        assert (await masha.ask("look"))["me"]["points"] == 1000
        again = await game.do("undo")
        assert (again["phase"], again["question"]["number"]) == ("ready", 1)
        assert again["id"] != opened["id"]
        assert (await masha.ask("look"))["me"]["points"] == 0
        await game.do("open")
        assert (await oleg.ask("answer", answer=1, **sent))["code"] == "CONFLICT"
        await oleg.answer(1)
        await game.do("close")
        await game.do("reveal")
        board = await game.do("board")
        assert [(one["name"], one["points"]) for one in board["top"]] == [
            ("Oleg", 1000),
            ("Masha", 0),
        ]


async def test_a_seat_outlives_its_phone_and_keeps_points_and_place(place: Place) -> None:
    words = {"teams": True, "teamNames": ["Owls", "Foxes"], "blockedWords": ["heck"]}
    async with playing(place, TWO, closeEarly=False, **words) as game:
        masha, twin = await game.join("Masha"), await game.join("masha")
        seen = await twin.ask("look")
        assert seen["me"]["name"] == "masha 2", "nobody can tell two alike ones apart"
        assert seen["settings"]["teamNames"] == ["Owls", "Foxes"]
        assert (await twin.ask("rename", name="Oh Héck no"))["code"] == "VALIDATION_ERROR"
        assert (await twin.ask("rename", name=" MASHA "))["code"] == "CONFLICT"
        assert (await twin.ask("rename", name="Oleg"))["name"] == "Oleg"
        assert (await twin.ask("team", team="Bears"))["code"] == "VALIDATION_ERROR"
        assert (await twin.ask("team", team="Owls"))["team"] == "Owls"
        await game.do("start")
        await one_round(game, {masha: 1, twin: 0})
        await game.do("next")
        late = await game.join("Late")
        assert (await late.ask("look"))["phase"] == "ready"
        await one_round(game, {late: "amalthéa"})
        code = (await masha.ask("look"))["me"]["code"]
        other = await game.join("New phone")
        assert (await other.ask("seat", code="ZZZZZZ"))["code"] == "NOT_FOUND"
        me = await other.ask("seat", code=code.lower())
        assert (me["name"], me["points"]) == ("Masha", 1000)
        # The old phone is nobody now: it takes a seat of its own.
        assert (await masha.ask("look"))["me"]["points"] == 0
        board = await game.do("board")
        places = {one["name"]: (one["place"], one["tie"]) for one in board["top"]}
        assert places["Masha"] == places["Late"] == (1, True)
        assert board["teams"][0]["name"] == "Owls"
        gone = (await late.ask("look"))["me"]["player"]
        await game.do("kick", player=gone)
        await until(lambda: late.phone.named("quiz:removed"))
        seen = await late.ask("look")
        assert (seen["me"], seen["removed"]) == (None, True)
        assert (await late.ask("rename", name="Back"))["code"] == "FORBIDDEN"
        await game.do("lock", on=True)
        outside = await game.join("Outside")
        assert (await outside.ask("look"))["me"] is None
        export = f"/apps/quiz/rooms/{game.room['id']}/results.csv"
        headers = {"Authorization": f"Bearer {game.owner.token}"}
        table = (await game.place.host.client.get(export, headers=headers)).text
        assert "Masha" in table
        assert "Late" not in table, "who was removed is on no list"


async def test_time_is_kept_through_a_pause_and_closes_the_question_by_itself(
    place: Place,
) -> None:
    questions = [{**TWO[0], "seconds": 3}, {**TWO[1], "seconds": 3}]
    async with playing(place, questions, closeEarly=False) as game:
        masha = await game.join("Masha")
        await game.do("start")
        await game.do("open")
        await masha.reached("open")
        paused = await game.do("pause")
        assert paused["paused"]
        assert 0 < paused["left"] <= 3000
        at = {"game": paused["game"], "question": paused["id"]}
        assert (await masha.ask("answer", answer=1, **at))["code"] == "CONFLICT"
        resumed = await game.do("resume")
        assert resumed["closesAt"] > resumed["now"]
        await masha.answer(1)
        # As if the process that has the timer were gone: the job is left, in the database.
        await festoon_quiz.shutdown(await place.host.host.registry.context("quiz"))
        await until(lambda: masha.phase == "closed", 15)
        await game.do("auto", on=True)
        await until(lambda: masha.phase == "revealed")
        assert (await masha.ask("mine"))["right"] is True


async def test_a_step_that_nobody_was_told_of_is_told_by_whoever_finds_it(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with playing(place, TWO) as game:
        masha = await game.join("Masha")
        await game.do("start")
        real = telling.tell

        async def killed(*_: Any) -> None:
            monkeypatch.setattr(telling, "tell", real)
            raise RuntimeError("killed after the commit")

        monkeypatch.setattr(telling, "tell", killed)
        monkeypatch.setattr(live, "TOLD_WITHIN", 0.1)
        await game.do("open")
        await until(lambda: masha.phase == "open")
        longer = await game.do("extend", seconds=30)
        await until(lambda: masha.phases[-1]["closesAt"] == longer["closesAt"])
        assert await masha.answer(1) == {"received": True}


async def test_who_is_forgotten_leaves_a_result_that_can_be_proved() -> None:
    async with quiz(TWO, closeEarly=False) as game:
        masha = await game.join("Masha Karpova")
        await game.do("start")
        await one_round(game, {masha: 1})
        person = masha.person
        kept = await person.get(f"/users/{person.id}/export")
        assert "Masha Karpova" in json.dumps(kept["apps"]["quiz"])
        page = f"/apps/quiz/rooms/{game.room['id']}/certificates/1.json"
        headers = {"Authorization": f"Bearer {game.owner.token}"}
        client = game.place.host.client
        before = (await client.get(page, headers=headers)).json()
        await person.delete(f"/users/{person.id}")

        async def names() -> list[str]:
            seen = await game.lead.ask("look")
            return [one["name"] for one in seen["host"]["people"]]

        for _ in range(100):
            if "Masha Karpova" not in await names():
                break
            await asyncio.sleep(0.05)
        after = (await client.get(page, headers=headers)).json()
        assert "Masha Karpova" in json.dumps(before)
        assert "Masha Karpova" not in json.dumps(after)
        assert after["hash"] == before["hash"]
