"""Signing in and out, joining by code, and what strangers are told."""

from __future__ import annotations

import re

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from host.store import rooms
from host.testing.host import PASSWORD, running_host
from tests.web.visitor import ORIGIN, Hall


async def test_the_first_page_leads_to_a_room_by_its_code(hall: Hall) -> None:
    _, _, code = await hall.evening()
    visitor = hall.visitor()
    page = await visitor.open("/")

    door = await visitor.send(page, "/join", code=f" {code[:3]}-{code[3:]} ".lower())

    assert door.path == f"/j/{code}"
    assert "New Year at Acme" in door.text


async def test_a_guest_joins_with_just_a_name_and_comes_straight_in_again(hall: Hall) -> None:
    _, room_id, code = await hall.evening()

    masha, page = await hall.guest(code, "Masha")

    assert "You’re in, Masha" in page.text
    again = await masha.open(f"/j/{code}")
    assert again.path == page.path
    assert room_id in page.path


async def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(hall: Hall) -> None:
    _, _, code = await hall.evening()
    visitor = hall.visitor()
    form = (await visitor.open(f"/j/{code}")).form(f"/j/{code}")
    visitor.client.follow_redirects = False

    answer = await visitor.client.post(
        f"/j/{code}", data={**form.values, "name": "Masha"}, headers={"Origin": ORIGIN}
    )

    [cookie] = [
        c for c in answer.headers.get_list("set-cookie") if c.startswith("festoon_session=")
    ]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


async def test_a_name_that_is_none_is_refused_beside_its_field(hall: Hall) -> None:
    _, _, code = await hall.evening()
    visitor = hall.visitor()
    page = await visitor.open(f"/j/{code}")

    refused = await visitor.send(page, f"/j/{code}", name="   ")

    assert refused.status == 422
    assert "This must not be empty." in refused.text
    assert 'aria-invalid="true"' in refused.html


async def test_one_who_is_signed_in_joins_with_one_button(hall: Hall) -> None:
    _, _, code = await hall.evening()
    boris = await hall.organizer("Boris")
    page = await boris.open(f"/j/{code}")

    assert "name" not in page.form(f"/j/{code}").values
    inside = await boris.send(page, f"/j/{code}")

    assert "You’re in, Boris" in inside.text


async def test_an_unknown_code_is_said_where_it_was_typed(hall: Hall) -> None:
    visitor = hall.visitor()

    for path in ("/join?code=NOSUCH", "/j/NOSUCH"):
        page = await visitor.open(path)
        assert page.status == 404
        assert "No room has this code" in page.text


async def test_the_door_says_that_the_room_is_not_open_yet(hall: Hall) -> None:
    olga = await hall.organizer()
    room_id = await hall.room(olga)
    code = await _code(hall, room_id)

    page = await hall.visitor().open(f"/j/{code}")

    assert "The doors are not open yet" in page.text
    assert [form for form in page.forms if form.method == "post"] == []


async def test_a_door_that_closes_while_one_types_says_so(hall: Hall) -> None:
    olga, room_id, code = await hall.evening()
    visitor = hall.visitor()
    page = await visitor.open(f"/j/{code}")
    evening = await olga.open(f"/rooms/{room_id}")
    await olga.send(evening, "/finish")

    late = await visitor.send(page, f"/j/{code}", name="Late")

    assert late.status == 409
    assert "This evening is over" in late.text


async def test_a_refusal_of_the_application_reaches_the_person(hall: Hall) -> None:
    _, _, code = await hall.evening("moody", (), settingsslashregister="no")

    _, refused = await hall.guest(code, "Masha")

    assert refused.status == 409
    assert "Only those with a hat." in refused.text


async def test_a_form_without_its_token_does_nothing(hall: Hall) -> None:
    _, _, code = await hall.evening()
    visitor = hall.visitor()
    await visitor.open(f"/j/{code}")

    refused = await visitor.post(f"/j/{code}", {"name": "Masha"})

    assert refused.status == 403
    assert "Load it again" in refused.text


async def test_sign_in_refuses_without_saying_which_was_wrong_and_keeps_the_address(
    hall: Hall,
) -> None:
    await hall.organizer("Olga")
    visitor = hall.visitor()

    for email in ("olga@example.com", "nobody@example.com"):
        page = await visitor.open("/sign-in")
        refused = await visitor.send(page, "/sign-in", email=email, password="not the password")
        assert refused.status == 401
        assert "The address and the password do not belong together." in refused.text
        assert refused.form("/sign-in").values["email"] == [email]
        assert refused.form("/sign-in").values["password"] == [""]


