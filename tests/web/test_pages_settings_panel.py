"""An application's own page for its settings, and the form where it has none."""

from __future__ import annotations

from importlib.metadata import EntryPoint

from host.apps.discovery import GROUP
from host.testing.host import running_host
from tests.web.visitor import Hall

APPS = [
    EntryPoint("platform", "host.defaults", GROUP),
    EntryPoint("cabinet", "tests.fixtures.cabinet", GROUP),
]


async def test_the_settings_lead_to_the_page_of_the_application_or_are_the_form() -> None:
    async with running_host(entry_points=APPS) as running:
        hall = Hall(running)
        olga = await hall.organizer()
        room_id = await hall.room(olga, "cabinet")
        link = f'href="/apps/cabinet/rooms/{room_id}/drawers"'
        settings = f"/rooms/{room_id}/settings"

        # Whoever does not answer for settings here is not asked where they are.
        delegations = await olga.open(f"/rooms/{room_id}/apps")
        await olga.send(delegations, "/delegations", roomSettings="")
        page = await olga.open(settings)
        assert link not in page.html
        assert page.form("/settings/cabinet").values["cabinet/drawer"] == ["top"]

        delegations = await olga.open(f"/rooms/{room_id}/apps")
        await olga.send(delegations, "/delegations", roomSettings="cabinet")
        page = await olga.open(settings)
        assert link in page.html
        assert "Open the cabinet" in page.text
        assert "The drawer" not in page.text
        assert (await olga.open(f"/apps/cabinet/rooms/{room_id}/drawers")).text == "drawers"

        for drawer in ("bottom", "stuck"):
            sent = {**page.form("/settings/cabinet").values, "cabinet/drawer": drawer}
            page = await olga.post(f"{settings}/cabinet", sent)
            assert page.status == 200, page.text
            assert link not in page.html
            assert page.form("/settings/cabinet").values["cabinet/drawer"] == [drawer]
        for visitor in hall.visitors:
            await visitor.close()
