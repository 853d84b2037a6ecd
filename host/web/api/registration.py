"""`/apps`: registering services, their secrets and their tokens."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from host.access import Actor
from host.apps.manifest import MANIFEST_SCHEMA
from host.config import LONGEST_OVERLAP
from host.contract import JsonObject
from host.errors import (
    Conflict,
    Forbidden,
    InvalidCredentials,
    InvalidManifest,
    VersionConflict,
)
from host.services import Services
from host.services.app_identity import AppToken
from host.services.apps import AppEntry
from host.services.registered import admit
from host.services.registration import Registered
from host.services.rotation import NewSecret
from host.web.api.answers import DONE
from host.web.api.body import APP_ID
from host.web.api.call import Asked, Call

MANIFEST: JsonObject = {
    "type": "object",
    "description": "See the reference of the manifest; `baseUrl` is needed.",
}
REGISTER: JsonObject = {
    "properties": {
        "manifest": MANIFEST,
        "appId": {
            **MANIFEST_SCHEMA["$defs"]["id"],
            "description": "The id, where the manifest has none; else it is made of the name.",
        },
    },
    "required": ["manifest"],
}
CHANGE: JsonObject = {"properties": {"manifest": MANIFEST}, "required": ["manifest"]}
ROTATE: JsonObject = {
    "properties": {
        "overlapSeconds": {
            "type": "integer",
            "minimum": 0,
            "maximum": LONGEST_OVERLAP,
            "description": "How long the old secret stays valid; 0 ends it at once.",
        }
    }
}
TOKEN: JsonObject = {
    "properties": {
        "appId": APP_ID,
        "appSecret": {"type": "string", "minLength": 1, "maxLength": 200},
    },
    "required": ["appId", "appSecret"],
}


async def register_app(asked: Asked) -> Any:
    """Registers a service; its secret is shown this once."""
    return await asked.services.registration.register(
        asked.actor, asked.body["manifest"], asked.body.get("appId")
    )


async def change_app(asked: Asked) -> Any:
    """Takes a new version of a service's manifest."""
    return await asked.services.registration.change(
        asked.actor, asked.path["app_id"], asked.body["manifest"]
    )


async def remove_app(asked: Asked) -> Any:
    """Takes a service off this host."""
    await asked.services.registration.remove(asked.actor, asked.path["app_id"])


async def regenerate_secret(asked: Asked) -> Any:
    """Makes a new secret; the old one stays valid for a while."""
    return await asked.services.rotation.new_secret(
        asked.actor, asked.path["app_id"], asked.body.get("overlapSeconds")
    )


async def end_old_secret(asked: Asked) -> Any:
    """Ends the secret before the newest at once."""
    await asked.services.rotation.end_old_secret(asked.actor, asked.path["app_id"])


async def app_token(asked: Asked) -> Any:
    """Gives an application a token for its secret."""
    return await asked.services.app_identity.token(asked.body["appId"], asked.body["appSecret"])


async def _admins(services: Services, actor: Actor, request: Request) -> None:
    """An admin."""
    admit(actor)


async def _known(services: Services, actor: Actor, request: Request) -> None:
    await services.apps.get(actor, request.path_params["app_id"])


APP = "/apps/{app_id}"
CALLS = (
    Call(
        "POST",
        "/apps",
        register_app,
        "Register a service",
        permit=_admins,
        user=True,
        body=REGISTER,
        status=201,
        answers=Registered,
        refuses=(Conflict, InvalidManifest, VersionConflict),
    ),
    Call(
        "PATCH",
        APP,
        change_app,
        "A new version of a service's manifest",
        permit=_admins,
        known=_known,
        user=True,
        body=CHANGE,
        answers=AppEntry,
        refuses=(InvalidManifest, VersionConflict),
    ),
    Call(
        "DELETE",
        APP,
        remove_app,
        "Take a service off",
        permit=_admins,
        user=True,
        answers=DONE,
    ),
    Call(
        "POST",
        f"{APP}/regenerate-secret",
        regenerate_secret,
        "A new secret",
        permit=_admins,
        known=_known,
        user=True,
        body=ROTATE,
        body_optional=True,
        answers=NewSecret,
    ),
    Call(
        "DELETE",
        f"{APP}/old-secret",
        end_old_secret,
        "End the old secret at once",
        permit=_admins,
        user=True,
        answers=DONE,
    ),
    Call(
        "POST",
        "/apps/token",
        app_token,
        "A token for an application",
        body=TOKEN,
        answers=AppToken,
        refuses=(Forbidden, InvalidCredentials),
    ),
)
