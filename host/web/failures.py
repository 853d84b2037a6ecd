"""The one place that turns errors into answers: JSON under `/api`, a page elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from host.errors import (
    FestoonError,
    MalformedRequest,
    NotFound,
    PayloadTooLarge,
    RateLimited,
    Unavailable,
)
from host.store.faults import explained
from host.web.api.body import Envelope, refusal
from host.web.pages.errors import error_page

log = logging.getLogger("festoon.web")

API = "/api/v1"
METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
_KNOWN: Mapping[int, Callable[[str], FestoonError]] = {
    400: MalformedRequest,
    413: PayloadTooLarge,
    429: lambda _: RateLimited(1),
}


async def refused(request: Request, error: Exception) -> Response:
    """What the host refused, in the contract's words."""
    assert isinstance(error, FestoonError)
    if error.status >= 500:
        log.warning("%s %s: %s", error.code, _request_id(request), error.message)
    if not _is_api(request):
        return error_page(request, error)
    answer = refusal(error, _request_id(request))
    if error.status == 401:
        answer.headers.setdefault("WWW-Authenticate", "Bearer")
    return answer


async def _of_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = error.status_code
    if status == 405 and _is_api(request):
        return _methods(request)
    if status >= 500:
        return await refused(request, Unavailable(error.detail))
    known = _KNOWN.get(status)
    if known is None:
        return await refused(request, NotFound("There is nothing at this address."))
    return await refused(request, known(error.detail))


def _methods(request: Request) -> Response:
    """What the path can do, for one who asked for something else or asked just that."""
    path = request.url.path.removeprefix(API)
    matching = [
        route
        for mount in request.app.routes
        if isinstance(mount, Mount) and mount.path == API
        for route in mount.routes or ()
        if isinstance(route, Route) and route.path_regex.match(path)
    ]
    # `/participants/me` would do for an id, but it names a resource of its own.
    closest = min((len(route.param_convertors) for route in matching), default=0)
    here = [route for route in matching if len(route.param_convertors) == closest]
    allowed = sorted({method for route in here for method in route.methods or ()})
    headers = {"Allow": ", ".join([*allowed, "OPTIONS"])}
    if request.method == "OPTIONS":
        return Envelope({"data": {"methods": allowed}}, headers=headers)
    body = {"code": METHOD_NOT_ALLOWED, "message": "This path has no such method."}
    return Envelope({"error": {**body, "details": {"allowed": allowed}}}, 405, headers=headers)


async def _of_database(request: Request, error: Exception) -> Response:
    log.error("%s failed at the database", _request_id(request), exc_info=error)
    if isinstance(error, DBAPIError):
        return await refused(request, explained(error))
    return await refused(request, Unavailable("The database did not answer. Try again soon."))


async def _unforeseen(request: Request, error: Exception) -> Response:
    log.error("%s failed", _request_id(request), exc_info=error)
    unknown = FestoonError(
        "Something went wrong on our side. Try again; if it stays, give us the request id."
    )
    if _is_api(request):
        return refusal(unknown, _request_id(request))
    return error_page(request, unknown)


HANDLERS: dict[Any, Any] = {
    FestoonError: refused,
    HTTPException: _of_http,
    SQLAlchemyError: _of_database,
    OSError: _of_database,
    Exception: _unforeseen,
}
"""Starlette's exception handlers."""


class FailureMiddleware:
    """Answers what nobody foresaw from inside, so that this answer too has its headers.

    Starlette itself answers outside of every middleware, without a request id and without
    what lets another origin's script read it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI; an answer that has begun is past saving."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except ClientDisconnect:
            log.info("%s was given up by its client", scope["state"]["request_id"])
        except Exception as error:
            if begun:
                raise
            answer = await _unforeseen(Request(scope), error)
            await answer(scope, receive, send)


def _is_api(request: Request) -> bool:
    return f"{request.url.path}/".startswith("/api/")


def _request_id(request: Request) -> str:
    state: Any = request.state
    return getattr(state, "request_id", "")
