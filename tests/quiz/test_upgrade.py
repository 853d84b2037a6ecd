"""A room that was made with the quiz's first manifest plays as it is, and can be upgraded."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import orjson

from host.testing import Person
from tests.contract.cast import write
from tests.quiz.evening import Game, Player, playing
from tests.realtime.live import served

FIRST: dict[str, Any] = json.loads(
    Path(__file__).with_name("manifest-0.1.0.json").read_text(encoding="utf-8")
)
"""The manifest of 0.1.0, as it was published."""
READABLE = "Guests can read the questions already."
SETTINGS: dict[str, Any] = {
    "mode": "even",
    "shuffleOptions": False,
    "questions": [
        {
            "text": "Which is red?",
            "kind": "one",
            "options": ["Topaz", "Garnet"],
            "right": ["Garnet"],
            "seconds": 20,
            "points": 100,
        },
        {
            "text": "Who gave the horn?",
            "kind": "typed",
            "options": [],
            "right": ["Amalthea"],
            "seconds": 20,
            "points": 100,
        },
    ],
}


async def made_with_the_first(game: Game) -> None:
    """Turns a room into one that was made under 0.1.0."""
    host, room = game.place.host, game.room
    keep = "INSERT INTO app_versions SELECT 'quiz', '0.1.0', :manifest, created_at"
    await write(
        host,
        f"{keep} FROM app_versions WHERE app_id = 'quiz' LIMIT 1",
        manifest=orjson.dumps(FIRST).decode(),
    )
    await write(
        host,
        "UPDATE room_apps SET manifest_version = '0.1.0', settings = :settings "
        "WHERE room_id = :room",
        settings=json.dumps(SETTINGS),
        room=room["id"],
    )


async def played(game: Game, answers: dict[Player, list[Any]]) -> dict[str, Any]:
    """A whole game; its podium."""
    await game.do("start")
    for number in (1, 2):
        await game.do("open")
        await asyncio.gather(*(player.reached("open", number) for player in answers))
        told = await asyncio.gather(
            *(player.answer(given[number - 1]) for player, given in answers.items())
        )
        assert all(one == {"received": True} for one in told), told
        now = await game.lead.ask("look")
        if now["phase"] == "open":
            await game.do("close")
        await game.do("reveal")
        over: dict[str, Any] = await game.do("next")
    return over


async def test_a_room_of_the_first_manifest_plays_a_game_and_then_is_upgraded() -> None:
    async with served() as place, playing(place, [], closeEarly=False) as game:
        await made_with_the_first(game)
        owner, path = game.owner, f"/rooms/{game.room['id']}"
        room = await owner.get(path)
        assert (room["appManifestVersion"], room["appSettings"]["mode"]) == ("0.1.0", "even")
        masha, oleg = await game.join("Masha"), await game.join("Oleg")
        await _sees_no_right_answer(masha.person, path)
        assert READABLE in await _remote(game)
        answers = {masha: ["Garnet", "amalthea"], oleg: ["Topaz", "amalthéa"]}
        over = await played(game, answers)
        assert over["phase"] == "podium"
        points = [(one["name"], one["points"]) for one in over["top"]]
        assert points == [("Masha", 200), ("Oleg", 100)], "the same for every right answer"

        up = {"targetVersion": "0.2.0"}
        upgraded = await owner.post(f"{path}/upgrade-manifest", up)
        assert upgraded["appManifestVersion"] == "0.2.0"
        settings = upgraded["appSettings"]
        assert settings["mode"] == "even"
        assert [one["right"] for one in settings["questions"]] == [["Garnet"], ["Amalthea"]]
        assert settings["leaderboard"] == "each"
        assert "questions" not in (await masha.person.get(path))["appSettings"]
        assert READABLE not in await _remote(game)
        # What is new can be set now, and what was played is still there.
        await owner.patch(path, {"appSettings": {**settings, "mode": "accuracy", "streaks": True}})
        assert (await game.lead.ask("look"))["top"] == over["top"]
        await game.do("again")
        over = await played(game, answers)
        assert [one["name"] for one in over["top"]] == ["Masha", "Oleg"]


async def _remote(game: Game) -> str:
    headers = {"Authorization": f"Bearer {game.owner.token}"}
    page = f"/apps/quiz/rooms/{game.room['id']}/control"
    return (await game.place.host.client.get(page, headers=headers)).raise_for_status().text


async def _sees_no_right_answer(player: Person, path: str) -> None:
    shown = json.dumps(await player.get(path))
    assert "Garnet" in shown, "0.1.0 shows the options to those in the room"
    assert "Amalthea" not in shown
