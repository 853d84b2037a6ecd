"""The web application: routes, middleware, and the one place that turns errors into answers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount

from host.errors import FestoonError, NotFound, RateLimited, Unavailable
from host.services import Services
from host.web.actors import ActorMiddleware
from host.web.api import apps, identity, people, rooms
from host.web.api.body import Envelope, refusal
from host.web.csrf import CsrfMiddleware
from host.web.health import health_routes
from host.web.metrics import Metrics
from host.web.middleware import RequestMiddleware
from host.web.pages import page_routes
from host.web.pages.brand import Brand
from host.web.pages.errors import error_page
from host.web.pages.templating import Templates

log = logging.getLogger("festoon.web")

API = "/api/v1"
METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"

Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


def create_app(
    services: Services, lifespan: Lifespan, more_routes: Sequence[BaseRoute] = ()
) -> Starlette:
    """The host's ASGI application. `more_routes` are sockets and the applications' mounts."""
    config = services.core.config
    metrics = Metrics(services)
    calls = [*apps.CALLS, *rooms.CALLS, *people.CALLS]
    app = Starlette(
        routes=[
            Mount(API, routes=[*identity.routes(), *(call.route() for call in calls)]),
            *health_routes(),
            metrics.route(),
            *more_routes,
            *page_routes(),
        ],
        middleware=[
            Middleware(
                RequestMiddleware,
                sources=services.core.sources,
                observe=metrics.observe,
                secure=config.secure,
            ),
            Middleware(
                CORSMiddleware,
                allow_origins=list(config.cors_origins),
                allow_methods=["GET", "POST", "PATCH", "PUT", "DELETE"],
                allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "If-Match"],
                expose_headers=["X-Request-ID", "Retry-After"],
            ),
            Middleware(ActorMiddleware),
            Middleware(CsrfMiddleware),
        ],
        exception_handlers={
            FestoonError: _refused,
            HTTPException: _http,
            Exception: _failed,
        },
        lifespan=lifespan,
    )
    app.state.services = services
    app.state.templates = Templates(Brand.from_config(config), services.core.sources)
    return app


def _is_api(request: Request) -> bool:
    return request.url.path.startswith("/api/")


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, FestoonError)
    if error.status >= 500:
        log.warning("%s %s: %s", error.code, _request_id(request), error.message)
    if _is_api(request):
        return refusal(error, _request_id(request))
    return error_page(request, error)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 405 and _is_api(request):
        body = {"code": METHOD_NOT_ALLOWED, "message": "This path has no such method."}
        return Envelope({"error": {**body, "details": {}}}, 405, headers=dict(error.headers or {}))
    known: FestoonError
    if error.status_code == 429:
        known = RateLimited(1)
    elif error.status_code >= 500:
        known = Unavailable(error.detail)
    else:
        known = NotFound("There is nothing at this address.")
    return await _refused(request, known)


async def _failed(request: Request, error: Exception) -> Response:
    log.error("%s failed", _request_id(request), exc_info=error)
    unknown = FestoonError(
        "Something went wrong on our side. Try again; if it stays, give us the request id."
    )
    if _is_api(request):
        return refusal(unknown, _request_id(request))
    return error_page(request, unknown)


def _request_id(request: Request) -> str:
    state: Any = request.state
    return getattr(state, "request_id", "")
