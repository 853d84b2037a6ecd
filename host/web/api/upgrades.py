"""`…/upgrade-manifest`: a newer version of a room's application, and `/apps/{appId}/review`."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from host.access import Act, Actor
from host.contract import JsonObject, ReviewState, Room, RoomApp
from host.errors import DelegationConflict, MigrationRequired, VersionConflict
from host.services import Services
from host.services.apps import AppEntry
from host.services.reviews import need_reviewer
from host.web.api.answers import ASKS
from host.web.api.call import Asked, Call

UPGRADE: JsonObject = {
    "properties": {
        "targetVersion": {"type": "string", "minLength": 1, "maxLength": 60},
        "migrationData": {"type": "object"},
    },
    "required": ["targetVersion"],
}
REVIEW: JsonObject = {
    "properties": {"state": {"enum": [state.value for state in ReviewState]}},
    "required": ["state"],
}


async def upgrade_room(asked: Asked) -> Any:
    """Locks the room to a newer version of its main application; there is no way back.

    `migrationData` is a JSON Merge Patch (RFC 7396) over the settings, before defaults are filled
    in and all of it is checked against the new version's schema.
    """
    return await _upgrade(asked, None)


async def upgrade_room_app(asked: Asked) -> Any:
    """The same for any application of the room."""
    return await _upgrade(asked, asked.path["app_id"])


async def _upgrade(asked: Asked, app_id: str | None) -> Any:
    body = asked.body
    return await asked.services.upgrading.upgrade(
        asked.actor,
        asked.room_id,
        app_id,
        body["targetVersion"],
        body.get("migrationData"),
        asked.if_match,
    )


async def review_app(asked: Asked) -> Any:
    """Says whether an application may have capabilities that this host protects; for admins."""
    app_id = asked.path["app_id"]
    await asked.services.reviews.review(asked.actor, app_id, ReviewState(asked.body["state"]))
    return await asked.services.apps.get(asked.actor, app_id)


async def _app_is_on(services: Services, actor: Actor, request: Request) -> None:
    path = request.path_params
    await services.room_apps.get(actor, path["room_id"], path["app_id"])


async def _may_review(services: Services, actor: Actor, request: Request) -> None:
    """An admin."""
    need_reviewer(actor)


async def _app_is_there(services: Services, actor: Actor, request: Request) -> None:
    await services.apps.get(actor, request.path_params["app_id"])


ROOM = "/rooms/{room_id}"
REFUSED = (VersionConflict, DelegationConflict, MigrationRequired, *ASKS)
OF_ROOMS = (
    Call(
        "POST",
        f"{ROOM}/upgrade-manifest",
        upgrade_room,
        "Upgrade the room's app",
        act=Act.MANAGE_APPS,
        body=UPGRADE,
        answers=Room,
        refuses=REFUSED,
        versioned=True,
    ),
    Call(
        "POST",
        ROOM + "/apps/{app_id}/upgrade-manifest",
        upgrade_room_app,
        "Upgrade any of its apps",
        act=Act.MANAGE_APPS,
        known=_app_is_on,
        body=UPGRADE,
        answers=RoomApp,
        refuses=REFUSED,
        versioned=True,
    ),
)
REVIEWS = (
    Call(
        "POST",
        "/apps/{app_id}/review",
        review_app,
        "Review an app",
        permit=_may_review,
        known=_app_is_there,
        user=True,
        body=REVIEW,
        answers=AppEntry,
    ),
)
