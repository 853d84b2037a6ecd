"""An application's own page for its settings, and the form where it has none."""

from __future__ import annotations

import json
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


async def test_beside_a_page_for_some_settings_the_form_has_the_others_and_loses_none() -> None:
    async with running_host(entry_points=APPS) as running:
        hall = Hall(running)
        olga = await hall.organizer()
        room_id = await hall.room(olga, "cabinet", settingsslashdrawer="locked")
        settings, form = f"/rooms/{room_id}/settings", "/settings/cabinet"

        async def answering(app_id: str) -> None:
            page = await olga.open(f"/rooms/{room_id}/apps")
            await olga.send(page, "/delegations", roomSettings=app_id)

        mine, late = await olga.open(settings), await olga.open(settings)
        assert f'href="/apps/cabinet/rooms/{room_id}/drawers"' in mine.html
        assert "Open it slowly." in mine.text
        assert mine.form(form).values["cabinet/drawer"] == ["locked"]
        assert "cabinet/keys" not in mine.form(form).values

        # What the page is for changes meanwhile: by the page, or here by a form that has it all.
        await answering("")
        whole = await olga.open(settings)
        assert "drawers" not in whole.html
        keys = '[{"opens": "the cellar"}]'
        whole = await olga.send(whole, form, cabinetslashkeys=keys)
        assert whole.status == 200, whole.text

        # A form says itself what it left out, whoever answers for settings when it comes in.
        saved = await olga.send(mine, form, cabinetslashdrawer="top")
        assert saved.status == 200, saved.text
        (kept,) = saved.form(form).values["cabinet/keys"]
        assert json.loads(kept) == json.loads(keys)
        told = await olga.send(late, form, cabinetslashdrawer="middle")
        assert told.status == 409
        assert "cabinet/keys" not in told.form(form).values
        saved = await olga.send(told, form)
        assert saved.form(form).values["cabinet/drawer"] == ["middle"]
        assert json.loads(saved.form(form).values["cabinet/keys"][0]) == json.loads(keys)
        for visitor in hall.visitors:
            await visitor.close()
