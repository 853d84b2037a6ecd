"""What an organizer changes in a room: prizes, people, settings, applications, the code."""

from __future__ import annotations

import re

from tests.web.visitor import Hall, Page


def sent_buttons(page: Page) -> list[str]:
    """Where the forms of a page lead."""
    return [form.action.rsplit("/", 1)[-1] for form in page.forms if form.method == "post"]


async def test_prizes_are_changed_and_deleted_until_somebody_won_them(hall: Hall) -> None:
    olga, room_id, code = await hall.evening(prizes=("Sledge", "Skates"))
    evening = await olga.open(f"/rooms/{room_id}")
    sledge, skates = re.findall(rf"/rooms/{room_id}/prizes/([0-9a-z]{{26}})\"", evening.html)

    form = await olga.open(f"/rooms/{room_id}/prizes/{skates}")
    page = await olga.send(
        form, f"/prizes/{skates}", slashname="Ice skates", slashquantity="3", slashdescription="Red"
    )
    assert "Ice skates" in page.text
    assert "0 of 3" in page.text

    await hall.guest(code, "Masha")
    await olga.send(await olga.open(f"/rooms/{room_id}"), "/draw")
    won = await olga.open(f"/rooms/{room_id}/prizes/{sledge}")
    assert "can’t be deleted" in won.text
    assert "delete" not in sent_buttons(won)
    form = await olga.open(f"/rooms/{room_id}/prizes/{skates}")
    page = await olga.send(form, f"/prizes/{skates}/delete")
    assert "Ice skates" not in page.text


async def test_a_prize_that_does_not_fit_is_told_beside_its_field(hall: Hall) -> None:
    olga, room_id, _ = await hall.evening(prizes=())
    form = await olga.open(f"/rooms/{room_id}/prizes/new")

    refused = await olga.send(form, "/prizes/new", slashname="", slashquantity="none")

    assert refused.status == 422
    assert "Please fill this in." in refused.text
    assert "This must be a whole number." in refused.text
    assert refused.form("/prizes/new").values["/quantity"] == ["none"]


async def test_roles_are_given_to_all_but_the_owner(hall: Hall) -> None:
    olga, room_id, code = await hall.evening()
    masha, _ = await hall.guest(code, "Masha")
    people = await olga.open(f"/rooms/{room_id}/guests")
    # The owner's own row has none: a slip there would give the room away.
    [mashas] = [form for form in people.forms if form.action.endswith("/role")]
    await olga.post(mashas.action, {**mashas.values, "role": "MODERATOR"})
    evening = await masha.open(f"/rooms/{room_id}")
    assert evening.path == f"/rooms/{room_id}"
    assert "/settings" not in evening.html
    assert "Take back" not in evening.text
    assert (await masha.open(f"/rooms/{room_id}/settings")).status == 403


async def test_one_who_is_removed_is_out_and_may_come_back(hall: Hall) -> None:
    olga, room_id, code = await hall.evening()
    masha, phone = await hall.guest(code, "Masha")
    people = await olga.open(f"/rooms/{room_id}/guests")

    people = await olga.send(people, "/remove")

    assert "Masha" not in people.text
    assert (await masha.open(phone.path)).status in (403, 404)
    back = await masha.send(await masha.open(f"/j/{code}"), f"/j/{code}")
    assert "You’re in, Masha" in back.text


async def test_a_guest_who_opens_the_organizers_page_comes_to_their_own(hall: Hall) -> None:
    _, room_id, code = await hall.evening()
    masha, phone = await hall.guest(code, "Masha")

    page = await masha.open(f"/rooms/{room_id}")

    assert page.path == phone.path
    for path in ("guests", "apps", "settings", "prizes/new"):
        assert (await masha.open(f"/rooms/{room_id}/{path}")).status == 403


async def test_settings_are_saved_and_refused_in_place(hall: Hall) -> None:
    olga, room_id, _ = await hall.evening()
    page = await olga.open(f"/rooms/{room_id}/settings")

    saved = await olga.send(
        page,
        "/settings/lottery",
        lotteryslashtheme="birthday",
        lotteryslashticketsPerGuest="4",
    )
    assert "Saved." in saved.text
    assert 'data-theme="birthday"' in saved.html
    assert saved.form("/settings/lottery").values["lottery/ticketsPerGuest"] == ["4"]

    refused = await olga.send(saved, "/settings/lottery", lotteryslashticketsPerGuest="1000")
    assert refused.status == 422
    assert "At most 100." in refused.text

    renamed = await olga.send(saved, "/settings", slashname="Old New Year")
    assert "Old New Year" in renamed.text


async def test_a_new_code_closes_the_old_one(hall: Hall) -> None:
    olga, room_id, code = await hall.evening()

    page = await olga.send(await olga.open(f"/rooms/{room_id}/settings"), "/code")

    assert "There is a new code" in page.text
    assert (await hall.visitor().open(f"/j/{code}")).status == 404


async def test_a_room_is_cancelled_or_deleted_for_everybody(hall: Hall) -> None:
    olga, room_id, code = await hall.evening()
    masha, phone = await hall.guest(code, "Masha")

    await olga.send(await olga.open(f"/rooms/{room_id}/settings"), "/cancel")
    assert "cancelled" in (await masha.open(phone.path)).text
    assert "cancelled" in (await hall.visitor().open(f"/j/{code}")).text

    rooms = await olga.send(await olga.open(f"/rooms/{room_id}/settings"), "/delete")
    assert rooms.path == "/rooms"
    assert (await masha.open(phone.path)).status == 404


async def test_an_application_is_added_and_taken_out(hall: Hall) -> None:
    olga, room_id, _ = await hall.evening()
    page = await olga.open(f"/rooms/{room_id}/apps")
    assert sent_buttons(page).count("apps") >= 1
    add = next(form for form in page.forms if form.values.get("app") == ["notifications"])

    page = await olga.post(add.action, add.values)
    assert page.form("/delegations").values["notifications"] == ["notifications"]

    page = await olga.send(page, "/apps/notifications/remove")
    assert page.form("/delegations").values["notifications"] == [""]
