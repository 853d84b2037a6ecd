"""The organizer's evening, from an empty room to the last prize, and what goes wrong on it."""

from __future__ import annotations

import asyncio
import re

from tests.web.visitor import Hall


async def test_the_next_step_leads_through_the_whole_evening(hall: Hall) -> None:
    olga = await hall.organizer()
    room_id = await hall.room(olga, "moody")
    page = await olga.open(f"/rooms/{room_id}")
    assert "Put up a prize" in page.text

    form = await olga.open(f"/rooms/{room_id}/prizes/new")
    page = await olga.send(form, "/prizes/new", slashname="Sledge")
    assert "1 prize is up" in page.text

    page = await olga.send(page, "/open")
    assert "Let your guests in" in page.text

    code = re.search(r"<p class=\"code\">(\w+)</p>", page.html)
    assert code is not None
    masha, phone = await hall.guest(code[1], "Masha")
    page = await olga.open(f"/rooms/{room_id}")
    assert "Draw “Sledge”" in page.text
    assert "1 guest is in" in page.text

    page = await olga.send(page, "/draw")
    assert "“Sledge” goes to Masha." in page.text
    assert "Finish the evening" in page.text
    assert "Masha, you won" in (await masha.open(phone.path)).text

    page = await olga.send(page, "/finish")
    assert "That was a good one" in page.text
    assert "Thank you" in (await olga.open(f"/r/{room_id}/screen")).text


async def test_settings_that_do_not_fit_stand_beside_their_fields(hall: Hall) -> None:
    olga = await hall.organizer()
    page = await olga.open("/rooms/new?app=lottery")

    refused = await olga.send(
        page,
        "/rooms/new?app=lottery",
        slashname="",
        settingsslashticketsPerGuest="0",
        settingsslashtheme="birthday",
    )

    assert refused.status == 422
    assert re.search(r"id=\"f-name-error\"><p class=\"error\">Please fill this in", refused.html)
    assert re.search(r"ticketsPerGuest-error\"><p class=\"error\">At least 1\.", refused.html)
    assert refused.form("app=lottery").values["settings/theme"] == ["birthday"]


async def test_one_press_draws_once_however_often_it_arrives(hall: Hall) -> None:
    olga, room_id, code = await hall.evening(prizes=("Sledge", "Skates"))
    await asyncio.gather(*(hall.guest(code, name) for name in ("Masha", "Oleg", "Dana")))
    page = await olga.open(f"/rooms/{room_id}")
    form = page.form("/draw")

    answers = await asyncio.gather(*(olga.post(form.action, form.values) for _ in range(3)))
    again = await olga.post(form.action, form.values)

    assert "“Sledge” goes to" in again.text
    assert {answer.status for answer in answers} <= {200, 409}
    page = await olga.open(f"/rooms/{room_id}")
    assert page.html.count('class="winner"') == 1
    assert "Draw “Skates”" in page.text


async def test_one_press_makes_one_room(hall: Hall) -> None:
    olga = await hall.organizer()
    form = (await olga.open("/rooms/new?app=lottery")).form("/rooms/new?app=lottery")
    values = {**form.values, "/name": "Only once"}

    first = await olga.post(form.action, values)
    second = await olga.post(form.action, values)

    assert second.path == first.path
    assert (await olga.open("/rooms")).text.count("Only once") == 1


async def test_a_win_that_is_taken_back_is_told_and_can_be_drawn_again(hall: Hall) -> None:
    olga, room_id, code = await hall.evening("moody")
    masha, phone = await hall.guest(code, "Masha")
    page = await olga.send(await olga.open(f"/rooms/{room_id}"), "/draw")

    page = await olga.send(page, "/revoke")

    assert "Taken back" in page.text
    assert re.search(r"<s>Masha</s> taken back", page.html)
    assert "Draw “Sledge”" in page.text
    assert "you won" not in (await masha.open(phone.path)).text


async def test_a_draw_that_the_application_fails_says_so_and_leads_to_a_way_out(
    hall: Hall,
) -> None:
    olga, room_id, code = await hall.evening("moody", settingsslashdraw="raises")
    await hall.guest(code, "Masha")

    page = await olga.send(await olga.open(f"/rooms/{room_id}"), "/draw")

    assert page.status == 502
    assert "The application did not do its part" in page.text
    assert "Nothing was changed" in page.text
    assert "Draw “Sledge”" in page.text
    assert 'class="winner"' not in page.html


