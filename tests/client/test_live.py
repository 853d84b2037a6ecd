"""Live events of the client: each durable one once, in order, whatever happens to the host."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import pytest

from host.client import Client, Live, LiveEvent, NoAnswer, NotConnected, RoomEvents, connect, events
from host.errors import Conflict, NotFound, Unauthorized, ValidationFailed
from host.store.engine import Database
from tests.client.relay import relaying
from tests.faults.retries import age_claims
from tests.realtime.evening import until
from tests.servers.festoon import Festoon


class Ear:
    """Iterates over a room's events in a task of its own."""

    def __init__(self, room: RoomEvents) -> None:
        self.room = room
        self.heard: list[LiveEvent] = []
        self.task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        async for event in self.room:
            self.heard.append(event)

    @property
    def seqs(self) -> list[int]:
        return [event.seq for event in self.heard if event.seq is not None]


async def add_prizes(client: Client, room: dict[str, Any], count: int) -> None:
    for n in range(count):
        await client.post(f"/rooms/{room['id']}/prizes", {"name": f"P{n}", "quantity": 1})


async def sockets(festoon: Festoon) -> int:
    async with httpx.AsyncClient(timeout=30) as http:
        text = (await http.get(f"{festoon.url}/metrics")).text
    line = next(row for row in text.splitlines() if row.startswith("festoon_sockets "))
    return int(float(line.split()[1]))


async def test_every_durable_event_comes_once_and_in_order_though_the_host_is_killed(
    festoon: Festoon, olga: Client, room: dict[str, Any], sqlite_url: str
) -> None:
    database = Database(sqlite_url)
    async with olga.live() as live:
        early = Ear(await live.subscribe(room["id"], after=0))
        writing = asyncio.create_task(add_prizes(olga, room, 80))
        for least in (20, 40, 60):
            await until(lambda least=least: len(early.seqs) >= least, 60)
            await asyncio.to_thread(festoon.kill)
            await age_claims(database)
            await asyncio.to_thread(festoon.start)
        await writing
        log = [event["seq"] async for event in olga.each(f"/rooms/{room['id']}/events")]
        await until(lambda: len(early.seqs) >= len(log), 60)
    await database.close()
    await early.task
    assert early.seqs == log
    prizes = [e.data["name"] for e in early.heard if e.event == "prize:created"]
    assert prizes == [f"P{n}" for n in range(80)]


async def test_a_host_that_stops_in_order_is_found_again(
    festoon: Festoon, olga: Client, room: dict[str, Any]
) -> None:
    async with olga.live() as live:
        ear = Ear(await live.subscribe(room["id"]))
        await asyncio.to_thread(festoon.stop)
        await until(lambda: not live.is_up)
        await asyncio.to_thread(festoon.start)
        await add_prizes(olga, room, 3)
        await until(lambda: len(ear.seqs) == 3, 30)
        head = ear.room.after
    async with olga.live() as live:
        await add_prizes(olga, room, 2)
        later = Ear(await live.subscribe(room["id"], after=head))
        await until(lambda: len(later.seqs) == 2)
        assert later.seqs[0] == ear.seqs[-1] + 1


async def test_a_lost_frame_is_seen_by_prev_and_asked_for_again(
    festoon: Festoon, olga: Client, room: dict[str, Any]
) -> None:
    lost: list[int] = []

    def lose(frame: dict[str, Any]) -> bool:
        # Every third event, the first time that it comes.
        seq = frame.get("seq")
        if seq is None or seq % 3 or seq in lost:
            return False
        lost.append(seq)
        return True

    async with relaying(festoon.realtime_url) as (relay, url):
        live = Live(url, olga._rest.session)
        ear = Ear(await live.subscribe(room["id"]))
        relay.loses = lose
        await add_prizes(olga, room, 12)
        await until(lambda: len(lost) >= 3)
        relay.loses = lambda frame: False
        await add_prizes(olga, room, 1)
        head = (await live.send("room:subscribe", {"roomId": room["id"]}))["seq"]
        await until(lambda: ear.seqs[-1:] == [head])
        assert ear.seqs == list(range(ear.seqs[0], head + 1))
        assert len(ear.seqs) == 13
        assert relay.connections == 1
        await live.close()
        await ear.task


