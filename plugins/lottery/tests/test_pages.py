"""The lottery in a real host: its pages, its panel, its draws."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from host.testing import Person, TestHost, running_host

CODE = re.compile(r"[2-9A-HJKMNP-Z]{2}·[2-9A-HJKMNP-Z]{2}")
SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.DOTALL)


@pytest.fixture
async def host() -> AsyncIterator[TestHost]:
    async with running_host() as running:
        yield running


class Evening:
    """An open lottery room, its organizer and its guests."""

    def __init__(self, host: TestHost, organizer: Person, room: dict[str, Any]) -> None:
        self.host = host
        self.organizer = organizer
        self.room = room
        self.prizes: list[dict[str, Any]] = []

    async def come(self, *names: str) -> list[Person]:
        people = [await self.host.guest(name) for name in names]
        for person in people:
            await self.host.join(self.room, person)
        return people

    async def put_up(self, name: str, quantity: int = 1) -> dict[str, Any]:
        body = {"name": name, "quantity": quantity}
        prize: dict[str, Any] = await self.organizer.post(f"/rooms/{self.room['id']}/prizes", body)
        return prize

    async def draw(self, count: int = 1) -> list[dict[str, Any]]:
        drawn: list[dict[str, Any]] = await self.organizer.post(
            f"/rooms/{self.room['id']}/draws", {"count": count}
        )
        return drawn

    async def open(self, page: str, person: Person | None) -> Any:
        headers = {"Authorization": f"Bearer {person.token}"} if person else {}
        address = f"/apps/lottery/rooms/{self.room['id']}/{page}"
        return await self.host.client.get(address, headers=headers)

    async def read(self, page: str, person: Person | None) -> str:
        answer = await self.open(page, person)
        assert answer.status_code == 200, answer.text
        return str(answer.text)


@pytest.fixture
async def evening(host: TestHost) -> Evening:
    organizer = await host.register("Nina")
    room = await host.room(organizer, name="New Year at Acme", appSettings={"ticketsPerGuest": 3})
    return Evening(host, organizer, room)


def words(page: str) -> str:
    """What a reader sees of a page's main part, roughly."""
    main = page.split("<main", 1)[1].split("</main>", 1)[0]
    shown = re.sub(r"<(\w+)[^>]*\shidden>.*?</\1>", " ", main, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", shown).split())


def state(page: str) -> dict[str, Any]:
    (body,) = [body for attributes, body in SCRIPT.findall(page) if 'id="evening"' in attributes]
    found: dict[str, Any] = json.loads(body)
    return found


async def test_a_guest_holds_tickets_whose_numbers_stay(evening: Evening) -> None:
    masha, oleg = await evening.come("Masha", "Oleg")
    assert "No. 0001 · 0002 · 0003" in await evening.read("play", oleg)
    assert "No. 0004 · 0005 · 0006" in await evening.read("play", masha)
    page = words(await evening.read("play", oleg))
    assert "You’re in, Oleg" in page
    assert "No. 0001 · 0002 · 0003" in page


async def test_the_draw_tells_the_winner_and_everyone_else(evening: Evening) -> None:
    people = dict(zip("ABC", await evening.come("Ann", "Bo", "Cy"), strict=True))
    await evening.put_up("A weekend in Suzdal")
    (winner,) = await evening.draw()
    name = winner["participant"]["user"]["name"]
    assert winner["metadata"]["of"] == 9
    assert winner["metadata"]["guests"] == 3
    lucky = people[name[0]]
    shown = CODE.search(await evening.read("play", lucky))
    assert shown, "the winner has a code to show"
    code = shown[0]
    assert code in await evening.read("won", lucky)
    assert code not in json.dumps(
        await evening.organizer.get(f"/rooms/{evening.room['id']}/winners")
    )
    for person in people.values():
        page = await evening.read("play", person)
        if person is lucky:
            assert 'class="phone lottery night"' in page
            assert code in page
            assert f"Ticket {winner['metadata']['ticket']:04d}, drawn" in page
        else:
            assert 'class="phone lottery"' in page
            assert code not in page
            assert code not in await evening.read("won", person)
            assert f"A weekend in Suzdal , won by {name}" in words(page)
    assert name in words(await evening.read("screen", evening.organizer))


async def test_the_ticket_drawn_is_one_that_the_winner_holds(evening: Evening) -> None:
    people = await evening.come(*(f"Guest {n}" for n in range(6)))
    held = {}
    for person in people:
        numbers = re.search(r"No\. ([\d· ]+)", await evening.read("play", person))
        assert numbers
        held[person.name] = {int(number) for number in numbers[1].split(" · ")}
    await evening.put_up("Hamper", quantity=6)
    drawn = await evening.draw(6)
    for winner in drawn:
        assert winner["metadata"]["ticket"] in held[winner["participant"]["user"]["name"]]
    assert len({winner["metadata"]["ticket"] for winner in drawn}) == 6


async def test_too_few_guests_reach_the_organizer_as_a_conflict(evening: Evening) -> None:
    await evening.come("Ann", "Bo", "Cy")
    await evening.put_up("Hamper")
    await evening.draw()
    prize = await evening.put_up("Main prize", quantity=3)
    answer = await evening.organizer.call(
        "POST", f"/rooms/{evening.room['id']}/draws", {"prizeId": prize["id"], "count": 3}
    )
    assert answer.status_code == 409
    error = answer.json()["error"]
    assert error["code"] == "CONFLICT"
    assert error["message"].startswith("Only 2 guests can still win “Main prize”")
    found = await evening.organizer.get(f"/rooms/{evening.room['id']}/winners")
    assert len(found) == 1


async def test_a_prize_taken_back_makes_the_page_a_waiting_page_again(evening: Evening) -> None:
    (masha,) = await evening.come("Masha")
    await evening.put_up("Hamper")
    (winner,) = await evening.draw()
    assert "night" in await evening.read("play", masha)
    await evening.organizer.delete(f"/rooms/{evening.room['id']}/winners/{winner['id']}")
    page = await evening.read("play", masha)
    assert 'class="phone lottery"' in page
    assert "You’re in, Masha" in words(page)
    assert state(page)["wins"] == []


async def test_the_screen_says_how_to_join_and_which_prize_of_how_many(evening: Evening) -> None:
    await evening.come("Masha Karpova")
    await evening.put_up("Hamper")
    await evening.put_up("A weekend in Suzdal")
    page = await evening.read("screen", evening.organizer)
    assert evening.room["joinCode"] in words(page)
    assert 'class="qr"' in page
    assert "3 tickets in the drum" in words(page)
    await evening.draw()
    assert "Prize 1 of 2 · Hamper" in words(await evening.read("screen", evening.organizer))


async def test_the_organizer_sees_what_is_in_the_drum(evening: Evening) -> None:
    await evening.come("Ann", "Bo")
    await evening.put_up("Hamper", quantity=3)
    answer = await evening.host.client.get(
        f"/rooms/{evening.room['id']}",
        headers={"Authorization": f"Bearer {evening.organizer.token}"},
    )
    page = words(answer.text)
    assert "In the drum 6 tickets" in page
    assert "Can still win 2 of 2 guests" in page
    assert "Only 2 guests can still win, and “Hamper” has 3 left." in page


@pytest.mark.parametrize("status", ["COMPLETED", "CANCELLED"])
async def test_an_evening_that_ended_says_so(evening: Evening, status: str) -> None:
    (masha,) = await evening.come("Masha")
    await evening.put_up("Hamper")
    await evening.organizer.patch(f"/rooms/{evening.room['id']}", {"status": status})
    page = words(await evening.read("play", masha))
    assert ("is over" if status == "COMPLETED" else "was cancelled") in page
    assert "Your tickets" not in page
    assert (await evening.open("screen", evening.organizer)).status_code == 200


async def test_strangers_and_rooms_without_the_lottery_find_nothing(evening: Evening) -> None:
    stranger = await evening.host.guest("Stranger")
    for page in ("play", "screen"):
        assert (await evening.open(page, stranger)).status_code == 404
        assert (await evening.open(page, None)).status_code in (302, 303, 401, 404)
    quiz = await evening.host.room(evening.organizer, "quiz")
    elsewhere = Evening(evening.host, evening.organizer, quiz)
    for page in ("play", "screen"):
        assert (await elsewhere.open(page, evening.organizer)).status_code == 404


async def test_a_name_cannot_break_out_of_a_page(evening: Evening) -> None:
    nasty = "</script><script>alert(1)</script>"
    await evening.come(nasty, "Bo")
    await evening.put_up(nasty)
    (winner,) = await evening.draw()
    won = winner["participant"]["user"]["name"] == nasty
    for page in (
        await evening.read("screen", evening.organizer),
        await evening.read("play", evening.organizer),
    ):
        assert "<script>" not in page
        assert state(page)["prizes"][0]["name"] == nasty
        assert (state(page)["wins"][0]["name"] == nasty) is won


async def test_pages_keep_to_the_content_security_policy(evening: Evening) -> None:
    (masha,) = await evening.come("Masha")
    await evening.put_up("Hamper")
    for before in (True, False):
        for page in ("play", "screen"):
            answer = await evening.open(page, evening.organizer if page == "screen" else masha)
            assert "script-src 'self'" in answer.headers["content-security-policy"]
            assert not re.search(r"\s(style|on\w+)=", answer.text)
            for attributes, body in SCRIPT.findall(answer.text):
                assert "src=" in attributes or 'type="application/json"' in attributes, body
        if before:
            await evening.draw()


async def test_every_file_that_a_page_names_is_there(evening: Evening) -> None:
    for page in ("play", "screen"):
        text = await evening.read(page, evening.organizer)
        named = set(re.findall(r'(?:src|href)="(/(?:apps/lottery/)?static/[^"]+)"', text))
        assert any(one.startswith("/apps/lottery/static/") for one in named)
        for address in named:
            assert (await evening.host.client.get(address)).status_code == 200, address
