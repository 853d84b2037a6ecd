"""Separate services on the pages of organizers and admins: applications like any other."""

from __future__ import annotations

from tests.contract.services import manifest
from tests.web.test_admin import act, admin_of
from tests.web.visitor import Hall


async def test_an_organizer_chooses_a_service_as_any_application(hall: Hall) -> None:
    registration = hall.running.host.services.registration
    await registration.register(None, manifest())
    olga = await hall.organizer()
    assert "Tombola" in (await olga.open("/rooms/new")).text
    room_id = await hall.room(olga, "tombola")
    pages = ("", "/apps", "/settings", "/guests", "/prizes/new", "/log")
    for page in pages:
        assert (await olga.open(f"/rooms/{room_id}{page}")).status == 200, page
    assert "Tombola" in (await olga.open(f"/rooms/{room_id}/apps")).text
    other = await hall.room(olga)
    page = await olga.open(f"/rooms/{other}/apps")
    added = await olga.send(page, f"/rooms/{other}/apps", app="tombola")
    assert added.status == 200
    assert "Tombola" in added.text
    await registration.remove(None, "tombola")
    for page in pages:
        assert (await olga.open(f"/rooms/{room_id}{page}")).status == 200, page
    assert "Missing" in (await olga.open(f"/rooms/{room_id}/apps")).text
    assert "Tombola" not in (await olga.open("/rooms/new")).text


async def test_an_admin_switches_a_service_off_and_on_at_once(hall: Hall) -> None:
    ada, host = await admin_of(hall), hall.running
    await host.host.services.registration.register(None, manifest())
    assert "SERVICE" in (await ada.open("/admin/apps/detail?pk=tombola")).html
    page = await act(ada, "apps", "disable-app", "tombola")
    assert "It is off, and its tokens are refused." in page.text
    assert "tombola" not in {one["appId"] for one in await host.nobody.get("/apps")}
    page = await act(ada, "apps", "enable-app", "tombola")
    assert "It is on again." in page.text
    assert "tombola" in {one["appId"] for one in await host.nobody.get("/apps")}
