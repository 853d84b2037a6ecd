"""The lottery's own pages in real browsers: what happens live is what a reload shows."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.conftest import FestoonFactory
from tests.journeys.people import HALL, PHONE, Someone
from tests.servers.festoon import Festoon

if TYPE_CHECKING:
    from playwright.async_api import Browser

EMAIL, PASSWORD = "olga@example.com", "correct horse battery"
SHOWN = """() => {
  const main = document.querySelector("main").cloneNode(true);
  const drum = "[data-live=drum], [data-live=receipt], [data-live=passed]";
  const passing = `[data-connection], [hidden], #hush, ${drum}`;
  for (const chip of main.querySelectorAll(passing)) chip.remove();
  return document.body.classList.contains("night") + main.textContent.replace(/\\s+/g, "");
}"""


class Office:
    """The organizer, who has an open lottery room and no need of a browser."""

    def __init__(self, host: Festoon, settings: dict[str, Any]) -> None:
        self._client = httpx.Client(base_url=f"{host.url}/api/v1", timeout=30)
        account = {"email": EMAIL, "password": PASSWORD, "name": "Olga"}
        token = self._post("/auth/register", account)["accessToken"]
        self._client.headers["Authorization"] = f"Bearer {token}"
        body = {"name": "New Year at Acme", "appId": "lottery", "appSettings": settings}
        self.room = self._post("/rooms", body)
        self.at = f"/rooms/{self.room['id']}"
        self.change("", {"status": "ACTIVE"})

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        return self._client.post(path, json=body).raise_for_status().json()["data"]

    def read(self, path: str) -> Any:
        return self._client.get(self.at + path).raise_for_status().json()["data"]

    def put_up(self, name: str, quantity: int = 1) -> str:
        prize: dict[str, Any] = self._post(
            f"{self.at}/prizes", {"name": name, "quantity": quantity}
        )
        return str(prize["id"])

    def draw(self, count: int = 1) -> list[dict[str, Any]]:
        drawn: list[dict[str, Any]] = self._post(f"{self.at}/draws", {"count": count})
        return drawn

    def change(self, path: str, body: dict[str, Any]) -> None:
        self._client.patch(self.at + path, json=body).raise_for_status()

    def take_back(self, winner: dict[str, Any]) -> None:
        self._client.delete(f"{self.at}/winners/{winner['id']}").raise_for_status()


@pytest.fixture
def host(festoon_process: FestoonFactory) -> Festoon:
    return festoon_process()


async def same_after_a_reload(*people: Someone) -> None:
    async def look(someone: Someone) -> None:
        live: str = await someone.page.evaluate(SHOWN)
        await someone.page.reload()
        await someone.sees("Connected")
        assert await someone.page.evaluate(SHOWN) == live

    await asyncio.gather(*(look(someone) for someone in people))


async def test_what_happens_live_is_what_a_reload_shows(host: Festoon, browser: Browser) -> None:
    office = Office(host, {"onePrizePerPerson": False, "ticketsPerGuest": 3, "suspenseSeconds": 1})
    office.put_up("Hamper", 2)
    phones = {name: await Someone.arrive(browser, host.url, PHONE) for name in ("Ann", "Bo")}
    screen = await Someone.arrive(browser, host.url, HALL)
    await screen.sign_in(EMAIL, PASSWORD)
    await screen.go(f"/apps/lottery{office.at}/screen")
    for name, phone in phones.items():
        await phone.join(office.room["joinCode"], name)
        await phone.sees("Connected")
    await screen.sees("6 tickets in the drum")
    # Who joined is told to phones as a count, at most once a second.
    await asyncio.gather(*(phone.sees("2 guests are here") for phone in phones.values()))
    everyone = [*phones.values(), screen]
    await same_after_a_reload(*everyone)

    office.draw(2)
    await asyncio.gather(*(phone.sees(f"{name}, you won") for name, phone in phones.items()))
    await screen.sees("2 winners · drawn from 6 tickets")
    await same_after_a_reload(*everyone)

    trip = office.put_up("A weekend in Suzdal")
    office.change(f"/prizes/{trip}", {"name": "A week in Suzdal"})
    (winner,) = office.draw()
    name = winner["participant"]["user"]["name"]
    await phones[name].sees("And before: Hamper")
    await screen.sees("Prize 2 of 2 · A week in Suzdal")
    await screen.page.locator("h1", has_text=name).wait_for()
    await same_after_a_reload(*everyone)

    office.take_back(winner)
    await phones[name].page.locator("#won h1", has_text="Hamper").wait_for()
    await screen.sees("Prize 1 of 2 · Hamper")
    await same_after_a_reload(*everyone)
    assert all(someone.troubles == [] for someone in everyone)


async def test_who_did_not_win_learns_who_did_and_stays_in(host: Festoon, browser: Browser) -> None:
    office = Office(host, {"suspenseSeconds": 1})
    office.put_up("Hamper")
    phones = {name: await Someone.arrive(browser, host.url, PHONE) for name in ("Ann", "Bo")}
    for name, phone in phones.items():
        await phone.join(office.room["joinCode"], name)
        await phone.sees("Connected")
    office.put_up("A weekend in Suzdal")
    for phone in phones.values():
        await phone.sees("A weekend in Suzdal")
    (winner,) = office.draw()
    lucky = winner["participant"]["user"]["name"]
    (other,) = (phone for name, phone in phones.items() if name != lucky)
    await other.sees("Drawing…")
    assert lucky not in await other.page.evaluate(SHOWN), "the phone runs ahead of the screen"
    await other.page.locator("#latest", has_text=lucky).wait_for()
    await other.sees("Your ticket stays in the drum.")
    await same_after_a_reload(*phones.values())

    office.take_back(winner)
    await other.page.locator("#latest").wait_for(state="hidden")
    await phones[lucky].sees(f"You’re in, {lucky}")
    await same_after_a_reload(*phones.values())

    office.change("", {"appSettings": {"ticketsPerGuest": 3, "suspenseSeconds": 1}})
    await other.page.get_by_text(re.compile(r"No\. \d{4} · \d{4} · \d{4}")).wait_for()
    office.change("", {"status": "COMPLETED"})
    for phone in phones.values():
        await phone.sees("is over. Here is who won.")
    await same_after_a_reload(*phones.values())


NOTE_WAITS = """{
  const real = window.setTimeout;
  window.waits = [];
  window.setTimeout = (then, ms, ...given) => {
    waits.push(ms);
    return real(then, ms, ...given);
  };
}"""


async def test_who_wants_no_motion_waits_for_none(host: Festoon, browser: Browser) -> None:
    office = Office(host, {"suspenseSeconds": 9})
    office.put_up("Hamper")
    phone = await Someone.arrive(browser, host.url, PHONE)
    await phone.page.add_init_script(NOTE_WAITS)
    await phone.page.emulate_media(reduced_motion="reduce")
    await phone.join(office.room["joinCode"], "Ann")
    await phone.sees("Connected")
    office.draw()
    await phone.sees("Ann, you won")
    waits = await phone.page.evaluate("waits")
    assert waits, "it is seen what a page waits for"
    assert 9000 not in waits
    assert await phone.page.locator("canvas").count() == 0
    assert phone.troubles == []