async def test_signing_in_leads_back_to_where_one_wanted_to_go_and_nowhere_else(
    hall: Hall,
) -> None:
    await hall.organizer("Olga")
    visitor = hall.visitor()
    page = await visitor.open("/rooms/new?app=lottery")
    assert page.path == "/sign-in"

    entered = await visitor.send(page, "/sign-in", email="olga@example.com", password=PASSWORD)
    assert entered.response.url.path == "/rooms/new"

    for lure in ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:1"):
        other = hall.visitor()
        page = await other.open("/sign-in")
        values = {**page.form("/sign-in").values, "next": lure}
        entered = await other.post(
            "/sign-in", {**values, "email": "olga@example.com", "password": PASSWORD}
        )
        assert (entered.response.url.host, entered.path) == ("testserver", "/rooms"), lure


async def test_a_guest_who_makes_an_account_keeps_their_place(hall: Hall) -> None:
    _, _, code = await hall.evening()
    masha, page = await hall.guest(code, "Masha")
    form = await masha.open("/sign-up")
    assert form.form("/sign-up").values["name"] == ["Masha"]

    rooms = await masha.send(
        form, "/sign-up", email="masha@example.com", password="a long enough one"
    )

    assert "New Year at Acme" in rooms.text
    assert (await masha.open(f"/j/{code}")).path == page.path


async def test_a_password_that_is_too_short_is_told_beside_its_field(hall: Hall) -> None:
    visitor = hall.visitor()
    page = await visitor.open("/sign-up")

    refused = await visitor.send(
        page, "/sign-up", name="Olga", email="olga@example.com", password="short"
    )

    assert refused.status == 422
    assert re.search(r"id=\"f-password-error\"", refused.html)
    assert refused.form("/sign-up").values["name"] == ["Olga"]


async def test_signing_out_ends_the_session(hall: Hall) -> None:
    olga = await hall.organizer()
    page = await olga.open("/rooms")

    home = await olga.send(page, "/sign-out")

    assert home.path == "/"
    assert (await olga.open("/rooms")).path == "/sign-in"


@pytest.mark.parametrize("path", ["/nowhere", "/rooms/nothing", "/r/nothing/screen"])
async def test_what_does_not_exist_is_a_page_that_leads_on(hall: Hall, path: str) -> None:
    olga = await hall.organizer()

    page = await olga.open(path)

    assert page.status == 404
    assert "There is nothing here" in page.text
    assert 'href="/rooms"' in page.html


async def test_a_private_room_is_nothing_to_strangers(hall: Hall) -> None:
    _, room_id, _ = await hall.evening()
    stranger = await hall.organizer("Boris")

    for path in (f"/rooms/{room_id}", f"/r/{room_id}", f"/r/{room_id}/screen"):
        assert (await stranger.open(path)).status == 404


async def test_guests_are_told_how_to_become_hosts(hall: Hall) -> None:
    _, _, code = await hall.evening()
    masha, _ = await hall.guest(code, "Masha")

    page = await masha.open("/rooms/new")

    assert page.status == 403
    assert "make an account" in page.text


async def test_files_are_kept_for_ever_by_their_digest_and_asked_for_otherwise(
    hall: Hall,
) -> None:
    visitor = hall.visitor()
    page = await visitor.open("/")
    address = re.search(r"/static/tokens\.css\?v=\w+", page.html)
    assert address is not None

    kept = await visitor.client.get(address[0])
    asked = await visitor.client.get("/static/page.js")

    assert "immutable" in kept.headers["cache-control"]
    assert asked.headers["cache-control"] == "no-cache"


async def _code(hall: Hall, room_id: str) -> str:
    async with hall.running.host.db.read() as conn:
        room = await rooms.get(conn, room_id)
    assert room is not None
    return room.join_code


async def test_a_fault_of_ours_is_a_page_with_the_number_to_find_it_by(hall: Hall) -> None:
    async def broken(request: Request) -> Response:
        raise RuntimeError("the drum is stuck")

    hall.running.host.asgi.router.routes.insert(0, Route("/broken", broken))

    page = await hall.visitor().open("/broken")

    assert page.status == 500
    assert "Something went wrong" in page.text
    assert page.response.headers["x-request-id"] in page.text
    assert "drum" not in page.html


async def test_out_of_reach_of_the_host_a_page_of_ours_stands_in(hall: Hall) -> None:
    visitor = hall.visitor()

    worker = await visitor.client.get("/sw.js")
    page = await visitor.open("/offline")

    assert worker.headers["content-type"].startswith("text/javascript")
    assert worker.headers["cache-control"] == "no-cache"
    assert "This page opens again by itself" in page.text


async def test_a_brand_has_its_name_its_address_and_its_colour(sqlite_url: str) -> None:
    brand = {"name": "Acme Parties", "accent": "#1f4fb8"}
    async with running_host(database_url=sqlite_url, brand=brand) as running:
        hall = Hall(running)
        visitor = hall.visitor()

        page = await visitor.open("/")
        sheet = await visitor.client.get("/brand.css")
        await visitor.close()

    assert "Acme Parties" in page.text
    assert '<link rel="stylesheet" href="/brand.css">' in page.html
    assert "--accent: #1f4fb8" in sheet.text
