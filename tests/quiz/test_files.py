"""Questions, media, results and certificates over HTTP: for whom, in what form, and what not."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from openpyxl import load_workbook

from festoon_quiz import ahead
from festoon_quiz.exchange import files
from festoon_quiz.media import MOST_BYTES
from festoon_quiz.routes import MOST_FILE
from host.testing import Person, TestHost, running_host

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUESTIONS: list[dict[str, Any]] = [
    {"text": "Which is red?", "kind": "one", "options": ["Topaz", "Garnet"], "right": ["Garnet"]},
    {"text": "How many?", "kind": "number", "options": [], "right": ["12.5"]},
]
SMALL = {
    "image/png": b"\x89PNG\r\n\x1a\n....",
    "image/jpeg": b"\xff\xd8\xff\xe0....",
    "image/gif": b"GIF89a....",
    "image/webp": b"RIFF....WEBPVP8 ",
    "audio/mpeg": b"ID3\x04........",
    "audio/ogg": b"OggS........",
}


class Room:
    """A room with the quiz, and people who fetch and send files there."""

    def __init__(self, host: TestHost, room: dict[str, Any], people: dict[str, Person]) -> None:
        self.host, self.room, self.people = host, room, people

    async def call(
        self, name: str, method: str, path: str, content: bytes = b"", **headers: str
    ) -> httpx.Response:
        """What somebody is answered below the room's pages."""
        token = self.people[name].token
        sent = {key.replace("_", "-"): value for key, value in headers.items()}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        url = f"/apps/quiz/rooms/{self.room['id']}/{path}"
        return await self.host.client.request(method, url, content=content, headers=sent)

    async def statuses(self, method: str, path: str, content: bytes = b"") -> dict[str, int]:
        """The status that each of them gets."""
        return {
            name: (await self.call(name, method, path, content)).status_code for name in self.people
        }

    async def send(self, name: str, action: str, **data: Any) -> dict[str, Any]:
        """An action over a socket."""
        told = await self.host.send(self.people[name], self.room, f"quiz:{action}", data)
        return dict(told)

    async def do(self, what: str) -> dict[str, Any]:
        """What the organizer does at the present step."""
        now = await self.send("organizer", "look")
        return await self.send("organizer", "do", what=what, game=now["game"], step=now["step"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def host() -> AsyncIterator[TestHost]:
    async with running_host() as host:
        yield host


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def quiz(host: TestHost) -> Room:
    """A private room with an organizer, a moderator, a player, and those who are not in it."""
    owner = await host.register("Nina")
    room = await host.room(owner, "quiz", appSettings={"questions": QUESTIONS, "closeEarly": False})
    people = {"organizer": owner, "stranger": await host.guest("Zoe"), "nobody": host.nobody}
    for name, role in (("moderator", "MODERATOR"), ("player", None), ("viewer", "VIEWER")):
        people[name] = await host.guest(name.title())
        part = await host.join(room, people[name])
        if role:
            await owner.patch(f"/rooms/{room['id']}/participants/{part['id']}", {"role": role})
    return Room(host, room, people)


OUTSIDE = {"stranger": 404, "nobody": 303}
"""A private room is not to be found; who is not signed in is asked to be."""
ORGANIZERS = {"moderator": 403, "player": 403, "viewer": 403, **OUTSIDE}


@pytest.mark.parametrize("form", sorted(files.TYPES))
async def test_questions_go_out_and_in_for_the_organizer_alone(quiz: Room, form: str) -> None:
    out = await quiz.call("organizer", "GET", f"export.{form}")
    assert out.status_code == 200
    assert out.headers["content-type"] == files.TYPES[form]
    assert f'filename="questions.{form}"' in out.headers["content-disposition"]
    back = await quiz.call(
        "organizer", "POST", "import", out.content, content_type=files.TYPES[form]
    )
    found = back.json()["data"]
    assert found["problems"] == []
    assert [(one["text"], one["right"]) for one in found["questions"]] == [
        (one["text"], one["right"]) for one in QUESTIONS
    ]
    told = await quiz.statuses("GET", f"export.{form}")
    assert told == {"organizer": 200, **ORGANIZERS}
    told = await quiz.statuses("POST", "import", out.content)
    assert told.pop("nobody") in (303, 401, 403)
    assert told == {"organizer": 200, "moderator": 403, "player": 403, "viewer": 403} | {
        "stranger": 404
    }


@pytest.mark.parametrize(
    ("content", "media_type", "words"),
    [
        (b"", "text/csv", "There is no file"),
        (b"PK\x03\x04nonsense", files.TYPES["xlsx"], "not a workbook"),
        (b'{"questions": 3}', "application/json", "list of questions"),
        (b"\xff\xfe\x00broken", "text/csv", "question"),
        (b"\x00" * 64, "", "braces|between|GIFT|text"),
        (b" " * (MOST_FILE + 1), "text/csv", "too large"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_in_words(
    quiz: Room, content: bytes, media_type: str, words: str
) -> None:
    answer = await quiz.call("organizer", "POST", "import", content, content_type=media_type)
    assert answer.status_code == 422, answer.text
    error = answer.json()["error"]
    assert error["code"] == "VALIDATION_ERROR"
    assert any(word in str(error) for word in words.split("|")), error


async def test_what_a_file_gets_wrong_is_told_beside_its_questions(quiz: Room) -> None:
    table = b"question;kind;option 1;option 2;right\nWhich?;one;Tokyo;Sydney;Paris\n"
    answer = await quiz.call("organizer", "POST", "import", table, content_type="text/csv")
    data = answer.json()["data"]
    assert len(data["questions"]) == 1
    assert "none of the options" in data["problems"][0]
    kept = await quiz.people["organizer"].get(f"/rooms/{quiz.room['id']}")
    assert [one["text"] for one in kept["appSettings"]["questions"]] == [
        one["text"] for one in QUESTIONS
    ], "nothing is saved"


async def test_a_picture_or_sound_is_what_its_content_says_and_belongs_to_its_room(
    quiz: Room, host: TestHost
) -> None:
    made = {}
    for media_type, content in SMALL.items():
        # What the sender says it is does not count.
        answer = await quiz.call("organizer", "POST", "media", content, content_type="text/html")
        assert answer.status_code == 201, answer.text
        made[media_type] = answer.json()["data"]
        kind = "sound" if media_type.startswith("audio/") else "picture"
        assert made[media_type]["type"] == kind
        shown = await quiz.call("player", "GET", f"media/{made[media_type]['id']}")
        assert (shown.content, shown.headers["content-type"]) == (content, media_type)
        assert shown.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in shown.headers["content-security-policy"]
    for content, words in (
        (b"<svg onload=alert(1)>", "no picture"),
        (b"<!doctype html><script>", "no picture"),
        (b"", "no file"),
        (SMALL["image/png"] + bytes(MOST_BYTES), "too large"),
    ):
        answer = await quiz.call("organizer", "POST", "media", content, content_type="image/png")
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")
        assert words in answer.json()["error"]["message"]
    png = SMALL["image/png"]
    told = await quiz.statuses("POST", "media", png)
    assert told.pop("nobody") in (303, 401, 403)
    assert told.pop("organizer") == 201
    assert told == {"moderator": 403, "player": 403, "viewer": 403, "stranger": 404}
    path = f"media/{made['image/png']['id']}"
    inside = {"organizer": 200, "moderator": 200, "player": 200, "viewer": 200}
    assert {k: v for k, v in (await quiz.statuses("GET", path)).items() if k != "nobody"} == {
        **inside,
        "stranger": 404,
    }
    # Its id opens nothing in another room, not even for the same organizer.
    owner = quiz.people["organizer"]
    other = Room(host, await host.room(owner, "quiz"), {"organizer": owner})
    assert (await other.call("organizer", "GET", path)).status_code == 404
    assert (await quiz.call("organizer", "GET", "media/nosuch")).status_code == 404


async def test_a_picture_is_sent_ahead_closed_and_opened_by_the_key_of_its_question(
    quiz: Room, host: TestHost
) -> None:
    owner = quiz.people["organizer"]
    made = await host.room(owner, "quiz")
    player = await host.guest("Vera")
    await host.join(made, player)
    people = {"organizer": owner, "player": player, "stranger": quiz.people["stranger"]}
    room, png = Room(host, made, people), SMALL["image/png"] + bytes(200)
    sent = (await room.call("organizer", "POST", "media", png)).json()["data"]
    question = {**QUESTIONS[0], "media": {"url": sent["url"], "type": "picture", "alt": ""}}
    elsewhere = {**question, "media": {**question["media"], "url": "https://example.org/a.png"}}
    settings = {**made["appSettings"], "questions": [question, elsewhere]}
    await owner.patch(f"/rooms/{made['id']}", {"appSettings": settings})

    ready = await room.do("start")
    path = ready["ahead"].partition(f"{made['id']}/")[2]
    closed = await room.call("player", "GET", path)
    assert (closed.status_code, len(closed.content)) == (200, len(png))
    assert closed.content[:8] != png[:8]
    assert sent["id"] not in str(ready["ahead"]) + ready["sealed"]
    assert (await room.call("stranger", "GET", path)).status_code == 404
    for wrong in ("ahead/nosuch/1", f"{path}9", f"{path}x"):
        assert (await room.call("player", "GET", wrong)).status_code == 404
    opened = await room.do("open")
    assert "ahead" not in opened
    assert ahead.hidden(closed.content, opened["key"]) == png
    for what in ("close", "reveal"):
        await room.do(what)
    assert "ahead" not in await room.do("next"), "what stands elsewhere cannot go ahead"


async def test_results_and_certificates_hold_what_was_revealed_and_no_more(quiz: Room) -> None:
    assert (await quiz.call("organizer", "GET", "certificates/1.json")).status_code == 404
    await quiz.send("player", "look")
    started = await quiz.do("start")
    opened = await quiz.do("open")
    sent = {"game": started["game"], "question": opened["id"], "shown": 0, "pressed": 500}
    assert await quiz.send("player", "answer", answer=1, now=500, **sent) == {"received": True}
    await quiz.do("close")
    for name in ("organizer", "moderator", "player", "viewer"):
        early = await quiz.call(name, "GET", "certificates/1.json")
        assert (early.status_code, early.json()["error"]["code"]) == (404, "NOT_FOUND")
    for table in ("players", "answers", "questions"):
        before = await quiz.call("moderator", "GET", f"results.csv?table={table}")
        assert before.status_code == 200
        assert "Garnet" not in before.text
    await quiz.do("reveal")
    told = await quiz.statuses("GET", "certificates/1.json")
    inside = {"organizer": 200, "moderator": 200, "player": 200, "viewer": 200}
    assert told == {**inside, **OUTSIDE}
    for path in ("results.csv", "results.xlsx"):
        told = await quiz.statuses("GET", path)
        assert told == {"organizer": 200, "moderator": 200, "player": 403, "viewer": 403, **OUTSIDE}
    tables = {
        name: (await quiz.call("organizer", "GET", f"results.csv?table={name}")).text
        for name in ("players", "answers", "questions")
    }
    assert "Player" in tables["players"]
    assert "Garnet" in tables["answers"]
    assert "Garnet" in tables["questions"]
    assert "How many?" not in tables["questions"], "not asked yet"
    book = await quiz.call("organizer", "GET", "results.xlsx")
    assert load_workbook(io.BytesIO(book.content)).sheetnames == ["Players", "Answers", "Questions"]
    for path in ("results.csv?table=nosuch", "results.csv?game=nosuch", "certificates/2.json"):
        assert (await quiz.call("organizer", "GET", path)).status_code == 404
    await quiz.do("finish")
    # Another game begins with nothing; the one that was played can still be asked for.
    await quiz.do("again")
    assert (await quiz.call("player", "GET", "certificates/1.json")).status_code == 404
    kept = f"certificates/1.json?game={started['game']}"
    assert (await quiz.call("player", "GET", kept)).status_code == 200
    kept = f"results.csv?game={started['game']}&table=answers"
    assert "Garnet" in (await quiz.call("organizer", "GET", kept)).text
