"""The account's page: who one is, where one is signed in, taking one's data and going."""

from __future__ import annotations

import re

from host.testing.host import PASSWORD
from tests.web.visitor import Hall, Page, Visitor

ANDROID = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"


async def signed_in(hall: Hall, agent: str = ANDROID) -> Visitor:
    """Olga's browser once more, somewhere else."""
    visitor = hall.visitor()
    visitor.client.headers["user-agent"] = agent
    page = await visitor.open("/sign-in")
    await visitor.send(page, "/sign-in", email="olga@example.com", password=PASSWORD)
    return visitor


def ends_session(page: Page) -> str:
    """Where the first button posts that signs out somewhere else."""
    found = re.search(r'action="(/account/sessions/\w{26}/end)"', page.html)
    assert found is not None
    return found[1]


async def test_whoever_is_not_signed_in_is_sent_to_do_so(hall: Hall) -> None:
    page = await hall.visitor().open("/account")
    assert page.path == "/sign-in"


async def test_a_name_is_changed_and_one_that_will_not_do_is_explained_beside_it(
    hall: Hall,
) -> None:
    olga = await hall.organizer()
    page = await olga.send(await olga.open("/account"), "/account", name=" ", avatar="nonsense")
    assert page.status == 422
    assert "This must not be empty." in page.text
    assert "This must be an http or https address." in page.text
    page = await olga.send(page, "/account", name="Olya", avatar="")
    assert "Saved." in page.text
    assert (await olga.open("/rooms")).text.count("Olya") == 1
    assert page.unlabelled == []
    assert len(page.ids) == len(set(page.ids))


async def test_other_devices_are_listed_and_signed_out_one_by_one_or_all(hall: Hall) -> None:
    olga = await hall.organizer()
    phone, tablet = await signed_in(hall), await signed_in(hall, "Mozilla/5.0 (iPad) Safari/604.1")
    page = await phone.open("/account")
    assert "Chrome on Android this one" in page.text
    assert "Safari on iPad" in page.text
    assert "with the password" in page.text
    page = await phone.post(ends_session(page), page.form("/sessions/end").values)
    assert "Signed out there." in page.text
    paths = [(await one.open("/account")).path for one in (olga, tablet)]
    assert sorted(paths) == ["/account", "/sign-in"]
    page = await phone.send(page, "/account/sessions/end")
    assert "All other devices are signed out." in page.text
    assert "Nowhere else." in page.text
    assert (await olga.open("/account")).path == "/sign-in"


async def test_a_new_password_needs_the_old_one(hall: Hall) -> None:
    olga = await hall.organizer()
    phone = await signed_in(hall)
    page = await olga.open("/account")
    wrong = {"password": "not it at all", "newPassword": "another password"}
    page = await olga.send(page, "/account/password", **wrong)
    assert page.status == 422
    assert "This is not your password so far." in page.text
    page = await olga.send(
        page, "/account/password", password=PASSWORD, newPassword="another password"
    )
    assert "The password is changed" in page.text
    assert (await phone.open("/account")).path == "/sign-in"


async def test_ones_data_comes_as_a_file(hall: Hall) -> None:
    olga = await hall.organizer()
    await hall.room(olga)
    answer = await olga.client.get("/account/export")
    assert answer.headers["content-disposition"].startswith('attachment; filename="my-data-')
    assert [room["name"] for room in answer.json()["rooms"]] == ["New Year at Acme"]


async def test_deleting_is_refused_for_whoever_answers_for_a_room_and_then_done(
    hall: Hall,
) -> None:
    olga = await hall.organizer()
    room_id = await hall.room(olga)
    page = await olga.send(await olga.open("/account"), "/account/delete")
    assert page.status == 409
    assert "You answer for “New Year at Acme”." in page.text
    assert f'href="/rooms/{room_id}"' in page.html
    await olga.send(await olga.open(f"/rooms/{room_id}/settings"), f"/rooms/{room_id}/delete")
    page = await olga.send(await olga.open("/account"), "/account/delete")
    assert page.path == "/goodbye"
    assert "Your account is deleted." in page.text
    assert (await olga.open("/account")).path == "/sign-in"


async def test_a_guest_is_told_how_to_stay_and_claims_the_account_with_the_room(
    hall: Hall,
) -> None:
    _, _, code = await hall.evening()
    masha, _ = await hall.guest(code, "Masha")
    page = await masha.open("/account")
    assert "You are here as a guest" in page.text
    page = await masha.open("/sign-up?next=/account")
    page = await masha.send(page, "/sign-up", email="masha@example.com", password=PASSWORD)
    assert page.path == "/account"
    assert "You are here as a guest" not in page.text
    assert "New Year at Acme" in (await masha.open("/rooms")).text


async def test_a_form_of_another_site_changes_nothing(hall: Hall) -> None:
    olga = await hall.organizer()
    for path in ("", "/password", "/delete", "/sessions/end"):
        page = await olga.post(f"/account{path}", {"name": "Mallory"})
        assert page.status == 403
    assert "Olga" in (await olga.open("/account")).text
