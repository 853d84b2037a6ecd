"""A whole evening over real sockets, on both databases."""

from __future__ import annotations

import asyncio

from tests.quiz.evening import quiz


async def test_an_evening_from_the_lobby_to_the_podium(database_url: str) -> None:
    async with quiz(database_url=database_url) as game:
        masha, oleg = await game.join("Masha"), await game.join("Oleg")
        seen = await masha.ask("look")
        assert seen["phase"] == "lobby"
        assert seen["me"]["name"] == "Masha"
        assert set(seen["names"]) == {"Masha", "Oleg"}

        started = await game.do("start")
        assert started["phase"] == "ready", started
        for one in (masha, oleg):
            ready = await one.reached("ready")
            await one.ask("ready", game=ready["game"], question=ready["id"])
        await game.do("open")
        await asyncio.gather(masha.answer(1), oleg.answer(0))
        assert masha.content(1)["options"] == ["Auckland", "Kiritimati", "Tokyo"]
        # Everybody has answered, so it closes by itself.
        await masha.reached("closed")
        told = await game.do("reveal")
        assert told["first"] == ["Masha"], told
        assert told["right"] == ["Kiritimati"]
        assert [bar["count"] for bar in told["distribution"]] == [1, 1, 0]
        mine = await masha.ask("mine", game=told["game"])
        assert (mine["right"], mine["first"], mine["place"]) == (True, True, 1)
        assert mine["gained"] > 0
        assert (await oleg.ask("mine", game=told["game"]))["gained"] == 0
        board = await game.do("board")
        assert [(one["name"], one["place"]) for one in board["top"]] == [("Masha", 1), ("Oleg", 2)]

        await game.do("next")
        await game.do("open")
        await masha.reached("open", 2)
        await oleg.reached("open", 2)
        await asyncio.gather(masha.answer(80), oleg.answer("90"))
        await oleg.reached("closed", 2)
        told = await game.do("reveal")
        assert told["first"] == ["Oleg"], "90 is nearer to 88 than 80 is"

        await game.do("next")
        await game.do("skip")
        await game.do("open")
        await masha.reached("open", 4)
        await masha.answer(True)
        await game.do("close")
        hands = (await game.lead.ask("look"))["host"]["hands"]
        assert [one["name"] for one in hands] == ["Masha"]
        await game.do("judge", player=hands[0]["player"], right=True)
        await game.do("reveal")
        over = await game.do("next")
        assert over["phase"] == "podium"
        assert len(over["top"]) == 2
        again = await game.do("again")
        assert again["phase"] == "lobby"
        assert again["game"] != over["game"]
