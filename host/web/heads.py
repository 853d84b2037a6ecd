"""How long the head of a request may be: its address, and the number of its headers."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from host.errors import FestoonError
from host.web.actors import refuse

LONGEST_ADDRESS = 8_192
"""Bytes of path and query. The bytes of all headers are bounded by the server that reads them."""
MOST_HEADERS = 100


class AddressTooLong(FestoonError):
    """The path and the query are longer than any that means something here."""

    code = "ADDRESS_TOO_LONG"
    status = 414

    def __init__(self) -> None:
        super().__init__(
            f"The address is longer than {LONGEST_ADDRESS} bytes. Ask for less at once.",
            details={"limit": LONGEST_ADDRESS},
        )


class TooManyHeaders(FestoonError):
    """More headers than any client has a use for."""

    code = "TOO_MANY_HEADERS"
    status = 431

    def __init__(self) -> None:
        super().__init__(
            f"The request has more than {MOST_HEADERS} headers.",
            details={"limit": MOST_HEADERS},
            headers={"Connection": "close"},
        )


class HeadMiddleware:
    """Refuses heads that are too long, before anybody goes through them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI; 414 or 431."""
        if scope["type"] == "http":
            if len(scope["headers"]) > MOST_HEADERS:
                await refuse(TooManyHeaders(), scope, receive, send)
                return
            path = scope.get("raw_path") or scope["path"]
            if len(path) + len(scope["query_string"]) > LONGEST_ADDRESS:
                await refuse(AddressTooLong(), scope, receive, send)
                return
        await self._app(scope, receive, send)
