"""`/rooms/{id}/apps` and `/delegations`: which applications are on, and who answers for what."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from host.access import Act, Actor
from host.contract import Capability, JsonObject, RoomApp
from host.contract.shapes import closed
from host.errors import DelegationConflict
from host.services import Services
from host.services.room_apps import Delegations
from host.store.paging import paged
from host.web.api.answers import ASKS, DONE, Many, Shape
from host.web.api.body import APP_ID, SETTINGS, answer
from host.web.api.call import Asked, Call
from host.web.api.query import PAGING, SMALL_LIMIT, page_request

ADD_APP: JsonObject = {
    "properties": {"appId": APP_ID, "settings": SETTINGS},
    "required": ["appId"],
}
CHANGE_APP: JsonObject = {
    "properties": {
        "settings": SETTINGS,
        "enabled": {"type": "boolean"},
        "mayNotify": {"type": "boolean"},
    }
}
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

APP_OR_NULL: JsonObject = {"type": ["string", "null"]}
DELEGATIONS = Shape("Delegations", closed({c.value: APP_OR_NULL for c in Capability}))
FALLBACKS = closed(
    {"fallbacks": {"type": "array", "items": {"enum": [c.value for c in Capability]}}}
)


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
        asked.actor, asked.room_id, asked.path["app_id"], asked.body, asked.if_match
    )


async def remove_room_app(asked: Asked) -> Any:
    """Takes an application out of the room."""
    await asked.services.room_apps.remove(
        asked.actor, asked.room_id, asked.path["app_id"], asked.if_match
    )


async def get_delegations(asked: Asked) -> Any:
    """Who answers for each capability; null is the platform."""
    found = await asked.services.room_apps.delegations(asked.actor, asked.room_id)
    return _delegations(found)


async def change_delegations(asked: Asked) -> Any:
    """Gives capabilities to applications, or back to the platform."""
    wanted = {name: app for name, app in asked.body.items() if name != "fallbacks"}
    found = await asked.services.room_apps.delegate(
        asked.actor, asked.room_id, wanted, asked.body.get("fallbacks"), asked.if_match
    )
    return _delegations(found)


def _delegations(found: Delegations) -> Any:
    return answer(found.as_json(), meta={"fallbacks": [c.value for c in found.fallbacks]})


async def _app_is_there(services: Services, actor: Actor, request: Request) -> None:
    path = request.path_params
    await services.room_apps.get(actor, path["room_id"], path["app_id"])


def _map(result: Any) -> Any:
    return result.as_json() if isinstance(result, Delegations) else result


ROOM = "/rooms/{room_id}"
CALLS = (
    Call(
        "GET",
        f"{ROOM}/apps",
        list_room_apps,
        "List the room's apps",
        act=Act.MANAGE_APPS,
        query=PAGING,
        answers=Many(RoomApp),
    ),
    Call(
        "POST",
        f"{ROOM}/apps",
        add_room_app,
        "Switch an app on",
        act=Act.MANAGE_APPS,
        body=ADD_APP,
        status=201,
        answers=RoomApp,
        refuses=(DelegationConflict, *ASKS),
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
        answers=RoomApp,
        refuses=ASKS,
        versioned=True,
    ),
    Call(
        "DELETE",
        ROOM + "/apps/{app_id}",
        remove_room_app,
        "Take an app out",
        act=Act.MANAGE_APPS,
        answers=DONE,
        versioned=True,
    ),
    Call(
        "GET",
        f"{ROOM}/delegations",
        get_delegations,
        "Who answers for what",
        act=Act.MANAGE_APPS,
        answers=DELEGATIONS,
        meta=FALLBACKS,
    ),
    Call(
        "PUT",
        f"{ROOM}/delegations",
        change_delegations,
        "Change who answers",
        act=Act.MANAGE_APPS,
        body=DELEGATE,
        render=_map,
        answers=DELEGATIONS,
        meta=FALLBACKS,
        refuses=(DelegationConflict,),
        versioned=True,
    ),
)
