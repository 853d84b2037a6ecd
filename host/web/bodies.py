"""The time that a request's body may take."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from host.errors import FestoonError, MalformedRequest
from host.web.api.body import refusal

HAS_BODY = frozenset({b"content-length", b"transfer-encoding"})


class TooLong(FestoonError):
    """The body of a request did not come in within `seconds`."""

    code = "REQUEST_TIMEOUT"
    status = 408

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"The request did not come in within {seconds:g} s. Send it again.",
            headers={"Connection": "close"},
        )


class BodyMiddleware:
    """Refuses, with 408 and the end of the connection, a body that takes longer than `seconds`.

    However little of it comes, and however regularly: a connection must not be held for ever.
    """

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on. What reads the body gets a `TooLong`."""
        is_http = scope["type"] == "http"
        framing = {name for name, _ in scope["headers"] if name in HAS_BODY} if is_http else set()
        if not framing:
            await self._app(scope, receive, send)
            return
        if len(framing) > 1:
            # RFC 9112 6.3: a server in front may have seen another end, so nothing that follows
            # on this connection is taken for a request.
            ambiguous = MalformedRequest(
                "Say how long the body is by Content-Length or by Transfer-Encoding, not by both.",
                headers={"Connection": "close"},
            )
            await refusal(ambiguous, "")(scope, receive, send)
            return
        until = asyncio.get_running_loop().time() + self._seconds
        has_more = True

        async def receive_in_time() -> Message:
            nonlocal has_more
            if not has_more:
                return await receive()
            clock = asyncio.timeout_at(until)
            try:
                async with clock:
                    message = await receive()
            except TimeoutError:
                if not clock.expired():
                    raise
                raise TooLong(self._seconds) from None
            has_more = message["type"] == "http.request" and message.get("more_body", False)
            return message

        await self._app(scope, receive_in_time, send)
