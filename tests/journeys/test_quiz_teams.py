"""The settings of a quiz after its room was made, and a game of teams that goes on by itself."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from tests.conftest import FestoonFactory
from tests.journeys.people import PHONE, Someone
from tests.journeys.quizzing import QUESTIONS, Quiz, all_see, choose

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser

ORDER, TRUTH = QUESTIONS[5], QUESTIONS[2]
MORE_THAN = """(seconds) => {
  const [left] = document.querySelectorAll("[data-left]");
  const [minutes, rest] = left.textContent.split(":");
  return (rest === undefined ? Number(minutes) : 60 * minutes + Number(rest)) > seconds;
}"""


async def _sees_why(one: Someone) -> None:
    words = await one.page.locator("noscript .notice").inner_text()
    assert "This page needs JavaScript." in words


async def _settings(quiz: Quiz, olga: Someone) -> None:
    """Changes them with a browser that runs no scripts, beside a second one that is too late."""
    mine = await quiz.another(olga, scripts=False)
    await mine.go(quiz.at("edit"))
    await _sees_why(mine)
    await mine.press("Change the settings")
    late = await quiz.another(olga, scripts=False)
    await late.go(f"/rooms/{quiz.room_id}/settings")
    questions = quiz.settings()["questions"]

    await mine.page.get_by_label("How points are given").select_option("accuracy")
    await mine.page.locator("[name='quiz/teams']").check()
    await mine.page.get_by_label("Names of the teams").fill("Owls\nFoxes")
    await mine.sees("A game that has begun goes on as it began")
    await mine.page.locator("#app-quiz button", has_text="Save").click()
    await mine.sees("Saved.")
    await late.page.get_by_label("Leaderboard").select_option("end")
    await late.page.locator("#app-quiz button", has_text="Save").click()
    await late.sees("Somebody else saved this while you were typing.")
    kept = quiz.settings()
    assert (kept["mode"], kept["teams"], kept["leaderboard"]) == ("accuracy", True, "each")
    assert kept["teamNames"] == ["Owls", "Foxes"]
    assert kept["questions"] == questions
    await olga.go(f"/rooms/{quiz.room_id}/settings")
    await quiz.look("30-settings", desk=True, olga=olga)


async def _besides(olga: Someone, what: str) -> None:
    """Presses something on the remote, once what was pressed before is done."""
    await olga.page.locator("[data-next]:not([aria-busy])").wait_for()
    await olga.page.locator(f"[data-do={what}]").click()


async def _drag(phone: Someone, text: str, onto: str) -> None:
    """Takes a row of a list by its text and lets it go where another one is."""
    page = phone.page
    await page.locator(".ordering").scroll_into_view_if_needed()
    here = await page.locator(".ordering-item", has_text=text).bounding_box()
    there = await page.locator(".ordering-item", has_text=onto).bounding_box()
    assert here is not None
    assert there is not None
    x, start, end = here["x"] + 60, here["y"] + here["height"] / 2, there["y"] + there["height"] / 2
    await page.mouse.move(x, start)
    await page.mouse.down()
    await page.mouse.move(x, end + (4 if end > start else -4), steps=24)
    await page.mouse.up()


async def _arrange(phone: Someone, texts: list[str]) -> None:
    rows = phone.page.locator(".ordering-item .choice-text")
    for place, text in enumerate(texts):
        now = await rows.all_text_contents()
        if now[place] != text:
            await _drag(phone, text, now[place])
    assert await rows.all_text_contents() == texts


async def test_teams_are_chosen_and_the_game_goes_on_by_itself_when_it_is_told_to(
    festoon_process: FestoonFactory, browser: Browser, album: Path | None
) -> None:
    questions = [{**ORDER, "seconds": 30}, TRUTH, TRUTH, TRUTH]
    quiz = Quiz(festoon_process(), browser, album, questions)
    olga = await quiz.organizer()
    await _settings(quiz, olga)
    await olga.go(quiz.at("control"))
    screen = await quiz.screen(olga)

    ann, bo = [await quiz.player(name) for name in ("Ann", "Bo")]
    await all_see("Which team are you in?", ann, bo)
    await quiz.look("31-teams", phone=ann)
    await ann.press("Owls")
    await bo.press("Foxes")
    await ann.sees("Team Owls")
    await bo.sees("Team Foxes")
    await _besides(olga, "lock")
    cy = await quiz.player("Cy")
    await cy.sees("The door is locked")
    await quiz.picture("32-locked", phone=cy)
    plain = await quiz.someone(PHONE, scripts=False)
    await plain.join(quiz.room["joinCode"], "Plain")
    await _sees_why(plain)
    await quiz.picture("33-no-scripts", phone=plain)

    await quiz.step(olga, "start")
    await quiz.step(olga, "open")
    await all_see(ORDER["text"], ann, bo)
    await _besides(olga, "extend")
    await ann.page.wait_for_function(MORE_THAN, arg=30)
    await _besides(olga, "pause")
    await all_see("A short break", ann, bo)
    await quiz.step(olga, "resume")
    await ann.sees(ORDER["text"])
    await _arrange(ann, ORDER["right"])
    await quiz.look("34-dragged", phone=ann)
    await ann.press("This is my order")
    await ann.sees("Your answer is in")

    # From here on nobody presses anything: when all have answered it closes, and is revealed.
    await _besides(olga, "auto")
    await _arrange(bo, ORDER["right"][::-1])
    await bo.press("This is my order")
    await ann.sees("Right!")
    await bo.sees("The right order")
    await _besides(olga, "auto")
    await quiz.step(olga, "board")
    await screen.page.locator(".teams-board li").nth(1).wait_for()
    boards = await screen.page.locator(".teams-board li").all_text_contents()
    assert len(boards) == 2
    assert "Owls" in boards[0], boards
    await quiz.picture("35-teams", screen=screen, phone=ann)

    # It opens by itself, too; and a question may be left out.
    await quiz.step(olga, "next")
    await _besides(olga, "auto")
    await all_see(TRUTH["text"], ann, bo)
    await _besides(olga, "auto")
    await _besides(olga, "skip")
    await olga.sees("Question 3 of 4")
    await quiz.step(olga, "open")
    await choose(ann, "True")
    await choose(bo, "False")
    await quiz.step(olga, "reveal")
    await quiz.step(olga, "board")
    await olga.page.get_by_text("End the quiz now").click()
    await _besides(olga, "finish")
    await ann.sees("1st place")
    await quiz.picture("36-podium", screen=screen, phone=bo)
    async with olga.page.expect_download() as download:
        await olga.press("Results (XLSX)")
    path = await (await download.value).path()
    with zipfile.ZipFile(path) as sheets:
        told = b"".join(sheets.read(name) for name in sheets.namelist()).decode()
    assert all(word in told for word in ("Ann", "Bo", "Owls", ORDER["text"]))
    assert "Cy" not in told
    quiz.nobody_in_trouble(but="409")
