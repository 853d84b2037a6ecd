"""A game as it is told: the data of `quiz:phase`, and where everybody stands.

What was right, what others answered and who gained what is read only in phases in which
everybody may know it; so nothing that is made of a view can tell it too soon.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from festoon_quiz import ahead, games, players
from festoon_quiz.asking import headline, question_of
from festoon_quiz.games import BOARD, CLOSED, OPEN, PODIUM, READY, REVEALED, TOLD, Game, Round
from festoon_quiz.players import Seat
from festoon_quiz.rules.points import Standing, standings, team_standings
from festoon_quiz.rules.questions import Question
from host import JsonObject, iso

TOP = 10
ASKED = (READY, OPEN, CLOSED, REVEALED, BOARD)


@dataclass(frozen=True)
class View:
    """One step of a game, read once in a process. `totals` and `outcome` hold what may be known."""

    game: Game
    round: Round | None = None
    question: Question | None = None
    seats: Mapping[str, Seat] = field(default_factory=dict)
    """Of all who play, read where standings are shown."""
    totals: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    outcome: Mapping[str, Any] = field(default_factory=dict)
    places: Mapping[str, Standing] = field(default_factory=dict)

    @property
    def points_shown(self) -> bool:
        """Whether places may be known: at the end only, where the room wants that."""
        return self.game.phase == PODIUM or self.game.settings.get("leaderboard", "each") == "each"


async def read(connection: AsyncConnection, game: Game, known: View | None = None) -> View:
    """The view of a game at its step. `known` is an earlier one.

    While a question is asked nobody's points change, so opening it waits for nothing that was
    read before.
    """
    at = None
    if game.round:
        at = await games.round_of(connection, game.id, game.round)
    if at is None:
        return View(game)
    told = game.phase in TOLD
    if (
        known is not None
        and not told
        and known.game.phase not in TOLD
        and (known.game.id, known.game.round) == (game.id, game.round)
    ):
        return replace(known, game=game, round=at, question=question_of(game, at))
    # While a question runs, what counts is the question before.
    upto = game.round + 1 if told else game.round
    totals = await games.totals_before(connection, game.id, upto)
    outcome: Mapping[str, Any] = {}
    if told and not at.void:
        outcome = await games.outcome_of(connection, game.id, game.round)
    seats = {seat.id: seat for seat in await players.everyone(connection, game.room_id)}
    scores = {player: totals.get(player, {}).get("points", 0) for player in seats}
    places = {one.key: one for one in standings(scores)} if scores else {}
    return View(game, at, question_of(game, at), seats, totals, outcome, places)


def phase_data(view: View) -> JsonObject:
    """The data of the event `quiz:phase`: what everybody in the room may know."""
    game, at, question = view.game, view.round, view.question
    data: JsonObject = {
        "game": game.id,
        "number": game.number,
        "step": game.step,
        "phase": game.phase,
        "paused": game.paused,
        "auto": game.auto,
        "locked": game.locked,
        "question": None,
    }
    if at is None or question is None:
        return data
    if game.phase in ASKED:
        data["question"] = headline(game, at, question)
        data["id"] = at.id
    if game.phase == READY:
        data["sealed"] = at.sealed
        if url := ahead.address(game, at, question):
            data["ahead"] = url
    if game.phase == OPEN:
        data |= _opened(game, at)
    if game.phase == REVEALED:
        data |= _revealed(view)
    if game.phase in (BOARD, PODIUM):
        data |= board(view)
    return data


def whole(view: View) -> JsonObject:
    """The same for who has missed what came before: with the sealed question, and its key."""
    data = phase_data(view)
    game, at = view.game, view.round
    if at is not None and game.phase in ASKED:
        data["sealed"] = at.sealed
        if game.phase != READY:
            data["key"] = at.key
    return data


def _opened(game: Game, at: Round) -> JsonObject:
    data: JsonObject = {"key": at.key, "opensAt": moment(at.opens_at)}
    if game.paused:
        return data | {"closesAt": None, "left": game.left_ms}
    return data | {"closesAt": moment(at.closes_at)}


def _revealed(view: View) -> JsonObject:
    outcome, question = view.outcome, view.question
    assert question is not None
    names = [view.seats[one].name for one in outcome.get("first", ()) if one in view.seats]
    # Of raised hands the first counts as first once the host found it right.
    if question.kind == "buzzer":
        results = outcome.get("results", {})
        names = [
            view.seats[one].name
            for one in outcome.get("first", ())
            if one in view.seats and results.get(one, {}).get("right")
        ]
    if question.kind == "poll":
        names = []
    return {
        "right": outcome.get("right", []),
        "distribution": outcome.get("distribution", []),
        "first": names,
        "tie": len(names) > 1,
        "answered": outcome.get("answered", 0),
        "players": len(view.seats),
    }


def board(view: View) -> JsonObject:
    """The leaderboard: the first ten, and the teams by the mean of their members."""
    results = view.outcome.get("results", {})
    top = []
    for one in list(view.places.values())[:TOP]:
        seat = view.seats[one.key]
        top.append(
            {
                "player": seat.id,
                "place": one.place,
                "name": seat.name,
                "team": seat.team,
                "points": one.points,
                "gained": results.get(seat.id, {}).get("gained", 0),
                "tie": one.tie,
            }
        )
    return {"top": top, "teams": _teams(view), "players": len(view.seats)}


def _teams(view: View) -> list[JsonObject]:
    if not view.game.settings.get("teams", False):
        return []
    scores = {player: one.points for player, one in view.places.items()}
    teams = {seat.id: seat.team for seat in view.seats.values()}
    return [
        {"place": one.place, "name": one.key, "points": one.points, "tie": one.tie}
        for one in team_standings(scores, teams)
    ]


def mine(view: View, seat: Seat) -> JsonObject | None:
    """A player's own result of the last question; None before it was revealed."""
    if view.game.phase not in TOLD or not view.outcome:
        return None
    result = view.outcome["results"].get(seat.id)
    if result is None:
        result = {"answered": False, "right": None, "gained": 0, "reaction": None, "marks": []}
        result |= {"first": False, "tie": False, "bonus": 0}
    hidden = ("low", "high")
    return {k: v for k, v in result.items() if k not in hidden} | score(view, seat)


def score(view: View, seat: Seat) -> JsonObject:
    """Points, place and streak of a player, as far as they may know them."""
    one, total = view.places.get(seat.id), view.totals.get(seat.id, {})
    shown = view.points_shown
    return {
        "points": total.get("points", 0),
        "place": one.place if one is not None and shown else None,
        "tiedPlace": one.tie if one is not None and shown else False,
        "of": len(view.places),
        "streak": total.get("streak", 0),
    }


def moment(milliseconds: int | None) -> str | None:
    """Milliseconds since 1970 as the wire writes times."""
    return None if milliseconds is None else iso(datetime.fromtimestamp(milliseconds / 1000, UTC))
