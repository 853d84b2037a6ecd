"""The guest list: people without a phone come in by a list, once, and go out again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from festoon_lottery import roster as lists
from festoon_lottery.roster import book
from festoon_lottery.roster.lines import read
from host.context import Context, make_context
from host.contract import Permission
from host.testing.host import Person, TestHost, running_host
from tests.patience import LONG, given
from tests.services import invariants
from tests.web.visitor import Hall

ALL = frozenset(permission.value for permission in Permission)


async def names(hall: Hall, room_id: str) -> list[str]:
    found = await invariants.check(hall.running.host.db, room_id)
    query = sa.text("SELECT id, name FROM users")
    async with hall.running.host.db.read() as connection:
        known = {row.id: row.name for row in await connection.execute(query)}
    return [known[one.user_id] for one in found.living_participants if one.role == "PARTICIPANT"]


async def test_a_list_is_looked_at_added_once_and_taken_back(hall: Hall) -> None:
    olga, room_id, code = await hall.evening()
    await hall.guest(code, "Masha")
    at = f"/apps/lottery/rooms/{room_id}/roster"
    page = await olga.open(at)
    assert "1 with a phone, 0 without" in page.text
    assert not page.unlabelled
    text = "Anna;3;Sales\nBoris\nboris\n;2\nMasha\n<b>Vera</b>"
    looked = await olga.send(page, "/roster/look", people=text)
    assert looked.status == 200
    assert "3 new people" in looked.text
    assert "The same as line 2" in looked.text
    assert "Line 4 · 2" in looked.text.replace("Line 4 2", "Line 4 · 2")
    assert "It has no name" in looked.text
    assert "Perhaps here already" in looked.text
    assert "<b>Vera" not in looked.html
    assert await names(hall, room_id) == ["Masha"]
    # Pressed twice at once, and then once more.
    two = await asyncio.gather(*(olga.send(looked, "/roster/add") for _ in range(2)))
    assert [page.status for page in two] == [200, 200]
    await olga.send(looked, "/roster/add")
    assert await names(hall, room_id) == ["Masha", "Anna", "Boris", "<b>Vera</b>"]
    again = await olga.send(await olga.open(at), "/roster/look", people=text)
    assert "Nobody" in again.text
    assert "On the list already" in again.text
    page = await olga.open(at)
    assert "1 with a phone, 3 without" in page.text
    assert "3 tickets" in page.text
    # One goes, comes back by the list, and then all of the last list go.
    page = await olga.send(page, "/roster/out", person=person_of(page.html, "Anna"))
    assert "1 person taken out again" in page.text
    assert await names(hall, room_id) == ["Masha", "Boris", "<b>Vera</b>"]
    looked = await olga.send(page, "/roster/look", people=text)
    assert "1 new person" in looked.text
    page = await olga.send(looked, "/roster/add", alike="yes")
    assert sorted(await names(hall, room_id)) == ["<b>Vera</b>", "Anna", "Boris", "Masha", "Masha"]
    assert "Somebody of this name came by phone too" in page.text
    page = await olga.send(page, "/roster/out")
    assert sorted(await names(hall, room_id)) == ["<b>Vera</b>", "Boris", "Masha"]


def person_of(html: str, name: str) -> str:
    line = next(one for one in html.split("<li") if f"<strong>{name}</strong>" in one)
    return line.split('name="person" value="')[1].split('"')[0]


async def test_five_thousand_come_in_by_one_press_and_all_of_them_can_win(hall: Hall) -> None:
    olga, room_id, _ = await hall.evening()
    at = f"/apps/lottery/rooms/{room_id}/roster"
    text = "\n".join(f"Гость номер {n};{n % 3 + 1};Отдел {n % 20}" for n in range(5_000))
    looked = await olga.send(await olga.open(at), "/roster/look", people=text)
    assert "5 000 new people" in looked.text
    page = await olga.send(looked, "/roster/add")
    assert "0 with a phone, 5000 without" in page.text
    assert "Page 1 of 50" in page.text
    found = await olga.open(f"{at}?q=номер 4999&who=none")
    assert "Отдел 19" in found.text
    assert len(await names(hall, room_id)) == 5_000
    page = await olga.open(f"/rooms/{room_id}")
    # A machine that is five times slower takes longer for them than a draw has.
    with given(hall.running.host, LONG):
        page = await olga.send(page, "/draw")
    assert page.status == 200
    assert "Гость номер" in page.text
    more = await olga.send(await olga.open(at), "/roster/look", people=text + "\nOne more")
    assert more.status == 422
    assert "in parts" in more.text


async def test_files_come_into_the_field_by_themselves(hall: Hall) -> None:
    olga, room_id, code = await hall.evening()
    masha, _ = await hall.guest(code, "Masha")
    at = f"/apps/lottery/rooms/{room_id}/roster"
    token = (await olga.open(at)).form("/roster/look").values["csrf_token"][0]
    headers = {"Origin": "http://testserver", "X-CSRF-Token": token}
    sent = await olga.client.post(f"{at}/read", content="Anna;3".encode("utf-16"), headers=headers)
    assert sent.json() == {"data": {"text": "Anna;3"}}
    wrong = await olga.client.post(f"{at}/read", content=b"PK\x03\x04", headers=headers)
    assert wrong.status_code == 422
    assert "Save it as .xlsx" in wrong.json()["error"]["message"]
    # Who only takes part sees nothing of the list.
    assert (await masha.open(at)).status == 403


@pytest.fixture(params=["sqlite", "postgresql"])
async def host(request: pytest.FixtureRequest) -> Any:
    url = request.getfixturevalue(f"{request.param}_url")
    async with running_host(database_url=url) as running:
        yield running


async def context(host: TestHost, who: Person, room: dict[str, Any]) -> Context:
    actor = await host.host.services.identity.authenticate(who.token or "")
    view = await host.host.services.rooms.get(actor, room["id"])
    return await make_context(host.host.core, "lottery", ALL, view.room, actor)


async def test_what_a_crash_left_half_done_is_finished_by_whoever_looks_next(
    host: TestHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    olga = await host.register("Olga")
    room = await host.room(olga)
    ctx = await context(host, olga, room)
    lines = read("Anna;3\nBoris\nVera").lines

    class Killed(Exception):
        pass

    async def dies(*_: object) -> None:
        raise Killed

    # Written on the list, and not in the room yet; in the room, and not noted on the list.
    for where in ("finish", "_note"):
        with monkeypatch.context() as patched:
            patched.setattr(book, where, dies)
            with pytest.raises(Killed):
                await book.add(ctx, lines)
    assert await lists.phoneless(ctx) == frozenset()
    await asyncio.gather(*(lists.finish(ctx) for _ in range(3)))
    people = await ctx.participants()
    assert [one.user.name for one in people] == ["Olga", "Anna", "Boris", "Vera"]
    assert people[1].metadata == {"lottery:tickets": 3}
    assert await lists.phoneless(ctx) == {one.id for one in people[1:]}
    anna = (await book.listed(ctx))[0]
    with monkeypatch.context() as patched:
        patched.setattr(book, "finish", dies)
        with pytest.raises(Killed):
            await book.take_out(ctx, ident=anna.id)
    await lists.finish(ctx)
    assert [one.user.name for one in await ctx.participants()] == ["Olga", "Boris", "Vera"]
    assert people[1].id not in await lists.phoneless(ctx)
    await invariants.check(host.host.db, room["id"])


async def test_the_list_knows_of_a_person_what_they_may_know_and_forgets_it(
    host: TestHost,
) -> None:
    olga, admin = await host.register("Olga"), await host.admin()
    room = await host.room(olga)
    ctx = await context(host, olga, room)
    await book.add(ctx, read("Anna;3;Sales\nBoris").lines)
    anna = next(one for one in await ctx.participants() if one.user.name == "Anna")
    held = await admin.get(f"/users/{anna.user_id}/export")
    (told,) = held["apps"]["lottery"]["guestLists"]
    assert (told["name"], told["note"], told["tickets"]) == ("Anna", "Sales", 3)
    await admin.delete(f"/users/{anna.user_id}")
    async with asyncio.timeout(30):
        while len(await book.listed(ctx)) > 1:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert [one.name for one in await book.listed(ctx)] == ["Boris"]


async def test_whom_the_room_does_not_take_stands_on_the_list_with_the_reason(
    host: TestHost,
) -> None:
    olga = await host.register("Olga")
    room = await host.room(olga)
    await olga.patch(f"/rooms/{room['id']}/door", {"nicknames": {"words": ["oaf"]}})
    ctx = await context(host, olga, room)
    await book.add(ctx, read("Anna\nAn oaf").lines)
    assert [one.refused and one.refused[:24] for one in await book.listed(ctx)] == [
        None,
        "The organizer does not w",
    ]
    await olga.patch(f"/rooms/{room['id']}/door", {"nicknames": None})
    await book.add(ctx, read("An oaf").lines)
    assert len(await lists.phoneless(ctx)) == 2
