"""A quiz evening for browsers: its questions, its organizer, and how each kind is answered."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from tests.journeys.axe import violations
from tests.journeys.people import DESKTOP, HALL, PHONE, Someone
from tests.servers.festoon import Festoon

if TYPE_CHECKING:
    from playwright.async_api import Browser, ViewportSize

EMAIL, PASSWORD = "olga@example.com", "correct horse battery"
QUESTIONS: list[dict[str, Any]] = [
    {
        "text": "Which city rings in the New Year first?",
        "kind": "one",
        "options": ["Auckland", "Kiritimati", "Tokyo", "Sydney"],
        "right": ["Kiritimati"],
    },
    {
        "text": "Which of these are planets?",
        "kind": "several",
        "options": ["Mars", "Moon", "Venus", "Pluto"],
        "right": ["Mars", "Venus"],
    },
    {"text": "The sun is a star.", "kind": "truth", "right": ["true"]},
    {"text": "What is the capital of France?", "kind": "typed", "right": ["Paris"]},
    {"text": "How many days has a leap year?", "kind": "number", "right": ["366"]},
    {
        "text": "From the smallest to the largest",
        "kind": "order",
        "right": ["Mouse", "Cat", "Horse", "Whale"],
    },
    {"text": "Who sings this song?", "kind": "buzzer", "right": ["Nina Simone"]},
    {"text": "What shall we eat next?", "kind": "poll", "options": ["Cake", "More cake"]},
]
CUT_OFF = "[data-connection]:is([data-state=reconnecting], [data-state=offline])"
CALM = """() => new Promise((done) => {
  const still = () => document.getAnimations().every((one) => one.playState !== "running");
  const look = () => (still() ? done() : setTimeout(look, 30));
  look();
})"""
WIDER = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


class Quiz:
    """A room with questions, its organizer on a remote, and everybody's browsers."""

    def __init__(
        self,
        host: Festoon,
        browser: Browser,
        album: Path | None,
        questions: list[dict[str, Any]],
        **settings: Any,
    ) -> None:
        self.host, self._browser, self._album = host, browser, album
        self._client = httpx.Client(base_url=f"{host.url}/api/v1", timeout=30)
        account = {"email": EMAIL, "password": PASSWORD, "name": "Olga"}
        token = self._post("/auth/register", account)["accessToken"]
        self._client.headers["Authorization"] = f"Bearer {token}"
        body = {
            "name": "New Year quiz",
            "appId": "quiz",
            "appSettings": {
                **settings,
                "questions": [{"seconds": 300, **one} for one in questions],
            },
        }
        self.room = self._post("/rooms", body)
        self.room_id: str = self.room["id"]
        self.change({"status": "ACTIVE"})
        self.everyone: list[Someone] = []

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        answer = self._client.post(path, json=body)
        assert answer.is_success, answer.text
        return answer.json()["data"]

    def change(self, body: dict[str, Any]) -> None:
        """PATCH of the room."""
        self._client.patch(f"/rooms/{self.room_id}", json=body).raise_for_status()

    def settings(self) -> Any:
        """The quiz's settings as the server has them."""
        answer = self._client.get(f"/rooms/{self.room_id}").raise_for_status()
        return answer.json()["data"]["appSettings"]

    def at(self, page: str) -> str:
        """The path of one of the quiz's pages."""
        return f"/apps/quiz/rooms/{self.room_id}/{page}"

    async def someone(
        self, viewport: ViewportSize, *, calm: bool = True, scripts: bool = True
    ) -> Someone:
        """A new browser; `calm` for one who wants no motion."""
        one = await Someone.arrive(
            self._browser, self.host.url, viewport, self._album, scripts=scripts
        )
        if calm:
            await one.page.emulate_media(reduced_motion="reduce")
        self.everyone.append(one)
        return one

    async def organizer(self, viewport: ViewportSize = PHONE) -> Someone:
        """Olga, signed in, in front of her room."""
        one = await self.someone(viewport)
        await one.sign_in(EMAIL, PASSWORD)
        return one

    async def screen(self, organizer: Someone) -> Someone:
        """The big screen, opened by the organizer on another machine."""
        one = await self.another(organizer, HALL)
        await one.go(f"/r/{self.room_id}/screen")
        return one

    async def another(
        self, somebody: Someone, viewport: ViewportSize = PHONE, *, scripts: bool = True
    ) -> Someone:
        """Another browser of somebody who is signed in."""
        one = await self.someone(viewport, scripts=scripts)
        await one.page.context.add_cookies(await somebody.page.context.cookies())
        return one

    async def player(self, name: str) -> Someone:
        """Somebody who scanned the code."""
        one = await self.someone(PHONE)
        await one.join(self.room["joinCode"], name)
        await one.page.wait_for_url("**/play")
        return one

    async def step(self, organizer: Someone, what: str) -> None:
        """Presses the largest button, which must be this step, and waits until it was taken."""
        # What is pressed without a connection is refused, and has to be pressed again.
        await organizer.page.locator(CUT_OFF).wait_for(state="detached")
        await organizer.page.locator(f"[data-next={what}]:not([aria-busy])").click()
        await organizer.page.locator(f"[data-next={what}]").wait_for(state="detached")

    async def look(self, stage: str, *, desk: bool = False, **people: Someone) -> None:
        """Looks at pages at one stage: nothing is wider than the page, axe is content; pictures
        if there is an album, with `desk` also of a wide page.
        """
        for surface, one in people.items():
            await one.page.evaluate(CALM)
            assert not await one.page.evaluate(WIDER), f"{surface} is too wide in {stage}"
            assert await violations(one.page) == [], f"{surface} in {stage}"
        await self.picture(stage, desk=desk, **people)

    async def picture(self, stage: str, *, desk: bool = False, **people: Someone) -> None:
        """Only the pictures."""
        for surface, one in people.items():
            if not one.keeps_pictures:
                return
            await one.page.evaluate(CALM)
            await one.picture(f"quiz-{stage}-{surface}")
            if desk:
                before = one.page.viewport_size
                await one.page.set_viewport_size(DESKTOP)
                await one.picture(f"quiz-{stage}-{surface}-wide")
                assert before is not None
                await one.page.set_viewport_size(before)

    def nobody_in_trouble(self, but: str = "\0") -> None:
        """No script failed on any page; what has `but` in it is known."""
        found = [trouble for one in self.everyone for trouble in one.troubles]
        troubles = [trouble for trouble in found if but not in trouble]
        assert not troubles, troubles


async def all_see(text: str, *people: Someone) -> None:
    """Waits until the text is on everybody's page."""
    await asyncio.gather(*(one.sees(text) for one in people))


async def choose(phone: Someone, *texts: str) -> None:
    """Presses options by their texts."""
    for text in texts:
        await phone.page.locator(".choice", has_text=text).first.click()


async def write(phone: Someone, text: str) -> None:
    """Types an answer and sends it."""
    await phone.page.locator("#answer").fill(text)
    await phone.press("Send")


async def put_in_order(phone: Someone, *texts: str) -> None:
    """Moves things up by their buttons until they stand so, and sends them."""
    page = phone.page
    for place, text in enumerate(texts):
        while True:
            now = await page.locator(".ordering-item .choice-text").all_text_contents()
            if now.index(text) == place:
                break
            await page.get_by_role("button", name=f"Move “{text}” up").click()
    await phone.press("This is my order")
