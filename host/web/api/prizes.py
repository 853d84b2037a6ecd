"""`/rooms/{id}/prizes`: the fund."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from host.access import Act, Actor
from host.contract import JsonObject, Prize
from host.services import Services
from host.web.api.answers import ASKS, DONE, Many
from host.web.api.body import DESCRIPTION, METADATA, NAME
from host.web.api.call import Asked, Call
from host.web.api.query import LARGE_LIMIT, LISTS, ONE, page_request

IMAGE: JsonObject = {
    "type": ["string", "null"],
    "maxLength": 2000,
    "pattern": "^(https://|http://|/)",
}
QUANTITY: JsonObject = {"type": "integer", "minimum": 1, "maximum": 1_000_000}

PRIZE_FIELDS: JsonObject = {
    "name": NAME,
    "description": DESCRIPTION,
    "imageUrl": IMAGE,
    "quantity": QUANTITY,
    "metadata": METADATA,
}
ADD_PRIZE: JsonObject = {"properties": PRIZE_FIELDS, "required": ["name"]}
CHANGE_PRIZE: JsonObject = {"properties": PRIZE_FIELDS}


async def list_prizes(asked: Asked) -> Any:
    """The prize fund, oldest first."""
    return await asked.services.prizes.list(
        asked.actor,
        asked.room_id,
        page_request(asked.query, LARGE_LIMIT),
        deleted=asked.query.get("includeDeleted", False),
    )


async def add_prize(asked: Asked) -> Any:
    """Adds a prize to the fund."""
    return await asked.services.prizes.create(asked.actor, asked.room_id, asked.body)


async def get_prize(asked: Asked) -> Any:
    """One prize."""
    return await asked.services.prizes.get(
        asked.actor,
        asked.room_id,
        asked.path["prize_id"],
        deleted=asked.query.get("includeDeleted", False),
    )


async def change_prize(asked: Asked) -> Any:
    """Changes a prize."""
    return await asked.services.prizes.change(
        asked.actor, asked.room_id, asked.path["prize_id"], asked.body, asked.if_match
    )


async def delete_prize(asked: Asked) -> Any:
    """Takes a prize out of the fund."""
    await asked.services.prizes.delete(
        asked.actor, asked.room_id, asked.path["prize_id"], asked.if_match
    )


async def _prize_is_there(services: Services, actor: Actor, request: Request) -> None:
    path = request.path_params
    await services.prizes.get(actor, path["room_id"], path["prize_id"], act=Act.CHANGE_PRIZES)


PRIZES = "/rooms/{room_id}/prizes"
CALLS = (
    Call(
        "GET",
        PRIZES,
        list_prizes,
        "List prizes",
        act=Act.SEE_PRIZES,
        query=LISTS,
        answers=Many(Prize),
    ),
    Call(
        "POST",
        PRIZES,
        add_prize,
        "Add a prize",
        act=Act.CHANGE_PRIZES,
        body=ADD_PRIZE,
        status=201,
        answers=Prize,
        refuses=ASKS,
    ),
    Call(
        "GET",
        PRIZES + "/{prize_id}",
        get_prize,
        "One prize",
        act=Act.SEE_PRIZES,
        query=ONE,
        answers=Prize,
    ),
    Call(
        "PATCH",
        PRIZES + "/{prize_id}",
        change_prize,
        "Change a prize",
        act=Act.CHANGE_PRIZES,
        known=_prize_is_there,
        body=CHANGE_PRIZE,
        body_optional=True,
        answers=Prize,
        versioned=True,
        refuses=ASKS,
    ),
    Call(
        "DELETE",
        PRIZES + "/{prize_id}",
        delete_prize,
        "Delete a prize",
        act=Act.CHANGE_PRIZES,
        answers=DONE,
        versioned=True,
    ),
)
