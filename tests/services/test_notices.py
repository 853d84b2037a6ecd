"""What people are told stands in their inbox, and is brought to them once, whatever happens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from host.context import make_context
from host.contract import Category, Delivery, Notification, Role
from host.errors import RateLimited, ValidationFailed
from host.store import rooms
from host.store import tables as t
from host.testing.host import PASSWORD, Refused, running_host
from tests.fixtures.postbox import ANSWERS, BROUGHT
from tests.remote.conftest import until
from tests.servers.smtp import MailServer
from tests.services.news import APPS, Party, admin_of, has_state, length, parked, party_on


@pytest.fixture
async def party(sqlite_url: str) -> AsyncIterator[Party]:
    async with party_on(sqlite_url) as made:
        yield made


@pytest.fixture
async def everywhere(database_url: str) -> AsyncIterator[Party]:
    """The same on each database, for what the two do in different words."""
    async with party_on(database_url) as made:
        yield made


async def test_a_win_is_in_the_inbox_and_is_brought_once_and_never_after_it_was_taken_back(
    everywhere: Party,
) -> None:
    party = everywhere
    prize = await party.olga.post(f"{party.path}/prizes", {"name": "Goose", "quantity": 3})
    (won,) = await party.olga.post(f"{party.path}/draws", {"prizeId": prize["id"]})
    await party.settled()
    (item,) = await party.masha.get("/notifications")
    assert (item["id"], item["kind"], item["title"]) == (won["id"], "winner:selected", "You won!")
    assert (item["roomName"], item["readAt"]) == ("New Year", None)
    (brought,) = BROUGHT
    assert brought.id == f"{won['id']}.{party.masha.id}"
    assert brought.data["prize"] == "Goose"
    assert brought.recipient is not None
    assert brought.recipient.name == "Masha"
    assert "/unsubscribe/" in (brought.unsubscribe or "")

    # It holds for what waits, too: what is not so any more is not brought.
    ANSWERS.append(lambda: Delivery(False, again_in=3600))
    extra = await party.olga.post(f"{party.path}/prizes", {"name": "Duck", "quantity": 1})
    given = {"participantId": won["participantId"], "prizeId": extra["id"]}
    won = await party.olga.post(f"{party.path}/winners", given)
    await until(lambda: length(BROUGHT, 2))
    await party.olga.delete(f"{party.path}/winners/{won['id']}")
    await party.settled()
    party.clock.ahead += timedelta(minutes=20)
    party.host.host.core.to_deliver.set()
    await party.settled()
    assert len(BROUGHT) == 2
    assert [one["title"] for one in await party.masha.get("/notifications")] == ["You won!"]


async def test_a_win_of_the_version_before_is_told_after_the_upgrade_and_told_once(
    party: Party,
) -> None:
    prize = await party.olga.post(f"{party.path}/prizes", {"name": "Goose", "quantity": 1})
    (won,) = await party.olga.post(f"{party.path}/draws", {"prizeId": prize["id"]})
    await party.settled()
    about = {"roomId": party.room["id"], "winnerId": won["id"]}
    core = party.host.host.core
    # As that version left it: the win, and a job.
    async with core.db.write() as connection:
        for table in (t.notifications, t.notification_deliveries):
            await connection.execute(table.delete())
    BROUGHT.clear()
    for which in (about, about, {**about, "winnerId": "gone"}, {**about, "roomId": "gone"}):
        async with core.db.write() as connection:
            await core.jobs.enqueue(connection, "notice.won", which)
    await party.settled()
    assert [one["title"] for one in await party.masha.get("/notifications")] == ["You won!"]
    assert [one.id for one in BROUGHT] == [f"{won['id']}.{party.masha.id}"]


async def test_what_fails_is_tried_again_and_then_parked_where_an_admin_sends_it_again(
    party: Party,
) -> None:
    def broken() -> Delivery:
        raise RuntimeError("the mail server is down")

    ANSWERS.extend([broken, lambda: Delivery(False), broken, *[broken] * 5])
    prize = await party.olga.post(f"{party.path}/prizes", {"name": "Goose", "quantity": 1})
    await party.olga.post(f"{party.path}/draws", {"prizeId": prize["id"]})
    assert await until(lambda: parked(party))
    assert len({one.id for one in BROUGHT}) == 1
    assert len(BROUGHT) == 8
    # The platform's inbox has it all the same, and the organizer is told, once.
    assert len(await party.masha.get("/notifications")) == 1
    failed = [one for one in await party.olga.get("/notifications") if one["kind"] == "app:failed"]
    assert [one["data"]["appId"] for one in failed] == ["postbox"]

    (given_up,) = await parked(party)
    admin = party.host.host.services.admin
    await admin.send_again(await admin_of(party), given_up)
    await party.settled()
    assert len(BROUGHT) == 9
    assert await party.states() == {"You won!": "SENT"}


async def test_what_can_never_arrive_is_told_with_the_reason_and_troubles_nobody(
    party: Party,
) -> None:
    ANSWERS.append(lambda: Delivery(False, failed="no such mailbox", final=True))
    said = {"title": "Dinner", "body": "In the hall.", "to": "PARTICIPANT"}
    await party.olga.post(f"{party.path}/announcements", said)
    await until(lambda: length(BROUGHT, 1))
    await party.settled()
    (told,) = await party.olga.get(f"{party.path}/announcements")
    assert (told["state"], told["recipients"]) == ("SENT", 1)
    assert told["figures"] == {
        "sent": 0,
        "waiting": 0,
        "held": 0,
        "failed": 1,
        "reasons": [{"why": "no such mailbox", "count": 1}],
    }
    kinds = [one["kind"] for one in await party.olga.get("/notifications")]
    assert "app:failed" not in kinds


async def test_an_announcement_reaches_those_it_is_for_at_its_time_and_can_be_taken_back(
    everywhere: Party,
) -> None:
    party = everywhere
    at = (party.clock.now() + timedelta(minutes=30)).isoformat()
    path = f"{party.path}/announcements"
    for title in ("Dinner", "Dance"):
        planned = await party.olga.post(path, {"title": title, "at": at, "to": "ALL"})
        assert planned["state"] == "SCHEDULED"
    await party.olga.delete(f"{path}/{planned['id']}")
    with pytest.raises(Refused, match="on its way"):
        await party.olga.delete(f"{path}/{planned['id']}")
    assert await party.masha.get("/notifications") == []
    late = await party.host.guest("Late")
    await party.host.join(party.room, late)

    party.clock.ahead += timedelta(minutes=31)
    party.host.host.core.jobs.wake()
    await until(lambda: length(BROUGHT, 3))
    await party.settled()
    for person in (party.olga, party.masha, late):
        titles = [one["title"] for one in await person.get("/notifications")]
        assert titles == ["Dinner"], person.name
    events = await party.masha.get(f"{party.path}/events")
    assert len([one for one in events if one["event"] == "notification:received"]) == 1
    listed = await party.olga.get(path)
    assert [(one["title"], one["state"]) for one in listed] == [
        ("Dance", "CANCELLED"),
        ("Dinner", "SENT"),
    ]
    assert listed[1]["figures"]["sent"] == 3
    prize = await party.olga.post(f"{party.path}/prizes", {"name": "Goose", "quantity": 1})
    await party.olga.post(f"{party.path}/draws", {"prizeId": prize["id"]})
    await party.olga.post(path, {"title": "Come on stage", "to": "WINNERS"})
    await party.settled()
    assert sorted(one.title for one in BROUGHT[3:]) == ["Come on stage", "You won!"]
    assert len({one.user_id for one in BROUGHT[3:]}) == 1


async def test_quiet_hours_hold_what_is_not_urgent_and_a_digest_brings_it_together(
    everywhere: Party,
) -> None:
    party = everywhere
    mine = "/me/notification-preferences"
    await party.masha.patch(
        mine,
        {"quietFrom": "21:00", "quietTo": "22:20", "timeZone": "Asia/Vladivostok", "locale": "ru"},
    )
    path = f"{party.path}/announcements"
    # Noon in UTC is 22:00 there.
    await party.olga.post(path, {"title": "Dinner", "to": "PARTICIPANT"})
    await party.olga.post(path, {"title": "Fire!", "to": "PARTICIPANT", "urgent": True})
    await until(lambda: length(BROUGHT, 1))
    await until(lambda: has_state(party, "Dinner", "HELD"))
    assert [one.title for one in BROUGHT] == ["Fire!"]
    assert (BROUGHT[0].locale, BROUGHT[0].time_zone) == ("ru", "Asia/Vladivostok")
    party.clock.ahead += timedelta(minutes=21)
    party.host.host.core.to_deliver.set()
    await until(lambda: length(BROUGHT, 2))
    assert BROUGHT[1].title == "Dinner"

    await party.masha.patch(mine, {"quietFrom": None, "quietTo": None, "digestAt": "22:40"})
    for title in ("One", "Two", "Read already"):
        await party.olga.post(path, {"title": title, "body": "…", "to": "PARTICIPANT"})
        # One after the other: what is announced at once goes out in any order.
        await until(lambda title=title: has_state(party, title, "HELD"))  # type: ignore[misc]
    newest = (await party.masha.get("/notifications"))[0]
    assert newest["title"] == "Read already"
    await party.masha.post(f"/notifications/{newest['id']}/read")
    party.clock.ahead += timedelta(minutes=20)
    party.host.host.core.to_deliver.set()
    await until(lambda: length(BROUGHT, 3))
    await party.settled()
    digest = BROUGHT[2]
    assert (digest.kind, digest.title) == ("notification:digest", "2 messages for you")
    assert digest.body == "One: …\nTwo: …"
    states = await party.states()
    assert {states[title] for title in ("One", "Two", "Read already")} == {"SENT"}


async def test_what_was_switched_off_goes_by_no_channel_and_a_letter_switches_mail_off(
    party: Party,
) -> None:
    mine = "/me/notification-preferences"
    await party.masha.patch(mine, {"muted": {"ANNOUNCEMENT": ["*"], "RESULT": ["sms"]}})
    path = f"{party.path}/announcements"
    await party.olga.post(path, {"title": "Dinner", "to": "PARTICIPANT"})
    prize = await party.olga.post(f"{party.path}/prizes", {"name": "Goose", "quantity": 1})
    await party.olga.post(f"{party.path}/draws", {"prizeId": prize["id"]})
    await until(lambda: has_state(party, "Dinner", "SENT"))
    await party.settled()
    (won,) = BROUGHT
    assert won.muted == {"sms"}
    assert len(await party.masha.get("/notifications")) == 2

    assert won.unsubscribe is not None
    address = won.unsubscribe.partition("/unsubscribe/")[2]
    client = party.host.client
    assert (await client.get(f"/unsubscribe/{address}")).status_code == 200
    assert (await party.masha.get(mine))["muted"]["RESULT"] == ["sms"]
    one_click = await client.post(f"/unsubscribe/{address}", data={"List-Unsubscribe": "One-Click"})
    assert one_click.status_code == 200
    assert (await party.masha.get(mine))["muted"]["RESULT"] == ["mail", "sms"]
    for wrong in (address[:-1] + ("A" if address[-1] != "A" else "B"), "x", f"{address}.x"):
        assert (await client.post(f"/unsubscribe/{wrong}")).status_code == 404
    for bad in ({"quietFrom": "22:00"}, {"quietTo": "25:00"}, {"timeZone": "Mars/Olympus"},
                {"muted": {"ACCOUNT": ["mail"]}}, {"locale": "not a language"}):  # fmt: skip
        with pytest.raises(Refused) as refused:
            await party.masha.patch(mine, bad)
        assert refused.value.code == "VALIDATION_ERROR", bad


async def test_an_application_tells_each_thing_once_at_its_rate_and_only_where_it_may(
    party: Party,
) -> None:
    core = party.host.host.core
    async with core.db.read() as connection:
        room = await rooms.get(connection, party.room["id"])
    permissions = frozenset(core.registry.manifest("postbox").permissions)
    ctx = await make_context(core, "postbox", permissions, room)
    assert party.masha.id
    note = Notification(
        "n1", party.masha.id, "postbox:soon", "Soon", "", category=Category.REMINDER
    )
    for _ in range(2):
        assert await ctx.notify(note)
    at = party.clock.now() + timedelta(hours=1)
    first = await ctx.notify_all("all", "Later", "", kind="postbox:later", at=at, key="hour")
    assert first == await ctx.notify_all("all", "Later", "", kind="postbox:later", key="hour")
    assert await ctx.notify_all([party.masha.id], "You", "", kind="postbox:you")
    await party.settled()
    titles = [one["title"] for one in await party.masha.get("/notifications")]
    assert sorted(titles) == ["Soon", "You"]
    # What the platform has it bring is the platform's, and told already.
    assert await ctx.notify(BROUGHT[0])
    await party.settled()
    assert sorted(one.title for one in BROUGHT) == ["Soon", "You"]
    for _ in range(2):
        await ctx.notify_all(Role.ORGANIZER, "Much", "", kind="postbox:much")
    with pytest.raises(RateLimited):
        await ctx.notify_all(Role.ORGANIZER, "Much", "", kind="postbox:much")
    await party.olga.patch(f"{party.path}/apps/postbox", {"mayNotify": False})
    assert await ctx.notify_all("winners", "No", "", kind="postbox:no") is None
    assert not await ctx.notify(note)


async def test_an_applications_own_words_are_read_in_the_language_of_each_reader(
    party: Party,
) -> None:
    await party.masha.patch("/me/notification-preferences", {"locale": "ru-RU"})
    async with party.host.host.db.read() as connection:
        room = await rooms.get(connection, party.room["id"])
    manifest = party.host.host.registry.manifest("postbox")
    ctx = await make_context(party.host.host.core, "postbox", manifest.permissions, room)
    data = {"minutes": 5, "gate": "a"}
    with pytest.raises(ValidationFailed, match="need gate"):
        await ctx.notify_all("all", "The bus", "Soon.", kind="postbox:bus", data={"minutes": 5})
    await ctx.notify_all("all", "The bus", "Soon.", kind="postbox:bus", data=data)
    await party.settled()
    russian = ("Автобус через 5 мин.", "Первые ворота.")
    english = ("The bus leaves in 5 minutes", "Gate A, New Year.")
    brought = {one.user_id: one for one in BROUGHT}
    assert party.masha.id is not None
    assert party.olga.id is not None
    said = brought[party.masha.id]
    assert (said.title, said.body) == russian
    assert said.words["en"] == {"title": english[0], "body": english[1]}
    assert (brought[party.olga.id].title, brought[party.olga.id].body) == english
    for person, words in ((party.masha, russian), (party.olga, english)):
        (item,) = await person.get("/notifications")
        assert (item["title"], item["body"]) == words


async def test_letters_go_by_the_application_that_is_named_for_them_and_else_by_the_hosts_mail(
    sqlite_url: str, smtp: MailServer
) -> None:
    """POST /auth/register … sends a verification mail"""
    BROUGHT.clear()
    ANSWERS.clear()
    async with running_host(
        database_url=sqlite_url,
        entry_points=APPS,
        smtp_url=smtp.url,
        mail_from="hello@festoon.test",
        letters="postbox",
    ) as running:
        running.host.core.jobs._first_pause = 0.01
        ANSWERS.append(lambda: Delivery(False))
        body = {"email": "ann@example.com", "password": PASSWORD}
        await running.nobody.post("/auth/register", body)
        await until(lambda: length(BROUGHT, 2))
        first, letter = BROUGHT
        assert first == letter
        assert (letter.kind, letter.category) == ("letter:confirm", Category.ACCOUNT)
        assert (letter.urgent, letter.unsubscribe) == (True, None)
        assert letter.recipient is not None
        assert letter.recipient.email == "ann@example.com"
        token = letter.data["link"].partition("token=")[2]
        await running.nobody.post("/auth/email/verify", {"token": token})
        assert not smtp.messages

        ANSWERS.append(lambda: Delivery(False, failed="no way to them", final=True))
        await running.nobody.post("/auth/password/forgot", {"email": "ann@example.com"})
        await until(lambda: length(smtp.messages, 1))
        assert BROUGHT[2].kind == "letter:reset"
        fallen = await running.nobody.call(
            "POST",
            "/auth/password/reset",
            {"token": BROUGHT[2].data["link"].partition("token=")[2], "password": "a new string"},
        )
        assert fallen.status_code == 200
