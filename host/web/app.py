"""The web application: routes and middleware."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Mount

from host.services import Services
from host.web.actors import ActorMiddleware
from host.web.admin import mount_admin
from host.web.admission import AdmissionMiddleware
from host.web.api.calls import CALLS
from host.web.api.router import CallRouter
from host.web.asyncapi import asyncapi_route
from host.web.bodies import BodyMiddleware
from host.web.csrf import CsrfMiddleware
from host.web.failures import API, HANDLERS, FailureMiddleware
from host.web.heads import HeadMiddleware
from host.web.health import health_routes
from host.web.letterhead import Letterhead
from host.web.metrics import Metrics
from host.web.middleware import RequestMiddleware
from host.web.openapi import openapi_routes
from host.web.pages import page_routes
from host.web.pages.brand import Brand
from host.web.pages.templating import Templates
from host.web.ways import HostApp

READ_HEADERS = (
    *("Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match"),
    *("X-App-Id", "X-App-Token", "X-Request-ID"),
)
GIVEN_HEADERS = (
    *("Allow", "ETag", "Idempotent-Replayed", "Retry-After", "WWW-Authenticate", "X-Request-ID"),
    *("RateLimit", "RateLimit-Policy"),
)
"""What scripts of other origins may send and read."""

Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


def create_app(
    services: Services, lifespan: Lifespan, more_routes: Sequence[BaseRoute] = ()
) -> Starlette:
    """The host's ASGI application. `more_routes` are sockets and the applications' mounts."""
    config = services.core.config
    metrics = Metrics(services)
    app = HostApp(
        routes=[
            Mount(API, CallRouter(CALLS)),
            *health_routes(),
            asyncapi_route(),
            *openapi_routes(config.origin),
            metrics.route(),
            *more_routes,
            *page_routes(),
        ],
        middleware=[
            Middleware(
                RequestMiddleware,
                sources=services.core.sources,
                admission=services.core.admission,
                observe=metrics.observe,
                secure=config.secure,
            ),
            Middleware(
                CORSMiddleware,
                allow_origins=list(config.cors_origins),
                allow_methods=["GET", "POST", "PATCH", "PUT", "DELETE"],
                allow_headers=READ_HEADERS,
                expose_headers=GIVEN_HEADERS,
            ),
            Middleware(FailureMiddleware),
            Middleware(HeadMiddleware),
            Middleware(BodyMiddleware, seconds=config.figures.body_seconds),
            Middleware(ActorMiddleware),
            Middleware(AdmissionMiddleware, admission=services.core.admission),
            Middleware(CsrfMiddleware),
        ],
        exception_handlers=HANDLERS,
        lifespan=lifespan,
    )
    mount_admin(app, services)
    app.state.services = services
    app.state.templates = Templates(Brand.from_config(config), services.core.sources)
    services.letters.post.dress = Letterhead(app.state.templates).html
    return app
