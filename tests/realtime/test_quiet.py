"""Presence, and phones in a full hall."""

from __future__ import annotations

import asyncio

import pytest

from host.contract import Person
from host.realtime.presence import Presence
from host.realtime.timing import Timing
from tests.realtime.evening import QUICK, Ear, Evening, until


async def test_a_quiet_subscription_gets_counts_instead_of_every_joining(
    evening: Evening,
) -> None:
    """`room:subscribe` takes `quiet: true` … gets a passing `room:counts`; Presence and other
    passing events have no seq
    """
    quiet, full = Ear("gustav"), Ear("maria")
    await evening.subscribe(quiet, quiet=True)
    await evening.subscribe(full)
    await evening.emit("participant:joined", {"userId": "nina", "role": "PARTICIPANT"})
    await evening.emit("prize:created")
    await until(lambda: full.seqs == [1, 2] and quiet.seqs == [2])
    assert quiet.frames[-1].get("prev", 0) == 0
    await until(lambda: quiet.named("room:counts"))
    await until(lambda: quiet.named("room:counts")[-1]["data"]["online"] == 2)
    counts = quiet.named("room:counts")[-1]
    assert counts["data"] == {"participants": 0, "prizes": 0, "winners": 0, "online": 2}
    assert "seq" not in counts
    assert not [f for f in quiet.frames if f["event"].startswith(("participant:", "presence:"))]
    assert not full.named("room:counts")


async def test_a_rush_of_joins_is_a_handful_of_counts(evening: Evening) -> None:
    ear = Ear("gustav")
    await evening.subscribe(ear, quiet=True)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    for n in range(200):
        await evening.emit("participant:joined", {"userId": f"u{n}", "role": "PARTICIPANT"})
    passed = loop.time() - begun
    assert len(ear.named("room:counts")) <= passed / 0.05 + 2
    assert ear.seqs == []


class Told:
    """What a presence announced, and when."""

    def __init__(self, **timing: float) -> None:
        self.events: list[tuple[str, dict[str, object], float]] = []
        figures = {"grace": 0.05, "window": 0.1, **timing}
        self.presence = Presence(self._tell, lambda: None, Timing(**figures))  # type: ignore[arg-type]

    def _tell(self, event: str, data: dict[str, object]) -> None:
        self.events.append((event, data, asyncio.get_running_loop().time()))

    @property
    def names(self) -> list[str]:
        return [name for name, _, _ in self.events]


async def test_one_person_with_two_sockets_is_online_once() -> None:
    told = Told()
    nina = Person("nina", "Nina")
    told.presence.enter(nina)
    told.presence.enter(nina)
    assert told.presence.online == 1
    told.presence.leave("nina")
    assert told.presence.online == 1
    told.presence.leave("nina")
    await until(lambda: told.presence.online == 0)
    assert told.names == ["presence:user_online", "presence:user_offline"]
    assert told.events[0][1]["user"] == {"id": "nina", "name": "Nina", "avatar": None}


async def test_reloading_a_page_is_no_departure() -> None:
    told = Told(grace=0.1)
    nina, otto = Person("nina", "Nina"), Person("otto", "Otto")
    for _ in range(3):
        told.presence.enter(nina)
        told.presence.leave("nina")
    told.presence.enter(nina)
    told.presence.enter(otto)
    told.presence.leave("otto")
    await until(lambda: told.presence.online == 1)
    assert told.names == ["presence:user_online"] * 2 + ["presence:user_offline"]
    assert told.events[-1][1]["userId"] == "otto"


async def test_above_fifty_people_presence_is_told_together_and_names_are_cut() -> None:
    """Presence: single events up to 50 people online; above that one passing `presence:changed` …
    names cut at 100
    """
    told = Told()
    for n in range(300):
        told.presence.enter(Person(f"u{n}", f"Guest {n}"))
    await until(lambda: "presence:changed" in told.names)
    for n in range(300, 500):
        told.presence.enter(Person(f"u{n}", f"Guest {n}"))
    await until(lambda: told.names.count("presence:changed") == 2)
    assert told.names == ["presence:user_online"] * 50 + ["presence:changed"] * 2
    first, second = told.events[-2:]
    assert first[1]["online"] == 300
    assert second[1]["online"] == 500
    assert len(first[1]["joined"]) == len(second[1]["joined"]) == 100  # type: ignore[arg-type]
    assert second[2] - first[2] >= 0.1 - 0.005
    assert told.presence.listing()["online"] == 500
    assert len(told.presence.listing()["users"]) == 100


async def test_who_comes_and_goes_within_one_window_is_not_told_of() -> None:
    told = Told(singles=0, grace=0.0, window=0.2)
    told.presence.enter(Person("first", "First"))
    await until(lambda: told.names == ["presence:changed"])
    told.presence.enter(Person("nina", "Nina"))
    told.presence.leave("nina")
    told.presence.enter(Person("otto", "Otto"))
    await until(lambda: len(told.names) == 2)
    assert told.events[-1][1]["joined"] == [{"id": "otto", "name": "Otto", "avatar": None}]
    assert told.events[-1][1]["left"] == []


async def test_a_hall_that_arrives_is_not_n_squared_messages(evening: Evening) -> None:
    ears = [Ear(f"guest{n}") for n in range(200)]
    for ear in ears:
        await evening.subscribe(ear, quiet=True)
    screen = Ear("olga")
    await evening.subscribe(screen)
    await until(lambda: screen.named("presence:changed") or screen.named("presence:user_online"))
    assert sum(len(ear.raw) for ear in ears) < 200 * 40
    assert evening.hub.presence(evening.room_id)["online"] == 201


@pytest.mark.parametrize("quiet", [True, False])
async def test_counts_and_presence_are_at_most_one_a_window(evening: Evening, quiet: bool) -> None:
    """`room:subscribe` takes `quiet: true` … at most once a second instead"""
    ear = Ear("olga")
    times: list[float] = []
    send = ear.send_frame
    begun = asyncio.get_running_loop().time()

    def timed(frame: bytes) -> None:
        if b"room:counts" in frame or b"presence:changed" in frame:
            times.append(asyncio.get_running_loop().time())
        send(frame)

    ear.send_frame = timed  # type: ignore[method-assign]
    await evening.subscribe(ear, quiet=quiet)
    for wave in range(1, 4):
        for n in range(60):
            await evening.subscribe(Ear(f"guest{wave}-{n}"), quiet=True)
        await until(lambda wave=wave: len(times) >= wave)
    # The read of the counts lies between its tick and the frame: two frames may come closer.
    assert len(times) - 1 <= (times[-1] - begun) / QUICK.window
