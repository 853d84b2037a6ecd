"""What surrounds every request, in plain ASGI: its id, its log line, the security headers."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, MutableMapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from host.admission import Admission
from host.ids import Sources
from host.web.standing import API, count

log = logging.getLogger("festoon.access")

_USABLE_ID = re.compile(rb"[A-Za-z0-9._-]{8,80}")

# Everything comes from this host, nothing is inline, nobody frames it.
PAGE_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob: https:; "
    "media-src 'self' blob:; connect-src 'self'; font-src 'self'; object-src 'none'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
API_POLICY = "default-src 'none'; frame-ancestors 'none'"

_Headers = list[tuple[bytes, bytes]]
_ALWAYS: _Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
]
_STRICTLY: _Headers = [(b"strict-transport-security", b"max-age=31536000")]
_PAGE = (b"content-security-policy", PAGE_POLICY.encode())
_CALL: _Headers = [
    (b"content-security-policy", API_POLICY.encode()),
    (b"cache-control", b"no-store"),
]


class RequestMiddleware:
    """Gives a request its id, its answer the headers, and the log one line.

    A caller's own `X-Request-ID` is kept where it is harmless, so that it can be followed
    through a proxy.
    """

    def __init__(
        self,
        app: ASGIApp,
        sources: Sources,
        admission: Admission,
        observe: Callable[[str, int, float], None],
        *,
        secure: bool,
    ) -> None:
        """`observe` is told method, status and seconds of each answer.

        `secure`: browsers reach the host by https, so they may be told to stay there.
        """
        self._app = app
        self._admission = admission
        self._observe = observe
        self._sources = sources
        self._always = _ALWAYS + _STRICTLY if secure else _ALWAYS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        request_id = self._request_id(scope)
        state: MutableMapping[str, Any] = scope.setdefault("state", {})
        state["request_id"] = request_id
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = self._dressed(message.get("headers", ()), scope, request_id)
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            seconds = time.perf_counter() - started
            self._observe(scope["method"], status, seconds)
            if log.isEnabledFor(logging.INFO):
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
            if name == b"x-request-id" and _USABLE_ID.fullmatch(value):
                given: str = value.decode()
                return given
        return self._sources.new_id()

    def _dressed(self, given: Any, scope: Scope, request_id: str) -> _Headers:
        # By bytes: each header set through Starlette's mapping would go through all there are.
        headers: _Headers = [*given, (b"x-request-id", request_id.encode()), *self._always]
        present = {name for name, _ in given}
        if not scope["path"].startswith(API):
            return headers if _PAGE[0] in present else [*headers, _PAGE]
        headers += [header for header in _CALL if header[0] not in present]
        state = scope["state"]
        # What was answered before it was known who asks is counted now, by the address.
        standing = state["standing"] if "standing" in state else count(scope, self._admission)
        if standing is not None:
            headers.append((b"ratelimit-policy", standing.policy))
            headers.append((b"ratelimit", standing.left))
        return headers
