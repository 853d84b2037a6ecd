"""`/auth/email`, `/auth/password` and `/auth/phone`: what goes by letter and text message."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from host.access import Actor
from host.auth.person import LONGEST_EMAIL, LONGEST_PASSWORD
from host.contract import JsonObject
from host.errors import InvalidCredentials, InvalidToken
from host.services import Services
from host.services.letters import need_mail
from host.services.phones import Started
from host.services.sessions import SignedIn
from host.web.api.answers import DONE
from host.web.api.body import answer
from host.web.api.call import DELETED, Asked, Call

TOKEN: JsonObject = {"type": "string", "maxLength": 200}
PHONE: JsonObject = {"type": "string", "maxLength": 100}
CODE: JsonObject = {"type": "string", "maxLength": 40}
NAME: JsonObject = {"type": "string", "maxLength": 1000}

VERIFY: JsonObject = {"properties": {"token": TOKEN}}
FORGOT: JsonObject = {
    "properties": {"email": {"type": "string", "maxLength": LONGEST_EMAIL}},
    "required": ["email"],
}
RESET: JsonObject = {
    "properties": {
        "token": TOKEN,
        "password": {"type": "string", "maxLength": LONGEST_PASSWORD},
    },
    "required": ["token", "password"],
}
START: JsonObject = {"properties": {"phone": PHONE}, "required": ["phone"]}
SIGN_IN: JsonObject = {
    "properties": {"phone": PHONE, "code": CODE, "name": NAME},
    "required": ["phone", "code"],
}


async def verify_email(asked: Asked) -> Any:
    """Confirms the address of a letter's token; without one the signed-in user gets a letter."""
    token = asked.body.get("token")
    if token is None:
        await asked.services.confirmation.again(asked.actor)
    else:
        await asked.services.confirmation.confirm(token)
    return answer(DELETED)


async def forgot_password(asked: Asked) -> Any:
    """Sends a link to the address if it has an account; the answer is the same if it has none."""
    await asked.services.recovery.forgot(asked.actor, asked.body["email"])
    return answer(DELETED)


async def reset_password(asked: Asked) -> Any:
    """Sets a new password by a letter's token, once, and ends every session of the account."""
    body = asked.body
    await asked.services.recovery.reset(asked.actor, body["token"], body["password"])
    return answer(DELETED)


async def start_phone(asked: Asked) -> Any:
    """Sends six digits by text message; how long they live, and when others may be asked for."""
    return await asked.services.phones.start(asked.actor, asked.body["phone"])


async def verify_phone(asked: Asked) -> Any:
    """Signs in with the digits; a guest's own bearer makes the guest's account the number's."""
    body = asked.body
    return await asked.services.phones.verify(
        asked.actor, body["phone"], body["code"], body.get("name")
    )


async def _mail(services: Services, _: Actor, __: Request) -> None:
    need_mail(services.core)


async def _texts(services: Services, _: Actor, __: Request) -> None:
    services.phones.need()


CALLS = (
    Call(
        "POST",
        "/auth/email/verify",
        verify_email,
        "Confirm an address",
        permit=_mail,
        body=VERIFY,
        body_optional=True,
        answers=DONE,
        refuses=(InvalidToken,),
    ),
    Call(
        "POST",
        "/auth/password/forgot",
        forgot_password,
        "Ask for a link to a new password",
        permit=_mail,
        body=FORGOT,
        answers=DONE,
    ),
    Call(
        "POST",
        "/auth/password/reset",
        reset_password,
        "Set a new password",
        permit=_mail,
        body=RESET,
        answers=DONE,
        refuses=(InvalidToken,),
    ),
    Call(
        "POST",
        "/auth/phone/start",
        start_phone,
        "Ask for a code by text message",
        permit=_texts,
        body=START,
        answers=Started,
    ),
    Call(
        "POST",
        "/auth/phone/verify",
        verify_phone,
        "Sign in with the code",
        permit=_texts,
        body=SIGN_IN,
        answers=SignedIn,
        refuses=(InvalidCredentials,),
    ),
)
