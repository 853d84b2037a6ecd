"""Refuses, with 429, requests of which their maker makes too many: see `host.web.standing`."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from host.admission import Admission
from host.web.actors import refuse
from host.web.standing import NOT_COUNTED, count, too_many


class AdmissionMiddleware:
    """Stands inside `ActorMiddleware`, which says who makes a request."""

    def __init__(self, app: ASGIApp, admission: Admission) -> None:
        self._app = app
        self._admission = admission

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI; answers 429, with `Retry-After`, to one request too many."""
        if scope["type"] == "http" and not scope["path"].startswith(NOT_COUNTED):
            refusal = too_many(count(scope, self._admission))
            if refusal is not None:
                await refuse(refusal, scope, receive, send)
                return
        await self._app(scope, receive, send)
