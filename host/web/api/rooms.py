"""`/rooms`: rooms, their applications, delegations and events."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request

from host.access import Act, Actor
from host.contract import Capability, JsonObject, RoomStatus
from host.services import Services
from host.services.events import LAST_SEQ
from host.services.room_apps import Delegations
from host.services.rooms import RoomView
from host.store.paging import Page, PageRequest, paged
from host.store.rooms import RoomFilter
from host.web.api.body import NOTHING, Parse, answer
from host.web.api.call import Asked, Call
from host.web.api.query import (
    CURSORS,
    LARGE_LIMIT,
    PAGING,
    SMALL_LIMIT,
    one_of,
    page_request,
    switch,
    whole,
    words,
)

NAME: JsonObject = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": r"\S"}
DESCRIPTION: JsonObject = {"type": ["string", "null"], "maxLength": 5000}
SETTINGS: JsonObject = {"type": "object"}
APP_ID: JsonObject = {"type": "string", "minLength": 1, "maxLength": 64}
INCLUDES = ("participants", "prizes", "winners")

CREATE: JsonObject = {
    "properties": {
        "name": NAME,
        "appId": APP_ID,
        "description": DESCRIPTION,
        "appSettings": SETTINGS,
        "isPublic": {"type": "boolean"},
    },
    "required": ["name", "appId"],
}
CHANGE: JsonObject = {
    "properties": {
        "name": NAME,
        "description": DESCRIPTION,
        "appSettings": SETTINGS,
        "status": {"enum": [status.value for status in RoomStatus]},
        "isPublic": {"type": "boolean"},
    }
}
ADD_APP: JsonObject = {
    "properties": {"appId": APP_ID, "settings": SETTINGS},
    "required": ["appId"],
}
CHANGE_APP: JsonObject = {"properties": {"settings": SETTINGS, "enabled": {"type": "boolean"}}}
DELEGATE: JsonObject = {
    "properties": {
        **{c.value: {"type": ["string", "null"], "maxLength": 64} for c in Capability},
        "fallbacks": {
            "type": "object",
            "properties": {c.value: {"type": "boolean"} for c in Capability},
            "additionalProperties": False,
        },
    }
}


def _includes(text: str) -> list[str]:
    wanted = [part for part in text.split(",") if part]
    if unknown := [part for part in wanted if part not in INCLUDES]:
        raise ValueError(f"cannot include {', '.join(unknown)}; known: {', '.join(INCLUDES)}")
    return wanted


FILTERS: dict[str, Parse] = {
    **PAGING,
    "status": one_of(status.value for status in RoomStatus),
    "appId": words(64),
    "isPublic": switch,
    "createdBy": words(64),
    "q": words(200),
}


async def list_rooms(asked: Asked) -> Any:
    """Public rooms, and for a user also those they are in; newest first."""
    query = asked.query
    filters = RoomFilter(
        status=RoomStatus(query["status"]) if "status" in query else None,
        app_id=query.get("appId"),
        is_public=query.get("isPublic"),
        created_by=query.get("createdBy"),
        text=query.get("q"),
    )
    return await asked.services.rooms.list(asked.actor, filters, page_request(query, SMALL_LIMIT))


async def create_room(asked: Asked) -> Any:
    """Makes a room; the caller becomes its ORGANIZER."""
    return await asked.services.rooms.create(asked.actor, asked.body)


async def get_room(asked: Asked) -> Any:
    """One room, with the first page of what `include` names."""
    room = (await asked.services.rooms.get(asked.actor, asked.room_id)).room
    services, first = asked.services, PageRequest(limit=LARGE_LIMIT)
    lists: dict[str, Callable[..., Awaitable[Page[Any]]]] = {
        "participants": services.participants.list,
        "prizes": services.prizes.list,
        "winners": services.winners.list,
    }
    wanted = asked.query.get("include", [])
    pages = await asyncio.gather(
        *(lists[name](asked.actor, asked.room_id, first) for name in wanted)
    )
    included = {name: page.items for name, page in zip(wanted, pages, strict=True)}
    return answer(room, included=included)


async def get_room_by_code(asked: Asked) -> Any:
    """What the holder of a join code may see of the room."""
    return await asked.services.rooms.by_code(asked.actor, asked.path["join_code"])


async def change_room(asked: Asked) -> Any:
    """Changes a room or its status."""
    return await asked.services.rooms.change(asked.actor, asked.room_id, asked.body, asked.if_match)


async def delete_room(asked: Asked) -> Any:
    """Ends a room for everyone."""
    await asked.services.rooms.delete(asked.actor, asked.room_id, asked.if_match)


async def renew_join_code(asked: Asked) -> Any:
    """Gives the room a new join code; the old one is void."""
    return await asked.services.rooms.renew_join_code(asked.actor, asked.room_id)


async def list_room_apps(asked: Asked) -> Any:
    """The applications of the room."""
    apps = await asked.services.room_apps.list(asked.actor, asked.room_id)
    return paged(apps, page_request(asked.query, SMALL_LIMIT))


async def add_room_app(asked: Asked) -> Any:
    """Switches an application on in the room."""
    return await asked.services.room_apps.add(
        asked.actor, asked.room_id, asked.body["appId"], asked.body.get("settings")
    )


async def change_room_app(asked: Asked) -> Any:
    """Changes an application's settings in the room, or switches it off and on."""
    return await asked.services.room_apps.change(
        asked.actor, asked.room_id, asked.path["app_id"], asked.body
    )


