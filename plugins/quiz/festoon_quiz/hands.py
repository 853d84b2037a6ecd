"""Raised hands, for the host alone: who was first, and what was said of them."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from festoon_quiz import games
from festoon_quiz.view import View
from host import JsonObject


async def hands_of(connection: AsyncConnection, view: View) -> JsonObject:
    """`{hands: [{player, name, reaction, right}], first: [player]}`, the quickest first."""
    game, at = view.game, view.round
    if at is None:
        return {"hands": [], "first": []}
    outcome = await games.outcome_of(connection, game.id, at.round)
    results = outcome.get("results", {})
    up = [player for player, one in results.items() if one["answered"] and player in view.seats]
    up.sort(key=lambda player: (results[player]["reaction"] or 0, player))
    hands = [
        {
            "player": player,
            "name": view.seats[player].name,
            "reaction": results[player]["reaction"],
            "right": at.judged.get(player),
        }
        for player in up
    ]
    return {"hands": hands, "first": outcome.get("first", [])}
