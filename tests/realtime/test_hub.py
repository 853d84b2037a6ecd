"""What a subscription may rely on."""

from __future__ import annotations

import asyncio

import pytest

from host.contract import Event, Role
from host.errors import ValidationFailed
from host.realtime.envelope import pack, pack_pointer, room_channel
from host.realtime.names import CloseCode
from tests.realtime.evening import Ear, Evening, NotHere, until


async def test_an_event_reaches_every_subscription_as_the_same_bytes(evening: Evening) -> None:
    ears = [Ear(f"guest{n}") for n in range(5)]
    for ear in ears:
        await evening.subscribe(ear, quiet=True)
    await evening.emit("prize:created", {"name": "A bicycle"})
    await until(lambda: all(ear.seqs == [1] for ear in ears))
    frame = ears[0].named("prize:created")[0]
    assert frame["roomId"] == evening.room_id
    assert frame["data"] == {"name": "A bicycle"}
    assert frame["prev"] == 0
    assert frame["at"].endswith("Z")
    raws = [next(raw for raw in ear.raw if b"prize:created" in raw) for ear in ears]
    assert all(raw is raws[0] for raw in raws)


async def test_prev_is_the_seq_before_it_in_this_very_subscription(evening: Evening) -> None:
    organizer, guest = Ear("olga"), Ear("gustav")
    await evening.subscribe(organizer)
    await evening.subscribe(guest)
    await evening.emit("prize:created")
    await evening.emit("room:updated", audience="organizers")
    await evening.emit("notification:received", audience="user:gustav")
    await evening.emit("prize:updated")
    await until(lambda: organizer.seqs == [1, 2, 4] and guest.seqs == [1, 3, 4])
    assert [f["prev"] for f in organizer.frames if "seq" in f] == [0, 1, 2]
    assert [f["prev"] for f in guest.frames if "seq" in f] == [0, 1, 3]


async def test_those_who_may_edit_get_the_editors_data_and_nobody_else(evening: Evening) -> None:
    organizer, guest = Ear("olga"), Ear("gustav")
    await evening.subscribe(organizer)
    await evening.subscribe(guest)
    await evening.emit("room:updated", {"appSettings": {}}, editor_data={"appSettings": {"a": 1}})
    await until(lambda: organizer.seqs == [1] and guest.seqs == [1])
    assert organizer.named("room:updated")[0]["data"] == {"appSettings": {"a": 1}}
    assert guest.named("room:updated")[0]["data"] == {"appSettings": {}}


async def test_a_commit_that_was_never_announced_is_read_when_the_next_one_shows_the_gap(
    evening: Evening,
) -> None:
    ear = Ear("gustav")
    await evening.subscribe(ear)
    await evening.emit("prize:created", {"n": 1})
    await evening.emit_unheard("prize:created", n=2)
    await evening.emit_unheard("prize:created", n=3)
    await evening.emit("prize:created", {"n": 4})
    await until(lambda: len(ear.seqs) == 4)
    assert [f["data"]["n"] for f in ear.named("prize:created")] == [1, 2, 3, 4]


async def test_an_announcement_that_comes_twice_or_late_is_sent_once(evening: Evening) -> None:
    ear = Ear("gustav")
    await evening.subscribe(ear)
    for _ in range(3):
        await evening.emit("prize:created")
    stored = await evening.log.read_events(evening.room_id, 0, 10)
    channel = room_channel(evening.room_id)
    await evening.channels.publish(channel, pack(evening.room_id, stored[:2]))
    await evening.channels.publish(channel, pack(evening.room_id, stored))
    await evening.emit("prize:updated")
    await until(lambda: 4 in ear.seqs)
    assert ear.seqs == [1, 2, 3, 4]


async def test_a_pointer_is_as_good_as_the_events_themselves(evening: Evening) -> None:
    ear = Ear("gustav")
    await evening.subscribe(ear)
    await evening.emit_unheard("prize:created", large="x" * 9000)
    await evening.channels.publish(room_channel(evening.room_id), pack_pointer(evening.room_id, 1))
    await until(lambda: ear.seqs == [1])


async def test_a_payload_that_is_none_does_not_end_the_room(evening: Evening) -> None:
    ear = Ear("gustav")
    await evening.subscribe(ear)
    await evening.channels.publish(room_channel(evening.room_id), b"\xff not ours")
    await evening.emit("prize:created")
    await until(lambda: ear.seqs == [1])