async def remove_room_app(asked: Asked) -> Any:
    """Takes an application out of the room."""
    await asked.services.room_apps.remove(asked.actor, asked.room_id, asked.path["app_id"])


async def get_delegations(asked: Asked) -> Any:
    """Who answers for each capability; null is the platform."""
    found = await asked.services.room_apps.delegations(asked.actor, asked.room_id)
    return _delegations(found)


async def change_delegations(asked: Asked) -> Any:
    """Gives capabilities to applications, or back to the platform."""
    wanted = {name: app for name, app in asked.body.items() if name != "fallbacks"}
    found = await asked.services.room_apps.delegate(
        asked.actor, asked.room_id, wanted, asked.body.get("fallbacks")
    )
    return _delegations(found)


def _delegations(found: Delegations) -> Any:
    return answer(found.as_json(), meta={"fallbacks": [c.value for c in found.fallbacks]})


async def list_events(asked: Asked) -> Any:
    """The durable event log after a seq."""
    return await asked.services.events.log(
        asked.actor,
        asked.room_id,
        asked.query.get("after", 0),
        page_request(asked.query, LARGE_LIMIT),
    )


async def _app_is_there(services: Services, actor: Actor, request: Request) -> None:
    path = request.path_params
    await services.room_apps.get(actor, path["room_id"], path["app_id"])


def _room(result: Any) -> Any:
    return result.room if isinstance(result, RoomView) else result


def _map(result: Any) -> Any:
    return result.as_json() if isinstance(result, Delegations) else result


ROOM = "/rooms/{room_id}"
CALLS = (
    Call("GET", "/rooms", list_rooms, "List rooms", query=FILTERS),
    Call(
        "POST",
        "/rooms",
        create_room,
        "Make a room",
        user=True,
        body=CREATE,
        status=201,
        render=_room,
    ),
    Call("GET", "/rooms/by-code/{join_code}", get_room_by_code, "Find a room by its code"),
    Call("GET", ROOM, get_room, "One room", act=Act.SEE_ROOM, query={"include": _includes}),
    Call(
        "PATCH",
        ROOM,
        change_room,
        "Change a room",
        act=Act.CHANGE_ROOM,
        body=CHANGE,
        body_optional=True,
        render=_room,
    ),
    Call("DELETE", ROOM, delete_room, "Delete a room", act=Act.DELETE_ROOM),
    Call(
        "POST",
        f"{ROOM}/join-code",
        renew_join_code,
        "Renew the join code",
        act=Act.CHANGE_ROOM,
        body=NOTHING,
        body_optional=True,
        render=_room,
    ),
    Call(
        "GET",
        f"{ROOM}/apps",
        list_room_apps,
        "List the room's apps",
        act=Act.MANAGE_APPS,
        query=PAGING,
    ),
    Call(
        "POST",
        f"{ROOM}/apps",
        add_room_app,
        "Switch an app on",
        act=Act.MANAGE_APPS,
        body=ADD_APP,
        status=201,
    ),
    Call(
        "PATCH",
        ROOM + "/apps/{app_id}",
        change_room_app,
        "Change a room's app",
        act=Act.MANAGE_APPS,
        known=_app_is_there,
        body=CHANGE_APP,
        body_optional=True,
    ),
    Call(
        "DELETE",
        ROOM + "/apps/{app_id}",
        remove_room_app,
        "Take an app out",
        act=Act.MANAGE_APPS,
    ),
    Call(
        "GET",
        f"{ROOM}/delegations",
        get_delegations,
        "Who answers for what",
        act=Act.MANAGE_APPS,
    ),
    Call(
        "PUT",
        f"{ROOM}/delegations",
        change_delegations,
        "Change who answers",
        act=Act.MANAGE_APPS,
        body=DELEGATE,
        render=_map,
    ),
    Call(
        "GET",
        f"{ROOM}/events",
        list_events,
        "The event log",
        act=Act.SEE_EVENTS,
        user=True,
        query={**CURSORS, "after": whole(0, LAST_SEQ)},
    ),
)
