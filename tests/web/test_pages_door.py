"""The door of a room on pages: locking, names, bans, owners, and the log of it all."""

from __future__ import annotations

import pytest

from host.access import Actor
from host.web.pages.log import SAID
from tests.contract.test_audit import ACTS
from tests.web.visitor import Hall


async def test_one_who_is_banned_reads_so_and_comes_back_only_when_let(hall: Hall) -> None:
    olga, room_id, code = await hall.evening()
    masha, phone = await hall.guest(code, "Masha")
    people = await olga.open(f"/rooms/{room_id}/guests")
    remove = people.form("/remove")

    people = await olga.post(remove.action.replace("/remove", "/ban"), remove.values)

    assert "can’t come back until you let them" in people.text
    for path in (phone.path, f"/r/{room_id}", f"/j/{code}"):
        page = await masha.open(path)
        assert page.status == 403
        assert "You can’t come back to this evening" in page.text
    banned = await olga.open(f"/rooms/{room_id}/guests?who=BANNED")
    assert "Masha" in banned.text
    await olga.send(banned, "/unban")
    back = await masha.send(await masha.open(f"/j/{code}"), f"/j/{code}")
    assert "You’re in, Masha" in back.text


async def test_one_who_is_removed_reads_so_and_a_stranger_learns_nothing(hall: Hall) -> None:
    olga, room_id, code = await hall.evening()
    masha, phone = await hall.guest(code, "Masha")
    await olga.send(await olga.open(f"/rooms/{room_id}/guests"), "/remove")

    page = await masha.open(phone.path)

    assert "You were taken out of this evening" in page.text
    assert code not in page.text
    other, _ = await hall.guest(code, "Oleg")
    await other.post(f"/r/{room_id}/leave", (await other.open(phone.path)).forms[0].values)
    for visitor in (other, hall.visitor()):
        assert "taken out" not in (await visitor.open(f"/r/{room_id}")).text


async def test_a_locked_door_says_so_and_opens_again(hall: Hall) -> None:
    olga, room_id, code = await hall.evening()
    typing = hall.visitor()
    form = await typing.open(f"/j/{code}")
    people = await olga.send(await olga.open(f"/rooms/{room_id}/guests"), "/guests/lock")
    assert "The door is locked" in people.text

    refused = await typing.send(form, f"/j/{code}", name="Masha")

    assert refused.status == 409
    assert "The door is closed just now" in refused.text
    assert 'data-door="LOCKED"' in refused.html
    await olga.send(people, "/guests/lock")
    page = await typing.open(f"/j/{code}")
    assert "You’re in, Masha" in (await typing.send(page, f"/j/{code}", name="Masha")).text


async def test_a_guest_chooses_another_name_right_at_the_door(hall: Hall) -> None:
    olga, room_id, code = await hall.evening()
    await hall.guest(code, "Masha")
    settings = await olga.open(f"/rooms/{room_id}/settings")
    saved = await olga.send(
        settings, "/names", namesslashunique="true", namesslashwords="rude\nvery bad"
    )
    assert saved.form("/names").values["names/words"] == ["rude\nvery bad"]

    visitor, refused = await hall.guest(code, "MASHA")

    assert refused.status == 409
    assert "Somebody in this room has this name" in refused.text
    refused = await visitor.send(refused, f"/j/{code}", name="Very bad")
    assert "does not want this name" in refused.text
    assert "You’re in, Anna" in (await visitor.send(refused, f"/j/{code}", name="Anna")).text


async def test_one_who_has_a_name_already_may_choose_another_at_the_door(hall: Hall) -> None:
    olga, room_id, code = await hall.evening()
    await hall.guest(code, "Masha")
    await olga.send(
        await olga.open(f"/rooms/{room_id}/settings"), "/names", namesslashunique="true"
    )
    inna = await hall.organizer("Masha")
    refused = await inna.send(await inna.open(f"/j/{code}"), f"/j/{code}")

    assert "It becomes your name everywhere" in refused.text
    assert "You’re in, Inna" in (await inna.send(refused, f"/j/{code}", name="Inna")).text


async def test_wrong_rules_for_names_are_told_beside_their_field(hall: Hall) -> None:
    olga, room_id, _ = await hall.evening()
    settings = await olga.open(f"/rooms/{room_id}/settings")

    refused = await olga.send(settings, "/names", namesslashlongest="900")

    assert refused.status == 422
    assert "At most 60." in refused.text


async def test_the_owner_hands_the_room_over_on_a_page(hall: Hall) -> None:
    olga, room_id, code = await hall.evening()
    masha, _ = await hall.guest(code, "Masha")
    settings = await olga.open(f"/rooms/{room_id}/settings")
    assert "first make somebody organizer" in settings.text
    people = await olga.open(f"/rooms/{room_id}/guests")
    role = next(form for form in people.forms if form.action.endswith("/role"))
    await olga.post(role.action, {**role.values, "role": "MODERATOR"})

    done = await olga.send(await olga.open(f"/rooms/{room_id}/settings"), "/owner")

    assert "The room is theirs now" in done.text
    assert "Hand it over" not in done.text
    assert "It belongs to you" in (await masha.open(f"/rooms/{room_id}/settings")).text


async def test_a_hall_of_many_is_paged_and_searched(hall: Hall) -> None:
    olga, room_id, code = await hall.evening()
    services = hall.running.host.services
    for number in range(60):
        session = await services.identity.guest_in_browser(Actor(), f"Guest {number:02}", None)
        await services.participants.join(
            Actor(user=session.user, is_guest=True), room_id, join_code=code
        )

    first = await olga.open(f"/rooms/{room_id}/guests")
    assert "Page 1 of 2" in first.text
    assert "Guest 58" not in first.text
    assert "Guest 58" in (await olga.open(f"/rooms/{room_id}/guests?page=2")).text
    found = await olga.send(first, "/guests", q="est 5")
    assert "Guest 58" in found.text
    assert "Guest 09" not in found.text
    assert "Nobody like that" in (await olga.send(first, "/guests", q="Zoe")).text
    kept = await olga.send(found, "/role", role="VIEWER")
    assert "Guest 09" not in kept.text


async def test_the_log_reads_like_sentences(hall: Hall) -> None:
    olga, room_id, code = await hall.evening()
    await hall.guest(code, "Masha")
    await olga.send(await olga.open(f"/rooms/{room_id}"), "/draw")
    await olga.send(await olga.open(f"/rooms/{room_id}/settings"), "/settings", slashname="Party")
    await olga.send(
        await olga.open(f"/rooms/{room_id}/settings"),
        "/settings/lottery",
        lotteryslashticketsPerGuest="3",
    )

    log = (await olga.open(f"/rooms/{room_id}/log")).text

    for sentence in (
        "Olga changed the room.",
        "the name: from New Year at Acme → to Party",
        "the settings: from ticketsPerGuest: 1 → to ticketsPerGuest: 3",
        "Olga drew “Sledge”: it goes to Masha.",
        "Olga put up the prize “Sledge”.",
        "Olga opened the doors.",
        "Olga made the room.",
    ):
        assert sentence in log


def test_every_act_of_a_room_has_its_words() -> None:
    assert {act for act, _ in ACTS.values()} <= SAID.keys()


@pytest.mark.parametrize("path", ["log", "settings", "guests?who=BANNED"])
async def test_what_staff_may_not_see_is_not_shown_to_guests(hall: Hall, path: str) -> None:
    _, room_id, code = await hall.evening()
    masha, _ = await hall.guest(code, "Masha")
    assert (await masha.open(f"/rooms/{room_id}/{path}")).status == 403
