"""What phones, the screen and the host's remote ask for, and what they are answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from festoon_quiz import organizing, players
from festoon_quiz.games import ASKED_ROUND, PODIUM
from festoon_quiz.live import Live
from festoon_quiz.person import note_left
from festoon_quiz.players import Comer, Seat
from festoon_quiz.sitting import Sitting
from festoon_quiz.view import View, mine, score, whole
from host import (
    ClientMessage,
    Conflict,
    Forbidden,
    JsonObject,
    Role,
    Room,
    RoomStatus,
    ValidationFailed,
    iso,
)

LEADS = (Role.ORGANIZER, Role.MODERATOR, Role.ADMIN)
_SHARED = ("mode", "leaderboard", "counts", "streaks", "teams", "automatic", "closeEarly")

Answer = JsonObject
Handler = Callable[[Live, Room, ClientMessage], Awaitable[Answer]]


async def answer(live: Live, room: Room, message: ClientMessage) -> Answer:
    """The answer to an action; every refusal is a `FestoonError` in words."""
    handler = ACTIONS.get(message.action)
    if handler is None:
        text = f"One of {', '.join(ACTIONS)}."
        raise ValidationFailed("The quiz has no such action.", {"action": [text]})
    return await handler(live, room, message)


async def _look(live: Live, room: Room, message: ClientMessage) -> Answer:
    view = await live.view()
    sitting = Sitting()
    if _role(message) is Role.PARTICIPANT:
        open_room = room.status is RoomStatus.ACTIVE
        sitting = await live.sit(replace(_comer(message), may_sit=open_room))
    return await _seen(live, message, view, sitting)


async def _seen(live: Live, message: ClientMessage, view: View, sitting: Sitting) -> Answer:
    seat, role = sitting.seat, _role(message)
    settings = _settings(live, view)
    removed = seat is not None and seat.removed
    data = whole(view) | {
        "role": role.value if role else None,
        "me": None if seat is None or removed else _me(view, sitting),
        "removed": removed,
        "settings": {name: settings.get(name) for name in _SHARED}
        | {"teamNames": teams_of(settings)},
        "now": iso(live.ctx.now()),
    }
    tally = await live.tally()
    if role in LEADS or live.ctx.settings.get("counts", "all") == "all":
        data["counts"] = tally.counts()
    data["names"] = tally.names
    if role in LEADS:
        data["host"] = await organizing.host_part(live.ctx, view)
    return data


def _me(view: View, sitting: Sitting) -> JsonObject:
    seat = sitting.seat
    assert seat is not None
    return {
        "player": seat.id,
        "name": seat.name,
        "team": seat.team,
        "code": seat.code,
        **score(view, seat),
        "ready": sitting.ready,
        "answered": sitting.answered,
        "answer": sitting.answer,
        "result": mine(view, seat),
    }


async def _clock(live: Live, room: Room, message: ClientMessage) -> Answer:
    # The four timestamps: the phone's sending and receiving, and ours, on the host's clock.
    wall, clock = live.ctx.now().timestamp(), live.ctx.clock()
    received = wall - (clock - message.arrived)
    return {
        "sent": message.data.get("sent"),
        "received": round(received * 1000, 3),
        "answered": round(wall * 1000, 3),
    }


async def _ready(live: Live, room: Room, message: ClientMessage) -> Answer:
    view = await live.view()
    if not _is_present(view, message.data):
        # The question is another one by now; the phone will hear of it.
        return {}
    sitting = await live.sit(_playing(room, message))
    await live.ready(message, view, _seat(sitting).id)
    return {}


async def _answer(live: Live, room: Room, message: ClientMessage) -> Answer:
    _playing(room, message)
    game, number = message.data.get("game"), _round(message.data)
    if not isinstance(game, str):
        raise ValidationFailed("Which game?", {"game": ["The id of the game."]})
    await live.answer(message, game, number, message.data.get("answer"))
    return {"received": True}


async def _mine(live: Live, room: Room, message: ClientMessage) -> Answer:
    sitting = await live.sit(_playing(room, message))
    view = await live.view()
    seat = _seat(sitting)
    if message.data.get("game", view.game.id) != view.game.id:
        raise Conflict("This game is over.")
    found = mine(view, seat)
    if found is None:
        if view.game.phase == PODIUM:
            return {"answered": False, "right": None, "gained": 0} | score(view, seat)
        raise Conflict("The answer has not been revealed yet.")
    return found


async def _team(live: Live, room: Room, message: ClientMessage) -> Answer:
    seat = _seat(await live.sit(_playing(room, message)))
    teams = teams_of(_settings(live, await live.view()))
    async with live.ctx.database().write() as connection:
        seat = await players.join_team(connection, seat, message.data.get("team"), teams)
    return await _me_now(live, message, seat)


async def _rename(live: Live, room: Room, message: ClientMessage) -> Answer:
    seat = _seat(await live.sit(_playing(room, message)))
    blocked = live.ctx.settings.get("blockedWords", ())
    async with live.ctx.database().write() as connection:
        seat = await players.rename(connection, seat, message.data.get("name"), blocked)
    return await _me_now(live, message, seat)


async def _take_seat(live: Live, room: Room, message: ClientMessage) -> Answer:
    _playing(room, message)
    live.guesses.count(message.user_id, live.ctx.clock())
    async with live.ctx.database().write() as connection:
        left = partial(note_left, connection, now=live.now)
        seat = await players.take_over(
            connection, room.id, message.user_id, message.data.get("code"), left
        )
    return await _me_now(live, message, seat)


async def _me_now(live: Live, message: ClientMessage, seat: Seat) -> Answer:
    live.people_changed()
    sitting = await live.sit(_comer(message))
    return _me(await live.view(), sitting)


async def _do(live: Live, room: Room, message: ClientMessage) -> Answer:
    if _role(message) not in LEADS:
        raise Forbidden("Only who leads the game can do this.")
    if room.status is not RoomStatus.ACTIVE:
        raise Conflict("Open the room first: a game is played in a room that is open.")
    what = message.data.get("what")
    view = await live.act(what if isinstance(what, str) else "", message.data)
    if what == "kick":
        await organizing.tell_removed(live.ctx, message.data.get("player"))
    return await _seen(live, message, view, Sitting())


def _settings(live: Live, view: View) -> Mapping[str, Any]:
    """Those that the game began with; before it begins, those of the room."""
    return view.game.settings or live.ctx.settings


def teams_of(settings: Mapping[str, Any]) -> list[str]:
    """The teams that there are to choose from; none where people play for themselves."""
    return list(settings.get("teamNames", ())) if settings.get("teams", False) else []


def _role(message: ClientMessage) -> Role | None:
    return message.participant.role if message.participant else None


def _comer(message: ClientMessage) -> Comer:
    assert message.participant is not None
    return Comer(message.user_id, message.participant.user.name)


def _playing(room: Room, message: ClientMessage) -> Comer:
    if _role(message) is not Role.PARTICIPANT:
        raise Forbidden("Only those who take part can play; you are here to watch or to lead.")
    if room.status is not RoomStatus.ACTIVE:
        raise Conflict("This room is not open for playing.")
    return _comer(message)


def _seat(sitting: Sitting) -> Seat:
    if sitting.seat is None:
        raise Conflict("The game is locked: nobody new can come in now.")
    if sitting.seat.removed:
        raise Forbidden("You were taken out of this game.")
    return sitting.seat


def _round(data: Mapping[str, Any]) -> int:
    text = data.get("question")
    if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    raise ValidationFailed("Which question?", {"question": ["Its id, from `quiz:phase`."]})


def _is_present(view: View, data: Mapping[str, Any]) -> bool:
    return (
        data.get("game") == view.game.id
        and data.get("question") == str(view.game.round)
        and view.game.phase in ASKED_ROUND
    )


ACTIONS: Mapping[str, Handler] = {
    "look": _look,
    "clock": _clock,
    "ready": _ready,
    "answer": _answer,
    "mine": _mine,
    "team": _team,
    "rename": _rename,
    "seat": _take_seat,
    "do": _do,
}
