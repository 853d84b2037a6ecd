"""Questions that are brought and taken along as files; a picture and a sound on a phone."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

from tests.conftest import FestoonFactory
from tests.journeys.people import Someone
from tests.journeys.quizzing import QUESTIONS, Quiz, all_see

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser, FilePayload

FORMS = ("json", "csv", "xlsx", "gift")
# Silence: frames of MPEG 1 layer III with 128 kbit/s at 44.1 kHz.
SOUND = (b"\xff\xfb\x90\x00" + bytes(413)) * 40
SEEN = """() => {
  const picture = document.querySelector(".question-media img");
  return picture !== null && picture.complete && picture.naturalWidth === 160;
}"""
AHEAD = """() => document.querySelector(".question-media img").src.startsWith("blob:")"""
HEARD = """() => {
  const sound = document.querySelector(".question-media audio");
  return sound?.src.startsWith("blob:") && sound.duration > 0.5;
}"""


def _picture() -> bytes:
    """160 by 90, half night and half snow."""

    def chunk(name: bytes, body: bytes) -> bytes:
        sum_ = zlib.crc32(name + body)
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", sum_)

    night, snow = b"\x1b\x26\x4a", b"\xf4\xf6\xfb"
    rows = [b"\0" + (night if y < 45 else snow) * 160 for y in range(90)]
    head = struct.pack(">IIBBBBB", 160, 90, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"".join(rows)))
    return b"\x89PNG\r\n\x1a\n" + parts + chunk(b"IEND", b"")


async def _saved(one: Someone) -> None:
    await one.page.locator("#saved", has_text="Saved").wait_for()


async def _upload(olga: Someone, number: int, file: FilePayload) -> None:
    """Gives a question of the editor a picture or a sound."""
    item = olga.page.locator(".edit-item").nth(number)
    await item.locator(".edit-title").click()
    await item.get_by_role("button", name="Add a picture or a sound").click()
    await item.get_by_label("Upload").set_input_files(file)
    await item.locator("[data-preview] .question-media").wait_for()
    await _saved(olga)


async def test_questions_come_and_go_as_files_and_what_is_uploaded_is_seen_on_phones(
    festoon_process: FestoonFactory, browser: Browser, album: Path | None, tmp_path: Path
) -> None:
    quiz = Quiz(festoon_process(), browser, album, [QUESTIONS[0]])
    olga = await quiz.organizer()
    await olga.go(quiz.at("edit"))
    await olga.sees(QUESTIONS[0]["text"])
    files = []
    for form in FORMS:
        async with olga.page.expect_download() as download:
            await olga.press(f"Export {form.upper()}")
        files.append(tmp_path / f"questions.{form}")
        await (await download.value).save_as(files[-1])
    for number, file in enumerate(files, start=2):
        await olga.page.locator("#import").set_input_files(file)
        await olga.page.locator(".edit-item").nth(number - 1).wait_for()
        await _saved(olga)
        kept = quiz.settings()["questions"]
        assert len(kept) == number
        for name in ("text", "kind", "options", "right"):
            assert kept[-1][name] == QUESTIONS[0][name], file
    await olga.page.locator("#import").set_input_files(
        {"name": "letter.txt", "mimeType": "application/json", "buffer": b"Dear all"}
    )
    await olga.sees("This is no JSON.")
    await quiz.picture("40-imported", desk=True, edit=olga)

    await olga.page.reload()
    await _upload(olga, 0, {"name": "snow.png", "mimeType": "image/png", "buffer": _picture()})
    await _upload(olga, 1, {"name": "hush.mp3", "mimeType": "audio/mpeg", "buffer": SOUND})
    assert [bool(one["media"]) for one in quiz.settings()["questions"]] == [True, True] + [
        False
    ] * 3
    await quiz.look("41-media", desk=True, edit=olga)

    await olga.go(quiz.at("control"))
    screen = await quiz.screen(olga)
    ann = await quiz.player("Ann")
    await ann.sees("You’re in")
    await quiz.step(olga, "start")
    await olga.sees("1 of 1 phone has it")
    await quiz.step(olga, "open")
    await all_see(QUESTIONS[0]["text"], ann, screen)
    for one in (ann, screen):
        await one.page.wait_for_function(SEEN)
    assert await ann.page.evaluate(AHEAD), "it had come with the closed question"
    await quiz.look("42-picture", phone=ann, screen=screen)
    for what in ("close", "reveal", "board", "next"):
        await quiz.step(olga, what)
    await olga.sees("1 of 1 phone has it")
    await quiz.step(olga, "open")
    await ann.page.wait_for_function(HEARD)
    await quiz.picture("43-sound", phone=ann)
    quiz.nobody_in_trouble(but="422")
