"""`/metrics` for Prometheus: what a person who is called at night asks first."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from host.apps.states import AppState
from host.services import Services


class Metrics:
    """The figures of one host, in a registry of its own."""

    def __init__(self, services: Services) -> None:
        core = services.core
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "festoon_http_requests",
            "Requests answered.",
            ["method", "status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "festoon_http_request_seconds",
            "Time to answer a request, in seconds.",
            ["method"],
            registry=self._registry,
        )
        sockets = Gauge("festoon_sockets", "Open sockets.", registry=self._registry)
        sockets.set_function(lambda: core.hub.connections)
        apps = Gauge(
            "festoon_apps_not_active",
            "Applications that should run and do not.",
            registry=self._registry,
        )
        apps.set_function(
            lambda: sum(
                entry.state not in (AppState.ACTIVE, AppState.DISABLED)
                for entry in core.registry.entries
            )
        )

    def observe(self, method: str, status: int, seconds: float) -> None:
        """One request was answered with `status`."""
        known = method if method in ("GET", "POST", "PUT", "PATCH", "DELETE") else "OTHER"
        self._requests.labels(known, str(status)).inc()
        self._seconds.labels(known).observe(seconds)

    def route(self) -> BaseRoute:
        """The page that Prometheus reads. Keep it to the inside: the proxy does not pass it on."""

        async def metrics(request: Request) -> Response:
            return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)

        return Route("/metrics", metrics)