async def test_an_answer_that_does_not_come_is_waited_for_so_long(
    festoon: Festoon, olga: Client
) -> None:
    async with relaying(festoon.realtime_url) as (relay, url):
        live = Live(url, olga._rest.session)
        assert "at" in await live.send("ping")
        relay.loses = lambda frame: "ack" in frame
        with pytest.raises(NoAnswer):
            await live.send("ping", seconds=0.2)
        await live.close()


async def test_one_who_iterates_slowly_misses_nothing(
    olga: Client, room: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "MOST_WAITING", 5)
    async with olga.live() as live:
        slow = await live.subscribe(room["id"])
        await add_prizes(olga, room, 30)
        await until(lambda: slow.behind)
        ear = Ear(slow)
        await until(lambda: len(ear.seqs) == 30)
        assert ear.seqs == list(range(ear.seqs[0], ear.seqs[0] + 30))
    await ear.task


async def test_answers_and_refusals_of_actions(
    festoon: Festoon, olga: Client, room: dict[str, Any]
) -> None:
    async with olga.live() as live:
        mine = await live.subscribe(room["id"], quiet=True)
        assert mine.subscribed["participant"]["role"] == "ORGANIZER"
        assert (await live.send("presence:list", {"roomId": room["id"]}))["online"] == 1
        with pytest.raises(ValidationFailed):
            await live.send("no:such")
        with pytest.raises(Conflict):
            await live.subscribe(room["id"])
        with pytest.raises(ValidationFailed):
            async with olga.live() as other:
                await other.subscribe(room["id"], after=10_000)
    async with connect(festoon.url) as stranger:
        await stranger.guest("Stan")
        async with stranger.live() as live:
            with pytest.raises(NotFound):
                await live.subscribe(room["id"])


async def test_a_refused_access_token_is_renewed_and_the_socket_comes_back(
    festoon: Festoon, olga: Client, room: dict[str, Any]
) -> None:
    assert olga.tokens is not None
    stale = replace(olga.tokens, access_token="out.of.date")
    async with connect(festoon.url, tokens=stale) as late, late.live() as live:
        await live.subscribe(room["id"])
        assert late.tokens != stale


async def test_who_is_signed_out_is_told_and_not_let_back_in(
    olga: Client, room: dict[str, Any]
) -> None:
    async with olga.live() as live:
        ear = Ear(await live.subscribe(room["id"]))
        await olga.logout()
        with pytest.raises(Unauthorized):
            await ear.task
        with pytest.raises(Unauthorized):
            await live.subscribe(room["id"])


async def test_who_is_removed_from_a_private_room_is_told_why(
    festoon: Festoon, olga: Client, room: dict[str, Any]
) -> None:
    async with connect(festoon.url) as ada:
        await ada.guest("Ada")
        path = f"/rooms/{room['id']}/participants"
        part = await ada.post(path, {"joinCode": room["joinCode"]})
        async with ada.live() as live:
            ear = Ear(await live.subscribe(room["id"]))
            await olga.delete(f"{path}/{part['id']}")
            with pytest.raises(NotFound):
                await ear.task
            assert ear.heard[-1].event == "room:unsubscribed"


async def test_a_close_leaves_nothing_open_and_ends_what_waits(
    festoon: Festoon, olga: Client, room: dict[str, Any]
) -> None:
    while await sockets(festoon):
        pass
    live = olga.live()
    ear = Ear(await live.subscribe(room["id"]))
    assert await sockets(festoon) == 1
    await live.close()
    await ear.task
    with pytest.raises(NotConnected):
        await live.send("ping")
    while await sockets(festoon):
        pass


async def test_who_listens_while_the_host_is_away_is_told_when_they_give_up(
    festoon: Festoon, olga: Client, room: dict[str, Any]
) -> None:
    festoon.kill()
    live = olga.live()
    with pytest.raises(NotConnected):
        await live.send("ping", seconds=0.2)
    waiting = asyncio.create_task(live.subscribe(room["id"]))
    await asyncio.sleep(0)
    await live.close()
    with pytest.raises(NotConnected):
        await waiting
