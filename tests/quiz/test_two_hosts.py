"""One room on two hosts, with one PostgreSQL and one Redis: one game."""

from __future__ import annotations

import asyncio
import json

from tests.quiz.evening import playing
from tests.quiz.test_game import TWO
from tests.realtime.evening import until
from tests.realtime.live import served
from tests.servers.redis import Redis


async def test_two_hosts_play_one_game(postgresql_url: str, redis: Redis) -> None:
    values = {
        "database_url": postgresql_url,
        "channels_url": redis.url,
        "public_url": "http://evening.example",
    }
    async with (
        served(**values) as one,
        served(**values) as other,
        playing(one, TWO, closeEarly=False) as game,
    ):
        masha = await game.join("Masha")
        remote = await game.socket(game.owner, other)
        oleg = await game.join("Oleg", other)
        twin = await game.socket(oleg.person)
        # Two remotes at two hosts: the question is opened once.
        await game.do("start")
        await until(lambda: remote.phase == "ready")
        now = await remote.ask("look")
        click = {"what": "open", "game": now["game"], "step": now["step"]}
        clicks = await asyncio.gather(
            game.lead.ask("do", **click), remote.ask("do", **click), remote.ask("do", **click)
        )
        assert sorted("phase" in one for one in clicks) == [False, False, True]
        for player in (masha, oleg, twin):
            await until(lambda player=player: player.phase == "open")
        # One person with two phones at two hosts has one answer.
        told = await asyncio.gather(masha.answer(1), oleg.answer(1), twin.answer(0))
        assert told[0] == {"received": True}
        assert sorted("code" in one for one in told[1:]) == [False, True]
        await until(
            lambda: any(f["data"]["answered"] == 2 for f in masha.phone.named("quiz:count"))
        )
        now = await remote.ask("look")
        assert now["counts"]["answered"] == 2
        await remote.ask("do", what="close", game=now["game"], step=now["step"])
        shown = await game.do("reveal")
        assert shown["answered"] == 2
        for player in (masha, oleg):
            await until(lambda player=player: player.phase == "revealed")
        assert masha.phases == oleg.phases, "both were told the same, in the same order"
        assert json.dumps(shown["right"]) == '["Garnet"]'
