"""Who makes a request: `request.state.actor`, from a bearer token or the session cookie."""

from __future__ import annotations

import re
from collections.abc import Awaitable
from dataclasses import replace

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from host.access import ANYONE, Actor
from host.errors import FestoonError, Unauthorized, Unavailable
from host.services import Services
from host.web.cookies import SESSION, cookie_header, sending
from host.web.origin import from_this_host
from host.web.standing import count, too_many

API = "/api/"
APP_ID, APP_TOKEN = "X-App-Id", "X-App-Token"
SAY_WHO = frozenset(
    {b"authorization", b"cookie", APP_ID.lower().encode(), APP_TOKEN.lower().encode()}
)
"""The headers without any of which nobody speaks, as ASGI has them."""
WITHOUT_ACTOR = ("/static/", "/healthz", "/readyz")
TOKEN_NEED_NOT_HOLD = frozenset(
    f"/api/v1/auth/{call}"
    for call in (
        *("login", "guest", "refresh", "providers"),
        *("phone/start", "password/forgot", "password/reset"),
    )
) | {"/api/v1/apps/token"}
"""Calls by which one gets a new token: clients send them with the old one still attached."""
PROVIDER_URL = re.compile(r"/api/v1/auth/[^/]+/url")
"""One more of them, for each provider."""


async def refuse(error: FestoonError, scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with a refusal, as the application itself would have from inside."""
    answer = await scope["app"].exception_handlers[FestoonError](Request(scope), error)
    await answer(scope, receive, send)


class ActorMiddleware:
    """Sets `actor`, and `by_cookie`: whether it is the browser's cookie that speaks for them.

    An application speaks by its own bearer token, or beside a user's by `X-App-Id` and
    `X-App-Token`. Where one of these does not fit, nobody is let in: a call that its maker wanted
    to be the application's must not pass as the user's own.

    A bearer token that does not hold is refused with 401. A cookie that does not hold is taken
    from the browser, and its bearer is nobody. On sockets neither ends the handshake, for there
    the first frame may sign in; a cookie counts only on a socket opened by a page of this host.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI; sets the actor of HTTP requests and WebSocket handshakes."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        state = scope.setdefault("state", {})
        state["actor"], state["by_cookie"] = _named(ANYONE, connection), False
        if SAY_WHO.isdisjoint([name for name, _ in scope["headers"]]):
            await self._app(scope, receive, send)
            return
        cookies: dict[str, str] = {}
        try:
            if not scope["path"].startswith(WITHOUT_ACTOR):
                await _find(connection, cookies)
        except FestoonError as error:
            if scope["type"] == "http":
                # Whoever tries tokens is counted by the address that they come from.
                admission = scope["app"].state.services.core.admission
                refusal = too_many(count(scope, admission)) or error
                await refuse(refusal, scope, receive, send)
                return
        await self._app(scope, receive, sending(send, cookies))


async def _find(connection: HTTPConnection, cookies: dict[str, str]) -> None:
    services: Services = connection.app.state.services
    config, state = services.core.config, connection.scope["state"]
    path = connection.scope["path"]
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    by_token = scheme.lower() == "bearer"
    if by_token or APP_ID in connection.headers or APP_TOKEN in connection.headers:
        try:
            actor = await _asked(_by_headers(services, connection, token.strip() * by_token))
        except Unauthorized as error:
            if path in TOKEN_NEED_NOT_HOLD or PROVIDER_URL.fullmatch(path):
                return
            error.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
            raise
        state["actor"] = _named(actor, connection)
        return
    cookie = connection.cookies.get(SESSION)
    is_socket = connection.scope["type"] == "websocket"
    if cookie is None or (is_socket and not from_this_host(connection.headers, config.origin)):
        return
    try:
        actor = await _asked(services.identity.authenticate_cookie(cookie))
    except Unauthorized:
        if not path.startswith(API):
            cookies[SESSION] = cookie_header(SESSION, "", secure=config.secure, seconds=0)
        return
    state["actor"], state["by_cookie"] = _named(actor, connection), True


async def _by_headers(services: Services, connection: HTTPConnection, bearer: str) -> Actor:
    """A user, an application, or a user for whom one acts; `Unauthorized` for what fits nobody."""
    app_id = connection.headers.get(APP_ID)
    app_token = connection.headers.get(APP_TOKEN)
    if services.app_identity.speaks(bearer):
        if app_token is not None:
            raise Unauthorized(
                "The bearer token is an application's; X-App-Token goes with a user's. "
                "Send one of them."
            )
        return await services.app_identity.authenticate(bearer, app_id)
    if app_id is None and app_token is None:
        return await services.identity.authenticate(bearer)
    if app_id is None or app_token is None:
        given, missing = (APP_ID, APP_TOKEN) if app_token is None else (APP_TOKEN, APP_ID)
        raise Unauthorized(
            f"{given} came without {missing}. An application sends both with a user's bearer "
            "token, or its own token as the bearer."
        )
    if not bearer:
        raise Unauthorized(
            "X-App-Token goes with a user's bearer token. An application that acts alone sends "
            "its token as the bearer: Authorization: Bearer <app token>."
        )
    user = await services.identity.authenticate(bearer)
    return await services.app_identity.together(user, app_id, app_token)


def _named(actor: Actor, connection: HTTPConnection) -> Actor:
    client = connection.scope.get("client")
    request_id = connection.scope["state"].get("request_id", "")
    address = client[0] if client else ""
    user_agent = connection.headers.get("user-agent")
    if actor is ANYONE:
        return Actor(request_id=request_id, address=address, user_agent=user_agent)
    return replace(actor, request_id=request_id, address=address, user_agent=user_agent)


async def _asked(question: Awaitable[Actor]) -> Actor:
    try:
        return await question
    except (SQLAlchemyError, OSError) as error:
        raise Unavailable("The database did not answer. Try again in a moment.") from error