async def test_after_brings_all_that_was_missed_in_order_before_anything_new(
    evening: Evening,
) -> None:
    await evening.emit_unheard("prize:updated", times=1200)
    ear = Ear("gustav")
    await evening.subscribe(ear, after=3)
    await evening.emit("prize:created")
    await until(lambda: 1201 in ear.seqs)
    assert ear.seqs == list(range(4, 1202))
    assert [f["prev"] for f in ear.frames if "seq" in f] == list(range(3, 1201))


async def test_resuming_amid_a_rush_of_commits_misses_nothing_and_repeats_nothing(
    evening: Evening,
) -> None:
    ears = [Ear(f"guest{n}") for n in range(20)]

    async def rush() -> None:
        for _ in range(40):
            await asyncio.gather(*(evening.emit("prize:updated") for _ in range(10)))

    async def come_and_go(ear: Ear) -> None:
        subscription = await evening.subscribe(ear, after=0)
        while len(ear.seqs) < 400:
            await asyncio.sleep(0.003)
            evening.hub.unsubscribe(subscription)
            subscription = await evening.subscribe(ear, after=ear.seqs[-1] if ear.seqs else 0)

    async with asyncio.timeout(60):
        await asyncio.gather(rush(), *(come_and_go(ear) for ear in ears))
    for ear in ears:
        assert ear.seqs == list(range(1, 401))
        assert [f["prev"] for f in ear.frames if "seq" in f] == list(range(400))


async def test_passing_events_wait_until_what_was_missed_has_been_sent(evening: Evening) -> None:
    for _ in range(3):
        await evening.emit("prize:updated")
    ear = Ear("gustav")
    subscription, head = await evening.hub.subscribe(
        ear, evening.room_id, evening.check(ear), after=0
    )
    assert head == 3
    passing = Event(evening.room_id, "quiz:tick", {}, evening.sources.now())
    await evening.outbox.publish_passing(passing)
    await until(lambda: subscription.waiting)
    assert ear.raw == []
    await evening.hub.replay(subscription)
    await until(lambda: ear.named("quiz:tick"))
    assert [f["event"] for f in ear.frames][:3] == ["prize:updated"] * 3
    assert "seq" not in ear.named("quiz:tick")[0]
    assert "prev" not in ear.named("quiz:tick")[0]


@pytest.mark.parametrize("after", [-1, 5])
async def test_an_impossible_after_is_refused(evening: Evening, after: int) -> None:
    for _ in range(4):
        await evening.emit("prize:updated")
    with pytest.raises(ValidationFailed):
        await evening.subscribe(Ear("gustav"), after=after)


async def test_an_after_that_this_process_has_not_heard_of_yet_is_taken(evening: Evening) -> None:
    ear, other = Ear("gustav"), Ear("maria")
    await evening.subscribe(other)
    await evening.emit_unheard("prize:updated")
    await evening.subscribe(ear, after=1)
    await evening.emit("prize:created")
    await until(lambda: ear.seqs == [2] and other.seqs == [1, 2])


async def test_a_private_room_is_not_to_be_found_by_strangers(evening: Evening) -> None:
    evening.is_public = False
    with pytest.raises(NotHere):
        await evening.subscribe(Ear("stranger"))


async def test_who_is_removed_from_a_private_room_hears_no_more_of_it(evening: Evening) -> None:
    evening.is_public = False
    evening.members["gustav"] = Role.PARTICIPANT
    ear, organizer = Ear("gustav"), Ear("olga")
    await evening.subscribe(ear)
    await evening.subscribe(organizer)
    del evening.members["gustav"]
    await evening.emit("participant:left", {"userId": "gustav", "role": "PARTICIPANT"})
    await evening.emit("prize:created")
    await until(lambda: organizer.seqs == [1, 2])
    assert ear.seqs == []
    last = ear.frames[-1]
    assert last["event"] == "room:unsubscribed"
    assert last["data"]["code"] == "NOT_FOUND"


async def test_who_is_removed_while_subscribing_does_not_slip_in(evening: Evening) -> None:
    evening.is_public = False
    evening.members["gustav"] = Role.PARTICIPANT
    await evening.subscribe(Ear("olga"))
    ear, asked, go = Ear("gustav"), asyncio.Event(), asyncio.Event()
    check = evening.check(ear)

    async def slow_check() -> object:
        answer = await check()
        asked.set()
        await go.wait()
        return answer

    joining = asyncio.create_task(evening.hub.subscribe(ear, evening.room_id, slow_check))  # type: ignore[arg-type]
    await asked.wait()
    del evening.members["gustav"]
    await evening.hub.revoke(evening.room_id, "gustav")
    go.set()
    with pytest.raises(NotHere):
        await joining