async def test_with_fallback_allowed_the_platform_draws(hall: Hall) -> None:
    olga, room_id, code = await hall.evening("moody", settingsslashdraw="raises")
    await hall.guest(code, "Masha")
    apps = await olga.open(f"/rooms/{room_id}/apps")
    assert apps.form("/delegations").values["winnerSelection"] == ["moody"]

    saved = await olga.send(apps, "/delegations", **{"winnerSelection:fallback": "1"})
    assert saved.form("/delegations").values["winnerSelection:fallback"] == ["1"]
    page = await olga.send(await olga.open(f"/rooms/{room_id}"), "/draw")

    assert "“Sledge” goes to Masha." in page.text


async def test_the_platform_can_be_asked_instead_of_the_application(hall: Hall) -> None:
    olga, room_id, code = await hall.evening("moody", settingsslashdraw="raises")
    await hall.guest(code, "Masha")
    apps = await olga.open(f"/rooms/{room_id}/apps")

    await olga.send(apps, "/delegations", winnerSelection="")
    page = await olga.send(await olga.open(f"/rooms/{room_id}"), "/draw")

    assert "“Sledge” goes to Masha." in page.text


async def test_an_application_that_is_switched_off_is_missed_on_the_page(hall: Hall) -> None:
    olga, room_id, code = await hall.evening()
    _, phone = await hall.guest(code, "Masha")
    assert phone.path.startswith("/apps/lottery/")
    await hall.running.host.registry.quarantine("lottery", "too loud")

    page = await olga.open(f"/rooms/{room_id}")
    apps = await olga.open(f"/rooms/{room_id}/apps")
    masha, platform = await hall.guest(code, "Oleg")

    assert "Holiday Lottery does not work" in page.text
    assert "It failed too often and was taken off." in apps.text
    assert platform.path == f"/r/{room_id}"
    assert "You’re in, Oleg" in platform.text
    assert (await masha.open(phone.path)).status == 404


async def test_every_page_can_be_read_out_and_says_things_once(hall: Hall) -> None:
    olga, room_id, code = await hall.evening("moody", ("Sledge", "Skates"))
    masha, phone = await hall.guest(code, "Masha")
    await olga.send(await olga.open(f"/rooms/{room_id}"), "/draw")
    stranger = hall.visitor()
    pages = [
        *[
            await stranger.open(path)
            for path in ("/", "/sign-in", "/sign-up", "/join", f"/j/{code}")
        ],
        *[await olga.open(path) for path in ("/rooms", "/rooms/new", "/rooms/new?app=lottery")],
        *[
            await olga.open(f"/rooms/{room_id}{below}")
            for below in ("", "/guests", "/apps", "/settings", "/prizes/new")
        ],
        await olga.open(f"/r/{room_id}/screen"),
        await masha.open(phone.path),
    ]

    for page in pages:
        assert page.status == 200, page.path
        assert page.unlabelled == [], page.path
        assert len(page.ids) == len(set(page.ids)), page.path
        shown = re.sub(r"<template.*?</template>", "", page.html, flags=re.DOTALL)
        assert shown.count("<h1") == 1, page.path
        assert '<html lang="en"' in page.html
        assert 'href="#main"' in page.html
        assert "nosniff" in page.response.headers["x-content-type-options"]
        assert "script-src 'self'" in page.response.headers["content-security-policy"]
        assert all("csrf_token" in form.values for form in page.forms if form.method == "post")


async def test_names_that_look_like_markup_stay_names(hall: Hall) -> None:
    olga, room_id, code = await hall.evening("moody", ("<script>alert(1)</script>",))
    masha, phone = await hall.guest(code, "<img src=x onerror=alert(1)>")
    await olga.send(await olga.open(f"/rooms/{room_id}"), "/draw")

    for visitor, path in (
        (olga, f"/rooms/{room_id}"),
        (olga, f"/rooms/{room_id}/guests"),
        (olga, f"/r/{room_id}/screen"),
        (masha, phone.path),
    ):
        page = await visitor.open(path)
        assert "<img src=x" not in page.html
        assert "<script>alert" not in page.html
