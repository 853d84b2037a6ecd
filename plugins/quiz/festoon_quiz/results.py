"""What a game came to, per player and per question, as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from festoon_quiz import games, players
from festoon_quiz.asking import answer_words, question_of
from festoon_quiz.games import TOLD, Game, Round
from festoon_quiz.rules.points import standings
from festoon_quiz.tables import answers

Sheet = tuple[str, list[list[Any]]]


async def sheets(connection: AsyncConnection, game: Game) -> list[Sheet]:
    """Three tables: players, answers, and questions. Only what has been revealed is in them."""
    rounds = [
        one
        for one in await games.rounds_of(connection, game.id)
        if one.closed_at is not None and (one.round < game.round or game.phase in TOLD)
    ]
    seats = {seat.id: seat for seat in await players.everyone(connection, game.room_id)}
    totals = await games.totals_before(connection, game.id, rounds[-1].round + 1 if rounds else 0)
    places = standings({player: totals.get(player, {}).get("points", 0) for player in seats})
    outcomes = [await games.outcome_of(connection, game.id, one.round) for one in rounds]
    people: list[list[Any]] = [["place", "name", "team", "points", "right", "answers", "time (ms)"]]
    people[0] += [f"question {one.position + 1}" for one in rounds]
    for place in places:
        seat, total = seats[place.key], totals.get(place.key, {})
        line: list[Any] = [place.place, seat.name, seat.team or "", place.points]
        line += [total.get("right", 0), total.get("answers", 0), total.get("ms", 0)]
        line += [one["results"].get(seat.id, {}).get("gained", 0) for one in outcomes]
        people.append(line)
    given = await _given(connection, game)
    return [
        ("Players", people),
        ("Answers", _answers(game, rounds, outcomes, seats, given)),
        ("Questions", _questions(game, rounds, outcomes)),
    ]


def _answers(
    game: Game,
    rounds: Sequence[Round],
    outcomes: Sequence[Mapping[str, Any]],
    seats: Mapping[str, players.Seat],
    given: Mapping[tuple[int, str], Any],
) -> list[list[Any]]:
    header = ["question", "name", "answer", "right", "points", "reaction (ms)", "first", "marks"]
    rows: list[list[Any]] = [header]
    for at, outcome in zip(rounds, outcomes, strict=True):
        question = question_of(game, at)
        for player, result in outcome["results"].items():
            if not result["answered"] or player not in seats:
                continue
            words = " | ".join(answer_words(question, given[at.round, player]))
            right = {True: "yes", False: "no", None: ""}[result["right"]]
            rows.append(
                [
                    at.position + 1,
                    seats[player].name,
                    words,
                    right,
                    result["gained"],
                    result["reaction"],
                    "yes" if result["first"] else "",
                    ", ".join(result["marks"]),
                ]
            )
    return rows


def _questions(
    game: Game, rounds: Sequence[Round], outcomes: Sequence[Mapping[str, Any]]
) -> list[list[Any]]:
    rows: list[list[Any]] = [["question", "text", "kind", "right answer", "answered", "right"]]
    for at, outcome in zip(rounds, outcomes, strict=True):
        question = question_of(game, at)
        right = sum(one["right"] is True for one in outcome["results"].values())
        words = " | ".join(outcome["right"])
        rows.append(
            [at.position + 1, question.text, question.kind, words, outcome["answered"], right]
        )
    return rows


async def _given(connection: AsyncConnection, game: Game) -> dict[tuple[int, str], Any]:
    query = sa.select(answers.c.round, answers.c.player_id, answers.c.answer).where(
        answers.c.game_id == game.id
    )
    return {(number, player): answer for number, player, answer in await connection.execute(query)}
