"""`/auth/providers`, `/auth/{provider}/…` and `/auth/identities`: signing in by somebody's word."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from host.contract.shapes import closed
from host.errors import Conflict, InvalidCredentials, OAuthNotConfigured
from host.services.linking import WayIn
from host.services.methods import Method, methods_of
from host.store.paging import paged
from host.web.api.answers import DONE, Elsewhere, Many, Shape
from host.web.api.call import Asked, Call
from host.web.api.query import LARGE_LIMIT, PAGING, SMALL_LIMIT, page_request, words
from host.web.pages.arrivals import answer_of, arrived, browser_of, tied

LONGEST_ANSWER = 8000
ANSWER = ("state", "code", "error", "error_description", "iss", "device_id", "expires_in", "scope")
"""What providers send along; anything else that they add is let pass unread."""

URL = Shape("Address", closed({"url": {"type": "string", "format": "uri"}}))
LED_ON = Elsewhere("To the front end, with the tokens or the error in the fragment; or a page.")


async def list_providers(asked: Asked) -> Any:
    """The ways of signing in that this host has on."""
    services = asked.services
    found = methods_of(services.core.config, phone=services.phones.on)
    return paged(found, page_request(asked.query, SMALL_LIMIT))


async def provider_url(asked: Asked) -> Any:
    """Where to send the browser to sign in with a provider."""
    leaving = await asked.services.federation.url(
        asked.actor,
        asked.path["provider"],
        asked.query.get("redirect_url"),
        browser_of(asked.request) if tied(asked.request) else None,
    )
    return answer_of(asked.request, {"url": leaving.url}, leaving)


async def provider_callback(asked: Asked) -> Response:
    """Where a provider sends the browser back to; leads on to the front end, or to a page."""
    return await arrived(asked.request, asked.path["provider"], asked.query)


async def list_identities(asked: Asked) -> Any:
    """By what one may sign in besides a password."""
    found = await asked.services.federation.linking.identities(asked.actor)
    return paged(found, page_request(asked.query, LARGE_LIMIT))


async def remove_identity(asked: Asked) -> None:
    """Takes a way to sign in away; never the last one."""
    await asked.services.federation.linking.remove(asked.actor, asked.path["identity_id"])


IDENTITIES = "/auth/identities"
CALLS = (
    Call(
        "GET",
        "/auth/providers",
        list_providers,
        "Ways of signing in",
        query=PAGING,
        answers=Many(Method),
    ),
    Call(
        "GET",
        "/auth/{provider}/url",
        provider_url,
        "Where a provider signs in",
        query={"redirect_url": words(2000)},
        answers=URL,
        refuses=(OAuthNotConfigured,),
    ),
    Call(
        "GET",
        "/auth/{provider}/callback",
        provider_callback,
        "Back from a provider",
        query={name: words(LONGEST_ANSWER) for name in ANSWER},
        answers=LED_ON,
        refuses=(OAuthNotConfigured, InvalidCredentials, Conflict),
    ),
    Call(
        "GET",
        IDENTITIES,
        list_identities,
        "My ways in",
        user=True,
        query=PAGING,
        answers=Many(WayIn),
    ),
    Call(
        "DELETE",
        IDENTITIES + "/{identity_id}",
        remove_identity,
        "Take one away",
        user=True,
        answers=DONE,
    ),
)
