"""What surrounds every request, in plain ASGI: its id, its log line, the security headers."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, MutableMapping
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from host.ids import Sources

log = logging.getLogger("festoon.access")

_USABLE_ID = re.compile(r"[A-Za-z0-9._-]{8,80}")

# Everything comes from this host, nothing is inline, nobody frames it.
PAGE_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; "
    "connect-src 'self'; font-src 'self'; object-src 'none'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'self'"
)
API_POLICY = "default-src 'none'; frame-ancestors 'none'"


class RequestMiddleware:
    """Gives a request its id, its answer the headers, and the log one line.

    A caller's own `X-Request-ID` is kept where it is harmless, so that it can be followed
    through a proxy.
    """

    def __init__(
        self,
        app: ASGIApp,
        sources: Sources,
        observe: Callable[[str, int, float], None],
        *,
        secure: bool,
    ) -> None:
        """`observe` is told method, status and seconds of each answer.

        `secure`: browsers reach the host by https, so they may be told to stay there.
        """
        self._app = app
        self._observe = observe
        self._sources = sources
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        request_id = self._request_id(scope)
        state: MutableMapping[str, Any] = scope.setdefault("state", {})
        state["request_id"] = request_id
        started, status = time.perf_counter(), 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._dress(MutableHeaders(scope=message), scope["path"], request_id)
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            if scope["type"] == "http":
                seconds = time.perf_counter() - started
                self._observe(scope["method"], status, seconds)
                log.info(
                    "%s %s %s %.0fms %s",
                    scope["method"],
                    scope["path"].encode("unicode_escape").decode(),
                    status or "-",
                    seconds * 1000,
                    request_id,
                )

    def _request_id(self, scope: Scope) -> str:
        for name, value in scope["headers"]:
            if name == b"x-request-id":
                given: str = value.decode("latin-1")
                if _USABLE_ID.fullmatch(given):
                    return given
        return self._sources.new_id()

    def _dress(self, headers: MutableHeaders, path: str, request_id: str) -> None:
        headers["X-Request-ID"] = request_id
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"
        api = path.startswith("/api/")
        headers.setdefault("Content-Security-Policy", API_POLICY if api else PAGE_POLICY)
        if api:
            headers.setdefault("Cache-Control", "no-store")
        if self._secure:
            headers["Strict-Transport-Security"] = "max-age=31536000"
