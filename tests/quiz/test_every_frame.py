"""Every frame of two whole games, for everybody: nothing comes too soon, or from the other room."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.quiz.evening import playing
from tests.quiz.recording import Evening, Recorded, too_soon
from tests.realtime.evening import until
from tests.realtime.live import served

OPALS: list[dict[str, Any]] = [
    {
        "text": "Which stone is red?",
        "options": ["Topaz", "Garnet", "Beryl"],
        "right": ["Garnet"],
    },
    {"text": "Who gave the horn of plenty?", "kind": "typed", "right": ["Amalthea"]},
    {"text": "From the sun outwards", "kind": "order", "right": ["Vesta", "Ceres", "Sedna"]},
]
FERNS: list[dict[str, Any]] = [
    {"text": "Which fern climbs?", "options": ["Bracken", "Lygodium"], "right": ["Lygodium"]},
    {"text": "How many chromosomes?", "kind": "number", "right": ["902107354418"]},
    {"text": "Who named it?", "kind": "typed", "right": ["Linnaeus"]},
]
WRONG: list[Any] = ["Topaz", "Europa", ["Sedna", "Vesta", "Ceres"]]
RIGHT: list[Any] = ["Garnet", "amalthéa", ["Vesta", "Ceres", "Sedna"]]
FERN_ANSWERS: list[Any] = ["Lygodium", "902107354417", "Linnaeus"]
ORDERED = '"Vesta","Ceres","Sedna"'
"""As JSON has what is right; the words themselves are in the question."""

LEADING = ("organizer", "moderator")
PLAYING = ("masha", "pip", "oleg")
OTHERS = (*PLAYING, "gone", "viewer", "screen", "stranger")
"""All who hear the room, and may not lead it."""

AFTER = {
    "start": "open",
    "open": "close",
    "close": "reveal",
    "reveal": "board",
    "board": "next",
    "next": "open",
}


async def cast(opals: Recorded, ferns: Recorded) -> None:
    """Everybody there can be in a public room, and the players of a private one."""
    host = opals.game.place.host
    opals.game.lead = await opals.socket("organizer", opals.game.owner)
    await opals.member("moderator", "MODERATOR")
    await opals.member("viewer", "VIEWER")
    for name in (*PLAYING, "gone"):
        await opals.member(name)
    await opals.socket("screen", await host.guest("Hall"))
    stranger = await host.guest("Stranger")
    await opals.socket("stranger", stranger)
    # Nobody's socket is closed by and by; until then it could hear what is told to all.
    nobody = await opals.socket("nobody", host.nobody, listens=False)
    for action in ("look", "do"):
        assert (await nobody.ask(action, what="start"))["code"] == "UNAUTHORIZED"
    ferns.game.lead = await ferns.socket("organizer", ferns.game.owner)
    for name in ("bob", "cat", "dan", "eve"):
        await ferns.member(name)
    outside = await ferns.socket("stranger", stranger, listens=False)
    assert await outside.phone.closed() == 4003, "a private room is not to be found"
    del ferns.people["stranger"]


async def play(opals: Recorded, ferns: Recorded) -> None:
    """Three questions in both rooms at once."""
    evening, one, other = opals.evening, opals.game, ferns.game

    async def both(step: str, what: str) -> None:
        evening.begins(step)
        told = await asyncio.gather(one.do(what), other.do(what))
        assert all("phase" in each for each in told), told
        # The very thing that would be done next, by those who have no more than the code.
        then = AFTER[what]
        assert await opals.refused(OTHERS, then) == {"FORBIDDEN"}
        assert await ferns.refused(["bob"], then) == {"FORBIDDEN"}
        await asyncio.gather(opals.settled(), ferns.settled())

    for number in (1, 2, 3):
        await both(f"ready {number}", "start" if number == 1 else "next")
        for name in PLAYING:
            ready = await opals.people[name].reached("ready", number)
            await opals.people[name].ask("ready", game=ready["game"], question=ready["id"])
        await both(f"open {number}", "open")
        if number == 1:
            seat = (await opals.people["gone"].ask("look"))["me"]["player"]
            kicked = await one.do("kick", player=seat)
            assert kicked["counts"]["players"] == 3, kicked
            await until(lambda: opals.people["gone"].phone.named("quiz:removed"))
        people, at = opals.people, number - 1
        told = await asyncio.gather(
            people["masha"].answer(WRONG[at]),
            people["pip"].answer(RIGHT[at]),
            *(ferns.people[name].answer(FERN_ANSWERS[at]) for name in ("bob", "cat", "dan", "eve")),
        )
        assert told == [{"received": True}] * 6
        for name in ("gone", "viewer", "screen", "moderator", "organizer"):
            assert (await people[name].answer(RIGHT[at], 0))["code"] == "FORBIDDEN"
        await until(lambda: opals.most_answered("screen") == 2)
        await until(lambda: ferns.most_answered("bob") == 4)
        await asyncio.gather(opals.settled(), ferns.settled())
        await both(f"closed {number}", "close")
        assert (await people["masha"].ask("mine"))["code"] == "CONFLICT"
        await both(f"revealed {number}", "reveal")
        assert (await people["masha"].ask("mine"))["right"] is False
        assert (await people["pip"].ask("mine"))["right"] is True
        await both(f"board {number}", "board")
    await both("podium", "next")


def words() -> list[tuple[str, str, tuple[str, ...]]]:
    """What may be known from when on; an answer that was given is one's own."""
    pip, masha = ("pip",), ("masha",)
    texts = [(one["text"], f"open {number}", ()) for number, one in enumerate(OPALS, 1)]
    return [
        *texts,
        ("Garnet", "revealed 1", pip),
        ("Topaz", "revealed 1", masha),
        ("Beryl", "open 1", ()),
        ("Amalthea", "revealed 2", ()),
        ("amalthéa", "revealed 2", pip),
        ("Europa", "revealed 2", masha),
        (ORDERED, "revealed 3", pip),
        ('"Sedna","Vesta","Ceres"', "revealed 3", masha),
        *((word, "open 3", ()) for word in ("Vesta", "Ceres", "Sedna")),
        ("distribution", "revealed 1", ()),
    ]


