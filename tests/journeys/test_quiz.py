"""A whole quiz evening in real browsers, on every surface, by hand and by keyboard alone."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest

from tests.conftest import FestoonFactory
from tests.journeys.people import Someone
from tests.journeys.quizzing import CUT_OFF, QUESTIONS, Quiz, all_see, choose, put_in_order, write

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser


RIGHT = re.compile("Right!|You were first!")


async def test_a_whole_evening(
    festoon_process: FestoonFactory, browser: Browser, album: Path | None
) -> None:
    quiz = Quiz(festoon_process(), browser, album, QUESTIONS, mode="accuracy", closeEarly=False)
    olga = await quiz.organizer()
    await olga.go(f"/rooms/{quiz.room_id}")
    await olga.press("Run the quiz")
    screen = await quiz.screen(olga)
    ann, bo, cy = [await quiz.player(name) for name in ("Ann", "Bo", "Cy")]
    await all_see("You’re in", ann, bo, cy)
    await all_see("Cy", screen, olga)
    await olga.sees("3 players are in")
    code = await bo.page.locator(".way-back .code").text_content() or ""
    await quiz.look("1-lobby", olga=olga, screen=screen, phone=ann, desk=True)

    # The second click of a nervous hand finds that the first was enough.
    await olga.page.locator("[data-next=start]").dblclick()
    await all_see("Get ready", ann, bo, cy, screen)
    await olga.sees("3 of 3 phones have it")
    for one in (ann, screen):
        assert "Kiritimati" not in await one.page.content(), "the question waits, closed"
    await quiz.picture("2-ready", olga=olga, screen=screen, phone=ann)
    await quiz.step(olga, "open")
    await all_see("Which city rings", ann, bo, cy, screen)
    await quiz.look("3-open", olga=olga, screen=screen, phone=ann)
    await choose(ann, "Kiritimati")
    await ann.sees("Your answer is in")
    await quiz.picture("4-answered", phone=ann)
    await bo.page.reload()
    await bo.sees("Which city rings")
    await choose(bo, "Kiritimati")
    await ann.page.reload()
    await ann.sees("Your answer is in")
    assert await ann.page.locator(".choice.is-mine").text_content() == "BKiritimati yours"
    dee = await quiz.player("Dee")
    await dee.sees("Which city rings")
    await choose(dee, "Tokyo")
    await screen.sees("3 of 4 answered")
    await olga.page.locator("[data-do=pause]").click()
    await all_see("A short break", ann, cy)
    await screen.sees("Back in a moment")
    await quiz.picture("5-paused", olga=olga, screen=screen, phone=cy)
    await quiz.step(olga, "resume")
    await cy.sees("Which city rings")
    await olga.page.locator("[data-do=extend]").click()
    await quiz.step(olga, "close")
    await cy.sees("Time’s up, no answer")
    await quiz.picture("6-closed", olga=olga, screen=screen, phone=cy)
    await quiz.step(olga, "reveal")
    await all_see("Right!", ann, bo)
    await all_see("Not this time", dee)
    await cy.sees("No answer this time")
    await quiz.look("7-revealed", olga=olga, screen=screen, right=ann, wrong=dee)
    await quiz.step(olga, "board")
    await all_see("You’re 1st of 4", ann, bo)
    await quiz.picture("8-board", olga=olga, screen=screen, phone=ann, desk=True)

    # A dead battery: another phone takes the seat over by its code, points and place with it.
    await bo.page.context.close()
    bo = await quiz.player("Robert")
    await bo.page.get_by_text("Another name, or a seat from before").click()
    await bo.fill("The code of your seat", "AAAAAA")
    await bo.press("Take my seat back")
    await bo.sees("No seat has this code.")
    await bo.fill("The code of your seat", code)
    await bo.press("Take my seat back")
    await bo.sees("You’re 1st of 4")

    # What was counted is taken back, and asked again.
    await olga.page.locator("[data-do=undo]").click()
    await all_see("Get ready", ann, bo, cy, dee, screen)
    await quiz.step(olga, "open")
    await all_see("Which city rings", ann, bo, cy, dee)
    for phone in (ann, bo, cy):
        await choose(phone, "Kiritimati")
    await choose(dee, "Kiritimati")
    await asyncio.gather(*(one.sees("Your answer is in") for one in (ann, bo, cy, dee)))

    await _on(quiz, olga, "Which of these are planets?", ann, bo, cy, dee)
    for phone in (ann, bo, cy):
        await choose(phone, "Mars", "Venus")
        await phone.press("Send my answer")
    await quiz.picture("9-several", phone=dee)
    await asyncio.gather(*(one.sees("Your answer is in") for one in (ann, bo, cy)))

    await olga.page.locator("#people li", has_text="Dee").get_by_role("button").first.click()
    await olga.page.locator(":popover-open").get_by_role("button", name="Take out").click()
    await dee.sees("You are out of this quiz")
    await quiz.picture("10-kicked", phone=dee)

    await _on(quiz, olga, "The sun is a star.", ann, bo, cy)
    await choose(ann, "True")
    await choose(bo, "True")
    await ann.sees("Your answer is in")
    await bo.sees("Your answer is in")
    quiz.host.kill()
    await cy.page.locator(CUT_OFF).wait_for()
    await choose(cy, "False")
    await cy.sees("Your answer is kept")
    await quiz.picture("11-cut-off", phone=cy)
    quiz.host.start()
    await asyncio.gather(*(one.sees("Your answer is in") for one in (ann, bo, cy)))

    await _on(quiz, olga, "What is the capital of France?", ann, bo, cy)
    await quiz.look("11-typed", phone=cy)
    await quiz.picture("11-typed", screen=screen)
    await asyncio.gather(write(ann, " PARIS"), write(bo, "Páris"), write(cy, "London"))
    await asyncio.gather(*(one.sees("Your answer is in") for one in (ann, bo, cy)))

    await _on(quiz, olga, "How many days has a leap year?", ann, bo, cy)
    await asyncio.gather(write(ann, "366"), write(bo, "366.0"), write(cy, "300"))
    await asyncio.gather(*(one.sees("Your answer is in") for one in (ann, bo, cy)))

    await _on(quiz, olga, "From the smallest to the largest", ann, bo, cy)
    await quiz.look("12-order", phone=cy)
    await quiz.picture("12-order", screen=screen)
    for phone in (ann, bo):
        await put_in_order(phone, "Mouse", "Cat", "Horse", "Whale")
    await put_in_order(cy, "Whale", "Horse", "Cat", "Mouse")
    await asyncio.gather(*(one.sees("Your answer is in") for one in (ann, bo, cy)))
    await quiz.step(olga, "close")
    await quiz.step(olga, "reveal")
    await cy.sees("The right order")
    await quiz.picture("13-order-told", screen=screen, phone=cy)

    await quiz.step(olga, "board")
    await quiz.step(olga, "next")
    await quiz.step(olga, "open")
    await all_see("Who sings this song?", ann, bo, cy)
    await quiz.picture("14-buzzer", screen=screen, phone=cy)
    await cy.press("Buzz!")
    await cy.sees("Hand is up")
    # The hand is shown at once, and counts when the server has it.
    await cy.sees("Your answer is in")
    await quiz.step(olga, "close")
    await olga.sees("Hands up, the fastest first")
    await quiz.look("15-hands", olga=olga)
    await quiz.picture("15-hands", screen=screen)
    await olga.press("Right")
    await olga.page.locator(".hand", has_text="right").wait_for()
    await quiz.step(olga, "reveal")
    # A robot presses faster than anybody reads, which may cost it the first place.
    await cy.page.locator("h1", has_text=RIGHT).wait_for()

    await quiz.step(olga, "board")
    await quiz.step(olga, "next")
    await quiz.step(olga, "open")
    await all_see("What shall we eat next?", ann, bo, cy)
    await choose(ann, "More cake")
    await ann.sees("Your answer is in")
    await quiz.step(olga, "close")
    await quiz.step(olga, "reveal")
    await all_see("Thank you", ann)
    await quiz.picture("16-poll-told", screen=screen, phone=ann)
    await quiz.step(olga, "board")
    # Who wants motion holds their breath with the hall; nobody's phone runs ahead of the screen.
    await bo.page.emulate_media(reduced_motion="no-preference")
    await quiz.step(olga, "finish")
    await bo.sees("And the winner is…")
    await all_see("1st place, shared", ann, bo)
    await cy.sees("3rd place")
    await screen.page.locator(".podium-1", has_text="a tie").wait_for()
    steps = await screen.page.locator(".podium-1 strong").all_text_contents()
    assert sorted(steps) == ["Ann", "Bo"]
    await quiz.look("17-podium", olga=olga, screen=screen, phone=ann, desk=True)
    await ann.page.reload()
    await ann.sees("1st place, shared")
    await ann.go(quiz.at("verify?question=2"))
    await ann.sees("This round holds.")
    await quiz.look("18-verify", phone=ann)
    quiz.nobody_in_trouble(but="WebSocket")


async def _on(quiz: Quiz, olga: Someone, text: str, *phones: Someone) -> None:
    """From an open question by all the steps to the next one, which is `text`."""
    for what in ("close", "reveal", "board", "next", "open"):
        await quiz.step(olga, what)
    await all_see(text, *phones)


PRESSES = 60
LISTEN = """() => {
  window.said = [];
  const regions = "[aria-live]:not([aria-live=off]), [role=status], [role=alert]";
  new MutationObserver((changes) => {
    for (const { target } of changes) {
      const at = target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement;
      const region = at?.closest(regions);
      if (region?.textContent) window.said.push(region.textContent);
    }
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""
FOCUSED = "(selector) => document.activeElement?.matches(selector) ?? false"


async def tab_to(one: Someone, selector: str) -> None:
    """Presses Tab until what `selector` names has the focus, as one without a mouse does."""
    await one.page.locator(selector).first.wait_for()
    for _ in range(PRESSES):
        if await one.page.evaluate(FOCUSED, selector):
            return
        await one.page.keyboard.press("Tab")
    pytest.fail(f"the keyboard does not lead to {selector}")


async def by_key(one: Someone, selector: str, key: str = "Enter") -> None:
    await tab_to(one, selector)
    await one.page.keyboard.press(key)


async def test_a_whole_game_by_keyboard_alone(
    festoon_process: FestoonFactory, browser: Browser
) -> None:
    questions = [dict(one) for one in QUESTIONS]
    questions[-1]["seconds"] = 6
    quiz = Quiz(festoon_process(), browser, None, questions, mode="speed")
    olga = await quiz.organizer()
    await olga.go(quiz.at("control"))
    ann = await quiz.player("Ann")
    await ann.sees("You’re in")
    await olga.sees("1 player is in")

    async def step(what: str) -> None:
        await by_key(olga, f"[data-next={what}]:not([aria-busy])")
        await olga.page.locator(f"[data-next={what}]").wait_for(state="detached")

    async def told(text: str | re.Pattern[str]) -> None:
        await ann.page.locator("h1", has_text=text).wait_for()
        assert await ann.page.evaluate(FOCUSED, "h1, #answer"), "one goes on from the new page"

    await step("start")
    for number, question in enumerate(questions):
        await step("open")
        await told(question["text"])
        match question["kind"]:
            case "one":
                await ann.page.keyboard.press("b")
            case "several":
                await by_key(ann, "[data-option='0']", "Space")
                await by_key(ann, "[data-option='2']", "Space")
                await by_key(ann, "[data-send]")
            case "truth":
                await by_key(ann, "[data-option='0']")
            case "typed" | "number":
                await ann.page.keyboard.type(question["right"][0])
                await ann.page.keyboard.press("Enter")
            case "order":
                await _order_by_keys(ann, question["right"])
            case "buzzer":
                await by_key(ann, ".buzzer", "Space")
            case "poll":
                # Nobody answers: the countdown runs out, and leaves a screen reader in peace.
                await ann.page.evaluate(LISTEN)
                await ann.sees("Time’s up, no answer")
                said: list[str] = await ann.page.evaluate("window.said")
                assert said.count("5 seconds left") == 1
                assert len(said) <= 4, said
        # Everybody who plays has answered, or the time is over: it closes by itself.
        await olga.page.locator("[data-next=reveal]").wait_for()
        if question["kind"] == "buzzer":
            await by_key(olga, ".hand .button-main")
            await olga.page.locator(".hand", has_text="right").wait_for()
        await step("reveal")
        await told("What the hall thinks" if question["kind"] == "poll" else RIGHT)
        await step("board")
        await step("next" if number < len(questions) - 1 else "finish")
    await told("1st place")
    quiz.nobody_in_trouble()


async def _order_by_keys(one: Someone, right: list[str]) -> None:
    for place, text in enumerate(right):
        await tab_to(one, f".ordering-move[aria-label='Move “{text}” up']")
        while True:
            now = await one.page.locator(".ordering-item .choice-text").all_text_contents()
            if now.index(text) == place:
                break
            await one.page.keyboard.press("ArrowUp")
    await by_key(one, "[data-send]")


async def test_questions_are_written_and_saved_as_one_goes(
    festoon_process: FestoonFactory, browser: Browser, album: Path | None
) -> None:
    quiz = Quiz(festoon_process(), browser, album, [])
    olga = await quiz.organizer()
    page = olga.page
    await olga.go(f"/rooms/{quiz.room_id}")
    await olga.press("Write questions")
    await olga.sees("No questions yet")
    await quiz.look("20-empty", edit=olga)
    await olga.press("Add a question")
    await olga.sees("Not saved: question 1 is not complete")
    await page.keyboard.type("Which city rings first?")
    for letter, text in zip("ABCD", ("Auckland", "Kiritimati", "Kiritimati", ""), strict=True):
        await olga.fill(f"Option {letter}", text)
    await page.keyboard.press("Tab")
    await olga.sees("There is another option like this.")
    await quiz.look("21-wrong", desk=True, edit=olga)
    await olga.fill("Option C", "Tokyo")
    await olga.sees("Say which option is right.")
    await page.get_by_label("Option B is right").check()
    await _saved(olga)
    assert await page.locator("[data-preview] .choice").count() == 3, "the blank one is left out"
    (kept,) = quiz.settings()["questions"]
    assert kept["options"] == ["Auckland", "Kiritimati", "Tokyo"]
    assert kept["right"] == ["Kiritimati"]

    await page.get_by_role("button", name="Copy: Which city").click()
    await page.locator("textarea").fill("The sun is a star.")
    await page.get_by_label("Kind of answer").select_option("truth")
    await _saved(olga)
    await quiz.picture("22-two", desk=True, edit=olga)
    await page.get_by_role("button", name="Move up: The sun").click()
    await _saved(olga)
    assert [one["kind"] for one in quiz.settings()["questions"]] == ["truth", "one"]
    await page.get_by_role("button", name="Delete: The sun").click()
    await _saved(olga)
    assert [one["kind"] for one in quiz.settings()["questions"]] == ["one"]
    await olga.press("Undo")
    await _saved(olga)
    assert [one["kind"] for one in quiz.settings()["questions"]] == ["truth", "one"]

    # Somebody else was quicker, from another page.
    theirs = {**quiz.settings(), "questions": [{"text": "Theirs?", "kind": "buzzer"}]}
    quiz.change({"appSettings": theirs})
    await page.get_by_role("button", name="Copy: The sun").click()
    await olga.sees("Somebody else changed the questions meanwhile.")
    await quiz.look("23-conflict", edit=olga)
    await olga.press("Take theirs")
    await page.locator("[data-title]", has_text="Theirs?").wait_for()
    await page.reload()
    await page.locator("[data-title]", has_text="Theirs?").wait_for()
    assert all("409" in trouble for trouble in olga.troubles), olga.troubles


async def _saved(one: Someone) -> None:
    await one.page.locator("#saved", has_text="Saved").wait_for()