async def test_a_demoted_organizer_loses_the_editors_view_with_the_very_event(
    evening: Evening,
) -> None:
    evening.members["maria"] = Role.ORGANIZER
    ear = Ear("maria")
    await evening.subscribe(ear)
    evening.members["maria"] = Role.PARTICIPANT
    await evening.emit("participant:updated", {"userId": "maria", "role": "PARTICIPANT"})
    await evening.emit("room:updated", {"s": 0}, editor_data={"s": 1})
    await evening.emit("room:updated", {}, audience="organizers")
    await evening.emit("prize:created")
    await until(lambda: 4 in ear.seqs)
    assert ear.seqs == [1, 2, 4]
    assert ear.named("room:updated")[0]["data"] == {"s": 0}


async def test_those_who_only_looked_on_lose_a_room_that_becomes_private(evening: Evening) -> None:
    onlooker, organizer = Ear("gustav"), Ear("olga")
    await evening.subscribe(onlooker)
    await evening.subscribe(organizer)
    evening.is_public = False
    await evening.emit("room:updated", {"isPublic": False})
    await until(lambda: organizer.seqs == [1])
    assert onlooker.seqs == []
    assert onlooker.frames[-1]["event"] == "room:unsubscribed"


async def test_a_revoked_person_is_told_once_and_hears_no_more(evening: Evening) -> None:
    ear, other = Ear("gustav"), Ear("maria")
    await evening.subscribe(ear)
    await evening.subscribe(other)
    await evening.hub.revoke(evening.room_id, "gustav")
    await evening.emit("prize:created")
    await until(lambda: other.seqs == [1])
    assert ear.seqs == []
    assert len(ear.named("room:unsubscribed")) == 1


async def test_a_deleted_room_tells_so_and_ends(evening: Evening) -> None:
    ear = Ear("gustav")
    await evening.subscribe(ear)
    await evening.emit("room:deleted", {"id": evening.room_id})
    await until(lambda: ear.named("room:unsubscribed"))
    assert ear.seqs == [1]


async def test_the_end_of_a_session_closes_its_sockets_and_no_others(evening: Evening) -> None:
    ended, living = Ear("gustav", session_id="s1"), Ear("gustav", session_id="s2")
    await evening.subscribe(ended)
    await evening.subscribe(living)
    await evening.hub.end_session("s1")
    assert ended.code is CloseCode.SIGNED_OUT
    assert living.code is None


async def test_a_stopping_host_closes_every_socket_with_1012(evening: Evening) -> None:
    ear, late = Ear("gustav"), Ear("maria")
    await evening.subscribe(ear)
    await evening.hub.stop()
    evening.hub.connect(late)
    assert ear.code is late.code is CloseCode.RESTARTING


async def test_many_who_subscribe_at_once_to_a_room_nobody_was_in_all_hear(
    evening: Evening,
) -> None:
    ears = [Ear(f"guest{n}") for n in range(50)]
    await asyncio.gather(*(evening.subscribe(ear, quiet=True) for ear in ears))
    await evening.emit("prize:created")
    await until(lambda: all(ear.seqs == [1] for ear in ears))


async def test_a_room_left_by_all_is_let_go_and_can_be_entered_again(evening: Evening) -> None:
    for _ in range(5):
        ear = Ear("gustav")
        subscription = await evening.subscribe(ear)
        seq = await evening.emit("prize:updated")
        await until(lambda ear=ear, seq=seq: ear.seqs == [seq])
        evening.hub.unsubscribe(subscription)
        await until(lambda: not evening.hub._feeds)


async def test_a_store_that_fails_for_a_while_loses_nothing(evening: Evening) -> None:
    ear = Ear("gustav")
    await evening.subscribe(ear)
    read, failures = evening.log.read_events, 2

    async def failing(room_id: str, after: int, limit: int) -> list[Event]:
        nonlocal failures
        if failures:
            failures -= 1
            raise OSError("the database is away")
        return await read(room_id, after, limit)

    evening.log.read_events = failing  # type: ignore[method-assign]
    await evening.emit_unheard("prize:created")
    await evening.emit("prize:created")
    await until(lambda: ear.seqs == [1, 2])
    assert failures == 0
