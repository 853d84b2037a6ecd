"""Secret Santa in a room: each phone shows one name, nobody else's, and all can be checked."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from festoon_lottery import verify_santa
from festoon_lottery.santa import book, circles
from host.context import Context, make_context
from host.contract import Permission, Role
from host.testing.host import Person, TestHost, running_host
from tests.web.visitor import Hall, Page, Visitor

ALL = frozenset(permission.value for permission in Permission)
NAMES = ("Anna", "Boris", "Vera", "Gleb", "Dasha")
TO = re.compile(r'class="santa-to">([^<]+)<')


class Circle:
    """A room of Secret Santa, its organizer's browser and its guests'."""

    def __init__(self, hall: Hall, olga: Visitor, room_id: str, code: str) -> None:
        self.hall, self.olga, self.room_id, self.code = hall, olga, room_id, code
        self.guests: dict[str, Visitor] = {}
        self.at = f"/apps/lottery/rooms/{room_id}"

    async def come(self, *names: str) -> None:
        for name in names:
            self.guests[name], page = await self.hall.guest(self.code, name)
            assert page.path == f"{self.at}/santa", page.text

    async def lead(self, act: str = "", **fields: str) -> Page:
        page = await self.olga.open(f"{self.at}/santa")
        return await self.olga.send(page, f"/santa/{act}", **fields) if act else page

    async def to(self, name: str) -> str | None:
        found = TO.search((await self.guests[name].open(f"{self.at}/santa")).html)
        return found[1] if found else None

    async def fetch(self, name: str, what: str) -> Any:
        return (await self.guests[name].client.get(f"{self.at}/santa-{what}.json")).json()


@pytest.fixture
async def circle(hall: Hall) -> Circle:
    olga, room_id, code = await hall.evening(settingsslashoutcome="secret-santa")
    made = Circle(hall, olga, room_id, code)
    await made.come(*NAMES)
    return made


async def test_each_phone_shows_one_name_and_the_organizer_sees_none(circle: Circle) -> None:
    page = await circle.lead()
    assert "5 people take part" in page.text
    assert not page.unlabelled
    assert await circle.to("Anna") is None
    page = await circle.lead("apart", apart="Anna, Boris\nVera > Gleb\nNobody, Anna")
    assert "Line 3, “Nobody”: nobody here has this name" in page.text
    two = await asyncio.gather(*(circle.lead("draw") for _ in range(2)))
    assert all("5 people know whom they give to" in one.text for one in two)
    pairs = {name: await circle.to(name) for name in NAMES}
    assert sorted(filter(None, pairs.values())) == sorted(NAMES)
    assert all(name != to for name, to in pairs.items())
    assert (pairs["Anna"], pairs["Boris"]) != ("Boris", "Anna")
    assert pairs["Anna"] != "Boris"
    assert pairs["Boris"] != "Anna"
    assert pairs["Vera"] != "Gleb"
    lead = await circle.lead()
    assert TO.search(lead.html) is None
    assert "santa-pairs" not in lead.html
    # Each checks their own, and no receipt but their own is to be had.
    proof = await circle.fetch("Anna", "proof")
    assert proof["seed"] is None
    assert "sealed" in verify_santa.check(proof)[-1]
    for name in NAMES:
        receipt = await circle.fetch(name, "receipt")
        assert str(pairs[name]) in verify_santa.check_receipt(proof, receipt)
        others = {one for one in NAMES if one not in (name, pairs[name])}
        assert not any(one in str(receipt) for one in others)


async def test_who_leaves_or_comes_late_is_seen_and_nothing_is_drawn_again_in_silence(
    circle: Circle,
) -> None:
    await circle.lead("draw")
    await circle.guests["Gleb"].post(
        f"/r/{circle.room_id}/leave", {"csrf_token": await _token(circle, "Gleb")}
    )
    await circle.come("Zoya")
    lead = await circle.lead()
    assert "Gleb left after the draw" in lead.text
    assert "Zoya came after the draw" in lead.text
    assert (
        "You came after the draw" in (await circle.guests["Zoya"].open(f"{circle.at}/santa")).text
    )
    to = {name: await circle.to(name) for name in NAMES if name != "Gleb"}
    giver = next(name for name in to if to[name] == "Gleb")
    told = await circle.guests[giver].open(f"{circle.at}/santa")
    assert "Gleb is not here any more. Wait with the present" in told.text
    before = await circle.fetch("Anna", "proof")
    refused = await circle.lead("again", reason="  ")
    assert "Say why" in refused.text
    page = await circle.lead()
    twice = [circle.olga.send(page, "/santa/again", reason="Gleb cannot come") for _ in range(2)]
    await asyncio.gather(*twice)
    after = await circle.fetch("Anna", "proof")
    assert (before["round"], after["round"]) == (1, 2)
    assert before["log"][0]["data"]["commitment"] != after["log"][0]["data"]["commitment"]
    anna = await circle.guests["Anna"].open(f"{circle.at}/santa")
    assert "The draw before was called off" in anna.text
    await circle.lead("draw")
    assert "Zoya" in {await circle.to(name) for name in NAMES if name != "Gleb"}
    # All is told in the end, and anybody can draw it again.
    page = await circle.lead("reveal")
    assert "santa-pairs" in page.html
    proof = await circle.fetch("Vera", "proof")
    assert "Drawn again" in verify_santa.check(proof)[-1]
    # The draw that was called off stays to be seen, with the reason.
    off = (await circle.olga.client.get(f"{circle.at}/santa-proof.json?round=1")).json()
    assert off["log"][-1]["data"] == {"reason": "Gleb cannot come"}
    with pytest.raises(verify_santa.Wrong, match="called off"):
        verify_santa.check(off)
    assert (await circle.olga.open(f"{circle.at}/santa-proof.json?round=7")).status == 404


async def _token(circle: Circle, name: str) -> str:
    page = await circle.guests[name].open("/account")
    return page.forms[0].values["csrf_token"][0]


async def test_who_has_no_phone_gets_a_note_and_who_knows_is_counted_and_not_named(
    circle: Circle,
) -> None:
    page = await circle.olga.open(f"{circle.at}/roster")
    page = await circle.olga.send(page, "/roster/look", people="Oma\nOpa")
    await circle.olga.send(page, "/roster/add")
    assert "Draw first" in (await circle.olga.open(f"{circle.at}/santa-notes")).text
    people = {
        name: ident
        for ident, name in re.findall(r'<option value="(\w+)">([^<]+)<', (await circle.lead()).html)
    }
    page = await circle.lead("choose", giver=people["Oma"], receiver=people["Opa"], both="yes")
    assert "Oma and Opa" in page.text
    refused = await circle.lead("choose", giver=people["Oma"], receiver=people["Oma"])
    assert "choose two different people" in refused.text
    page = await circle.lead("draw")
    assert "0 of 7 people know" in page.text
    assert "Not yet on their phones: Anna, Boris, Vera, Gleb, Dasha." in page.text
    token = await _token(circle, "Anna")
    for _ in range(2):
        sent = await circle.guests["Anna"].post(f"{circle.at}/santa/look", {"csrf_token": token})
        assert sent.status == 204
    assert "1 of 7 people know" in (await circle.lead()).text
    notes = await circle.lead("print")
    assert notes.path == f"{circle.at}/santa-notes"
    assert "2 notes to hand out" in notes.text
    found = dict(
        re.findall(r'note-for">For (\w+)<.*?note-secret">(\w+)<', notes.html, flags=re.DOTALL)
    )
    assert set(found) == {"Oma", "Opa"}
    assert (found["Oma"], found["Opa"]) != ("Opa", "Oma")
    by_phone = [await circle.to(name) for name in NAMES]
    assert sorted([*filter(None, by_phone), *found.values()]) == sorted([*NAMES, "Oma", "Opa"])
    assert "3 of 7 people know" in (await circle.lead()).text
    screen = await circle.olga.open(f"{circle.at}/santa-screen")
    assert "3 of 7 know" in screen.text
    assert not any(name in screen.text for name in NAMES)
    # What is printed, and for whom, is the organizer's alone.
    assert (await circle.guests["Boris"].open(f"{circle.at}/santa-notes")).status == 403


async def test_where_nobody_can_be_assigned_it_says_whom_to_free(circle: Circle) -> None:
    lines = "\n".join(f"{giver} > {to}" for giver in ("Anna", "Boris") for to in NAMES[2:])
    await circle.lead("apart", apart=lines)
    await circle.lead("apart", apart="Vera > Anna\nVera > Boris\nVera > Gleb")
    await circle.lead("apart", apart="Anna, Boris")
    page = await circle.lead("draw")
    assert page.status == 409
    assert "Anna may give only to nobody" in page.text
    page = await circle.lead()
    assert "5 people take part" in page.text
    # Taken away again, one after the other, it can be drawn.
    while "/santa/remove" in page.html:
        page = await circle.lead("remove")
    page = await circle.lead("draw")
    assert page.status == 200
    assert "5 people know whom they give to" in page.text


async def test_a_room_for_prizes_has_no_secret_santa(hall: Hall) -> None:
    olga, room_id, code = await hall.evening()
    _, phone = await hall.guest(code, "Anna")
    assert phone.path.endswith("/play")
    for page in ("", "-proof.json", "-receipt.json", "-screen", "-notes", "-verify"):
        assert (await olga.open(f"/apps/lottery/rooms/{room_id}/santa{page}")).status == 404


@pytest.fixture(params=["sqlite", "postgresql"])
async def host(request: pytest.FixtureRequest) -> AsyncIterator[TestHost]:
    url = request.getfixturevalue(f"{request.param}_url")
    async with running_host(database_url=url) as running:
        yield running


async def context(host: TestHost, who: Person, room: dict[str, Any]) -> Context:
    actor = await host.host.services.identity.authenticate(who.token or "")
    view = await host.host.services.rooms.get(actor, room["id"])
    return await make_context(host.host.core, "lottery", ALL, view.room, actor)


async def test_a_killed_draw_goes_on_and_a_forgotten_person_leaves_the_proof_valid(
    host: TestHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    olga, admin = await host.register("Olga"), await host.admin()
    room = await host.room(olga, appSettings={"outcome": "secret-santa"})
    people = [await host.guest(name) for name in NAMES]
    for person in people:
        await host.join(room, person)
    ctx = await context(host, olga, room)
    anna, boris = (await ctx.participants(Role.PARTICIPANT))[:2]
    await circles.add(ctx, [(anna, boris)])

    class Killed(Exception):
        pass

    def dies(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(book, "drawn", dies)
        with pytest.raises(Killed):
            await book.draw(ctx)
    assert (await book.current(ctx)).state is book.State.CLOSED
    found = await asyncio.gather(*(book.draw(ctx) for _ in range(4)))
    assert {one.state for one in found} == {book.State.DRAWN}
    assert len({one.log[2]["hash"] for one in found}) == 1
    held = await admin.get(f"/users/{people[0].id}/export")
    assert held["apps"]["lottery"]["secretSantas"][0]["name"] == "Anna"
    await admin.delete(f"/users/{people[0].id}")
    async with asyncio.timeout(30):
        while (await book.members(ctx, found[0]))[0].name is not None:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert not await circles.pairs(ctx)
    await book.reveal(ctx)
    proof = await book.proof(ctx)
    assert "Drawn again" in verify_santa.check(proof)[-1]
    assert "Anna" not in str(proof)
    log = await olga.get(f"/rooms/{room['id']}/events?limit=100")
    told = [one["data"]["kind"] for one in log if one["event"] == "lottery:santa"]
    assert list(dict.fromkeys(told)) == ["opened", "closed", "assigned", "revealed"]
