"""The host's application: Starlette, with a shorter way for sockets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from starlette.applications import Starlette
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.routing import WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from host.web.actors import ActorMiddleware
from host.web.middleware import RequestMiddleware

FOR_SOCKETS: frozenset[object] = frozenset({RequestMiddleware, ActorMiddleware})
"""The middlewares that have something to do for a socket; the others would only hand it on."""

Endpoint = Callable[[WebSocket], Awaitable[None]]


class HostApp(Starlette):
    """Takes requests through every middleware, and sockets through those that are for them.

    A socket whose path is all that there is to its route is not looked for among the routes.
    """

    def build_middleware_stack(self) -> ASGIApp:
        """As in Starlette, for each of the two."""
        requests = super().build_middleware_stack()
        # Starlette has the handler of all other failures outside, where sockets pass it by.
        handlers = {
            what: do for what, do in self.exception_handlers.items() if what is not Exception
        }
        known = {
            route.path: route.endpoint
            for route in self.routes
            if isinstance(route, WebSocketRoute) and not route.param_convertors
        }
        sockets: ASGIApp = _Known(known, ExceptionMiddleware(self.router, handlers=handlers))
        for middleware in reversed(self.user_middleware):
            if middleware.cls in FOR_SOCKETS:
                sockets = middleware.cls(sockets, *middleware.args, **middleware.kwargs)

        async def stack(scope: Scope, receive: Receive, send: Send) -> None:
            await (sockets if scope["type"] == "websocket" else requests)(scope, receive, send)

        return stack


class _Known:
    """Serves the sockets that are known by their path, and leaves the others to the routes."""

    def __init__(self, known: Mapping[str, Endpoint], routes: ASGIApp) -> None:
        self._known = known
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        endpoint = self._known.get(scope["path"]) if not scope.get("root_path") else None
        if endpoint is None:
            await self._routes(scope, receive, send)
        else:
            await endpoint(WebSocket(scope, receive, send))
