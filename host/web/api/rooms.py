"""`/rooms`: rooms, their applications, delegations and events."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from host.access import Act
from host.apps.states import AppState
from host.contract import JsonObject, Participant, Prize, Room, RoomStatus, Winner
from host.errors import AppPermissionDenied
from host.services.events import LAST_SEQ
from host.services.rooms import RoomView
from host.store.paging import Page, PageRequest
from host.store.rooms import RoomFilter
from host.web.api.answers import ASKS, DONE, EVENT, Many, More, Shape
from host.web.api.body import APP_ID, DESCRIPTION, NAME, NOTHING, SETTINGS, answer
from host.web.api.call import Asked, Call
from host.web.api.query import (
    CURSORS,
    LARGE_LIMIT,
    PAGING,
    SMALL_LIMIT,
    Parameter,
    one_of,
    page_request,
    several,
    switch,
    whole,
    words,
)

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


FILTERS: dict[str, Parameter] = {
    **PAGING,
    "status": one_of(status.value for status in RoomStatus),
    "appId": words(64, "Rooms of this application."),
    "isPublic": switch("Only public rooms, or only private ones."),
    "createdBy": words(64, "Rooms that this user made."),
    "q": words(200, "Rooms with this in their name."),
}
NOT_RUNNING = Shape(
    "AppNotRunning",
    {
        "enum": [state.value for state in AppState if state is not AppState.ACTIVE],
        "description": "Comes only where the room's application does not run on this host.",
    },
)
WITH_LISTS = More(
    "RoomWithLists",
    Room,
    {
        "participants": list[Participant],
        "prizes": list[Prize],
        "winners": list[Winner],
        "appState": NOT_RUNNING,
    },
)


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
    page, hot = page_request(query, SMALL_LIMIT), asked.services.hot
    if filters.text is None and (lane := asked.services.core.lane_for(asked.actor)):
        return await hot.rooms(lane, asked.actor, filters, page)
    return await asked.services.rooms.list(asked.actor, filters, page)


async def create_room(asked: Asked) -> Any:
    """Makes a room; the caller becomes its ORGANIZER."""
    return await asked.services.rooms.create(asked.actor, asked.body)


async def get_room(asked: Asked) -> Any:
    """One room, with the first page of what `include` names; `appState` if its app is not well."""
    wanted = asked.query.get("include", [])
    if lane := asked.services.core.lane_for(asked.actor):
        return await asked.services.hot.room(lane, asked.actor, asked.room_id, wanted, LARGE_LIMIT)
    room = (await asked.services.rooms.get(asked.actor, asked.room_id)).room
    services, first = asked.services, PageRequest(limit=LARGE_LIMIT)
    lists: dict[str, Callable[..., Awaitable[Page[Any]]]] = {
        "participants": services.participants.list,
        "prizes": services.prizes.list,
        "winners": services.winners.list,
    }
    pages = await asyncio.gather(
        *(lists[name](asked.actor, asked.room_id, first) for name in wanted)
    )
    included: JsonObject = {name: page.items for name, page in zip(wanted, pages, strict=True)}
    if (state := services.core.registry.record(room.app_id).state) is not AppState.ACTIVE:
        included["appState"] = state.value
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


async def list_events(asked: Asked) -> Any:
    """The durable event log after a seq."""
    return await asked.services.events.log(
        asked.actor,
        asked.room_id,
        asked.query.get("after", 0),
        page_request(asked.query, LARGE_LIMIT),
    )


def _room(result: Any) -> Any:
    return result.room if isinstance(result, RoomView) else result


ROOM = "/rooms/{room_id}"
CALLS = (
    Call(
        "GET",
        "/rooms",
        list_rooms,
        "List rooms",
        query=FILTERS,
        answers=Many(Room),
        refuses=(AppPermissionDenied,),
    ),
    Call(
        "POST",
        "/rooms",
        create_room,
        "Make a room",
        user=True,
        body=CREATE,
        status=201,
        render=_room,
        answers=Room,
        refuses=ASKS,
    ),
    Call(
        "GET",
        "/rooms/by-code/{join_code}",
        get_room_by_code,
        "Find a room by its code",
        answers=Room,
        refuses=(AppPermissionDenied,),
    ),
    Call(
        "GET",
        ROOM,
        get_room,
        "One room",
        act=Act.SEE_ROOM,
        lets_in=True,
        query={"include": several(INCLUDES, "Lists whose first page comes along.")},
        answers=WITH_LISTS,
    ),
    Call(
        "PATCH",
        ROOM,
        change_room,
        "Change a room",
        act=Act.CHANGE_ROOM,
        body=CHANGE,
        body_optional=True,
        render=_room,
        answers=Room,
        versioned=True,
        refuses=ASKS,
    ),
    Call(
        "DELETE",
        ROOM,
        delete_room,
        "Delete a room",
        act=Act.DELETE_ROOM,
        answers=DONE,
        versioned=True,
    ),
    Call(
        "POST",
        f"{ROOM}/join-code",
        renew_join_code,
        "Renew the join code",
        act=Act.CHANGE_ROOM,
        body=NOTHING,
        body_optional=True,
        render=_room,
        answers=Room,
    ),
    Call(
        "GET",
        f"{ROOM}/events",
        list_events,
        "The event log",
        act=Act.SEE_EVENTS,
        user=True,
        query={**CURSORS, "after": whole(0, LAST_SEQ, "Events after this seq.")},
        answers=Many(EVENT),
    ),
)
