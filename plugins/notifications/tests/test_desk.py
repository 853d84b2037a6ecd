"""Each way is gone once, whatever happens to the others."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from festoon_notifications.channels import Asked, Bounced, Channel, Later, Message, Sent, Way
from festoon_notifications.desk import Desk
from festoon_notifications.people import forget, known_of
from host import Delivery
from plugins.notifications.tests.telling import announced, won


@dataclass
class Pigeon(Channel):
    """Answers as it is told, and keeps what it was given."""

    id: str = "pigeon"
    title: str = "By pigeon"
    answers: list[Any] = field(default_factory=list)
    given: list[Message] = field(default_factory=list)
    per_minute: int = 0
    shared: bool = False

    async def ways(self, asked: Asked) -> Sequence[Way]:
        return [Way(self.id, once="a1" if self.shared else None, per_minute=self.per_minute)]

    async def send(self, message: Message) -> Any:
        self.given.append(message)
        answer = self.answers.pop(0) if self.answers else Sent()
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def desk(ctx: Any) -> Desk:
    made = Desk(ctx, ())
    made.channels = (made.channels[0], Pigeon(), Pigeon("dove", "By dove"))
    return made


def birds(desk: Desk) -> tuple[Pigeon, Pigeon]:
    _, pigeon, dove = desk.channels
    assert isinstance(pigeon, Pigeon)
    assert isinstance(dove, Pigeon)
    return pigeon, dove


def asked(ctx: Any, room: Any, told: Any) -> Asked:
    return Asked(ctx, room, told, ctx.settings)


async def test_a_retry_goes_only_the_ways_that_failed(ctx: Any, room: Any, desk: Desk) -> None:
    pigeon, dove = birds(desk)
    pigeon.answers = [Later("a storm"), ConnectionError("masha@example.com is far away")]
    for _ in range(2):
        answer = await desk.deliver(asked(ctx, room, won()))
        assert not answer.delivered
        assert answer.again_in is None
        assert "masha@example.com" not in (answer.failed or "")
    assert await desk.deliver(asked(ctx, room, won())) == Delivery(True, "pigeon, dove")
    assert await desk.deliver(asked(ctx, room, won())) == Delivery(True, "pigeon, dove")
    assert [len(pigeon.given), len(dove.given)] == [3, 1]
    assert {one.id for one in pigeon.given} == {"n1.masha"}


async def test_what_bounced_is_over_and_said(ctx: Any, room: Any, desk: Desk) -> None:
    pigeon, _ = birds(desk)
    pigeon.answers = [Bounced("no such roof")]
    for _ in range(2):
        answer = await desk.deliver(asked(ctx, room, won()))
        assert answer == Delivery(True, "dove", failed="pigeon: no such roof")
    assert len(pigeon.given) == 1


async def test_channels_that_the_person_switched_off_are_left_out(
    ctx: Any, room: Any, desk: Desk
) -> None:
    pigeon, dove = birds(desk)
    await desk.deliver(asked(ctx, room, won(muted=frozenset({"pigeon"}))))
    await desk.deliver(asked(ctx, room, won("n2", channels=frozenset({"pigeon"}))))
    assert [len(pigeon.given), len(dove.given)] == [1, 1]


async def test_a_limit_puts_off_and_counts_as_no_try(ctx: Any, room: Any, desk: Desk) -> None:
    pigeon, dove = birds(desk)
    pigeon.per_minute = 6  # a burst of one, then one in ten seconds
    first = [await desk.deliver(asked(ctx, room, won(f"n{n}"))) for n in range(2)]
    assert [one.delivered for one in first] == [True, False]
    assert first[1].again_in == pytest.approx(10)
    ctx.passed = timedelta(seconds=11)
    assert (await desk.deliver(asked(ctx, room, won("n1")))).delivered
    assert [len(pigeon.given), len(dove.given)] == [2, 2]


async def test_limits_are_shared_by_all_processes(ctx: Any, room: Any) -> None:
    desks = []
    for _ in range(3):
        made = Desk(ctx, ())
        made.channels = (Pigeon(per_minute=60),)
        desks.append(made)
    # Ten seconds' worth may go at once: ten of the thirty.
    answers = await asyncio.gather(
        *(
            desk.deliver(asked(ctx, room, won(f"n{number}-{n}")))
            for number, desk in enumerate(desks)
            for n in range(10)
        )
    )
    assert sum(one.delivered for one in answers) == 10


async def test_an_announcement_goes_to_a_group_once(ctx: Any, room: Any) -> None:
    desks, pigeon = [], Pigeon(shared=True)
    for _ in range(3):
        desks.append(Desk(ctx, ()))
        desks[-1].channels = (pigeon,)
    many = [announced(f"u{n}") for n in range(9)]
    answers = await asyncio.gather(
        *(desks[n % 3].deliver(asked(ctx, room, one)) for n, one in enumerate(many))
    )
    assert all(one.delivered for one in answers)
    assert [one.id for one in pigeon.given] == ["a1"]


async def test_what_is_kept_of_a_person_is_theirs_to_have_and_to_have_forgotten(
    ctx: Any, room: Any, desk: Desk
) -> None:
    await desk.deliver(asked(ctx, room, won()))
    kept = await known_of(ctx.database(), "masha")
    assert {(one["channel"], one["state"]) for one in kept["deliveries"]} == {
        ("dove", "SENT"),
        ("pigeon", "SENT"),
    }
    await forget(ctx.database(), "masha")
    assert not any((await known_of(ctx.database(), "masha")).values())


def a_point(value: str) -> EntryPoint:
    return EntryPoint("pigeon", value, "festoon_notifications.channels")


def test_a_channel_of_another_distribution_is_found_and_a_broken_one_stops_only_itself(
    ctx: Any, caplog: pytest.LogCaptureFixture
) -> None:
    own = f"{__name__}:Pigeon"
    found = Desk(ctx, [a_point("no.such:Thing"), a_point(own), a_point("json:JSONDecoder")])
    assert [one.id for one in found.channels][-1] == "pigeon"
    assert caplog.text.count("was left out") == 2


async def test_what_is_in_no_inbox_is_not_delivered_without_a_channel(ctx: Any, desk: Desk) -> None:
    desk.channels = desk.channels[:1]
    answer = await desk.deliver(Asked(ctx, None, won(), {}))
    assert (answer.delivered, answer.final) == (False, True)
