"""`/auth` and `/users`: signing in and out, and who one is."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from host.access import Actor
from host.auth.person import LONGEST_AVATAR, LONGEST_EMAIL, LONGEST_PASSWORD
from host.contract import JsonObject, Person, User
from host.contract.shapes import closed
from host.errors import Conflict, InvalidCredentials, InvalidToken
from host.services import Services
from host.services.sessions import SignedIn, TokenPair
from host.web.api.answers import DONE, Shape
from host.web.api.body import NOTHING, answer
from host.web.api.call import DELETED, Asked, Call

# Bounds of what is looked at; the rules themselves, and their messages, are the service's.
EMAIL: JsonObject = {"type": "string", "maxLength": LONGEST_EMAIL}
PASSWORD: JsonObject = {"type": "string", "maxLength": LONGEST_PASSWORD}
NAME: JsonObject = {"type": "string", "maxLength": 1000}

REGISTER: JsonObject = {
    "properties": {"email": EMAIL, "password": PASSWORD, "name": NAME},
    "required": ["email", "password"],
}
LOGIN: JsonObject = {
    "properties": {"email": EMAIL, "password": PASSWORD},
    "required": ["email", "password"],
}
GUEST: JsonObject = {"properties": {"name": NAME}, "required": ["name"]}
REFRESH: JsonObject = {
    "properties": {"refreshToken": {"type": "string", "maxLength": 200}},
    "required": ["refreshToken"],
}
CHANGE: JsonObject = {
    "properties": {
        "name": NAME,
        "avatar": {"type": ["string", "null"], "maxLength": LONGEST_AVATAR},
    }
}

ROWS: JsonObject = {"type": "array", "items": {"type": "object"}}
EXPORT = Shape(
    "Export",
    {
        "type": "object",
        "properties": {
            "exportedAt": {"type": "string", "format": "date-time"},
            "user": {"type": "object"},
            "apps": {"type": "object", "additionalProperties": {"type": "object"}},
            "failed": {
                "type": "array",
                "items": closed({"appId": {"type": "string"}, "reason": {"type": "string"}}),
            },
        },
        "required": ["exportedAt", "user", "apps", "failed"],
        "additionalProperties": ROWS,
    },
)


async def register(asked: Asked) -> Any:
    """Makes an account and signs in; a guest's own bearer claims the guest's account."""
    body = asked.body
    return await asked.services.identity.register(
        asked.actor, body["email"], body["password"], body.get("name")
    )


async def login(asked: Asked) -> Any:
    """Signs in with e-mail and password."""
    return await asked.services.identity.login(
        asked.actor, asked.body["email"], asked.body["password"]
    )


async def guest(asked: Asked) -> Any:
    """Signs in as a new guest with just a name, where the host allows guests."""
    return await asked.services.identity.guest(asked.actor, asked.body["name"])


async def refresh(asked: Asked) -> Any:
    """The next tokens of the session; using an old refresh token ends the session."""
    return await asked.services.identity.refresh(asked.actor, asked.body["refreshToken"])


async def logout(asked: Asked) -> Any:
    """Ends the session; its access token is refused from then on."""
    await asked.services.identity.logout(asked.actor)
    return answer(DELETED)


async def me(asked: Asked) -> Any:
    """The signed-in user."""
    return await asked.services.identity.me(asked.actor)


async def get_user(asked: Asked) -> Any:
    """One user; others than the user and admins see id, name and avatar only."""
    return await asked.services.identity.get_user(asked.actor, asked.path["user_id"])


async def change_user(asked: Asked) -> Any:
    """Changes name or avatar."""
    return await asked.services.identity.change_user(
        asked.actor, asked.path["user_id"], asked.body, asked.if_match
    )


async def delete_user(asked: Asked) -> Any:
    """Forgets the person; the records of draws and wins stay, without a name."""
    await asked.services.erasure.delete(asked.actor, asked.path["user_id"])


async def export_user(asked: Asked) -> Any:
    """Everything that is held of a person, the applications included, as one document."""
    return await asked.services.export.of(asked.actor, asked.path["user_id"])


async def _own(services: Services, actor: Actor, request: Request) -> None:
    """The user, or an admin."""
    await services.identity.authorize_user(actor, request.path_params["user_id"])


USER = "/users/{user_id}"
CALLS = (
    Call(
        "POST",
        "/auth/register",
        register,
        "Make an account",
        body=REGISTER,
        status=201,
        answers=SignedIn,
        refuses=(Conflict,),
    ),
    Call(
        "POST",
        "/auth/login",
        login,
        "Sign in",
        body=LOGIN,
        answers=SignedIn,
        refuses=(InvalidCredentials,),
    ),
    Call(
        "POST",
        "/auth/guest",
        guest,
        "Sign in as a guest",
        body=GUEST,
        status=201,
        answers=SignedIn,
        key_is_secret=True,
    ),
    Call(
        "POST",
        "/auth/refresh",
        refresh,
        "Refresh the tokens",
        body=REFRESH,
        answers=TokenPair,
        refuses=(InvalidToken,),
    ),
    Call(
        "POST",
        "/auth/logout",
        logout,
        "Sign out",
        user=True,
        body=NOTHING,
        body_optional=True,
        answers=DONE,
    ),
    Call("GET", "/auth/me", me, "Who am I", user=True, answers=User, conditional=True),
    Call(
        "GET",
        USER,
        get_user,
        "One user",
        user=True,
        answers=User | Person,
        conditional=True,
    ),
    Call(
        "PATCH",
        USER,
        change_user,
        "Change a user",
        user=True,
        permit=_own,
        body=CHANGE,
        body_optional=True,
        answers=User,
        versioned=True,
    ),
    Call("DELETE", USER, delete_user, "Delete a user", user=True, permit=_own, answers=DONE),
    Call(
        "GET",
        USER + "/export",
        export_user,
        "All about a user",
        user=True,
        permit=_own,
        answers=EXPORT,
    ),
)


def routes() -> list[Route]:
    """The routes, with paths below `/api/v1`."""
    return [call.route() for call in CALLS]