async def test_every_frame_of_two_games_at_once_comes_in_its_time_and_in_its_room() -> None:
    evening = Evening(["lobby"])
    async with (
        served() as place,
        playing(place, OPALS, closeEarly=False) as one,
        playing(place, FERNS, closeEarly=False) as other,
    ):
        await one.owner.patch(f"/rooms/{one.room['id']}", {"isPublic": True})
        opals, ferns = Recorded(one, evening, "Opalova"), Recorded(other, evening, "Fernando")
        await cast(opals, ferns)
        await play(opals, ferns)
        tapes = opals.tapes
        heard = [tapes[name] for name in OTHERS]
        for tape in heard:
            steps = {one["step"] for one in tape.frames("quiz:phase")}
            assert len(steps) == 17, "three questions of five steps, a removal, the podium"
        assert too_soon([*heard, tapes["nobody"]], evening, words()) == []
        # Who leads is told what is right, and that shows that the search finds it.
        for name in LEADING:
            at = tapes[name].first("Garnet")
            assert at is not None
            assert at <= evening.came("ready 1")
        assert tapes["masha"].first("Garnet") == evening.came("revealed 1")
        assert tapes["nobody"].frames("quiz:phase") == []
        _keys_open_one_question_each(opals)
        _rooms_are_apart(opals, ferns)


def _keys_open_one_question_each(opals: Recorded) -> None:
    evening, tape = opals.evening, opals.tapes["masha"]
    keys = {phase["key"]: phase["id"] for phase in tape.frames("quiz:phase") if phase.get("key")}
    assert len(keys) == 3
    told = [(key, f"open {at}", ()) for at, key in enumerate(keys, 1)]
    assert too_soon(opals.tapes.values(), evening, told) == []
    read = tape.questions()
    assert [read[number]["text"] for number in (1, 2, 3)] == [one["text"] for one in OPALS]
    for question in read.values():
        assert question.keys() == {"id", "kind", "text", "options", "media"}
    assert read[3]["options"] != OPALS[2]["right"], "never shown in the right order"


def _rooms_are_apart(opals: Recorded, ferns: Recorded) -> None:
    def marks(room: Recorded, questions: list[dict[str, Any]]) -> list[str]:
        found = [room.game.room["id"], room.game.room["joinCode"], room.surname]
        for one in questions:
            found += [one["text"], *one.get("options", ()), *one["right"]]
        found += [phase["game"] for phase in room.game.lead.phases]
        return found

    of_ferns = marks(ferns, FERNS)
    of_opals = marks(opals, OPALS)
    never = [(word, "", ()) for word in of_ferns]
    assert too_soon(opals.tapes.values(), opals.evening, never) == []
    never = [(word, "", ()) for word in of_opals]
    assert too_soon(ferns.tapes.values(), opals.evening, never) == []
    for room, name, answered in ((opals, "screen", 2), (ferns, "bob", 4)):
        assert room.most_answered(name) == answered
        assert max(one["players"] for one in room.tapes[name].frames("quiz:count")) == 4
    last = opals.tapes["screen"].frames("quiz:count")[-1]
    assert last["players"] == 3, "who was removed is not counted"
