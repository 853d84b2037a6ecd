"""Who gets in to the administration, and what its pages may load."""

from __future__ import annotations

import secrets

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from host.access import Actor
from host.services.admin import need_admin

PATH = "/admin"
NONCE = "csp_nonce"


class AdminGuard:
    """Lets platform admins in; for everybody else there is nothing here.

    The library's pages hold small scripts of their own. Each answer has a number that only its own
    scripts know, so that text which somebody typed is never run.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI; raises `Unauthorized` or `NotFound`, which the host answers."""
        need_admin_in(scope)
        nonce = secrets.token_urlsafe(16)

        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = _policy(nonce)
                if headers.get("content-type", "").startswith("text/html"):
                    headers["Cache-Control"] = "no-store"
            await send(message)

        # A scope of its own: what goes wrong in there is answered by the host's application.
        inner = {**scope, "state": {**scope["state"], NONCE: nonce}}
        await self._app(inner, receive, send_with_policy)


def need_admin_in(scope: Scope) -> None:
    """Raises `Unauthorized` or `NotFound` unless a platform admin asks."""
    actor: Actor = scope["state"]["actor"]
    actor.need_user()
    need_admin(actor)


def _policy(nonce: str) -> str:
    return (
        f"default-src 'self'; script-src 'self' 'nonce-{nonce}'; "
        f"style-src 'self' 'nonce-{nonce}'; style-src-attr 'unsafe-inline'; "
        "img-src 'self' data: https:; font-src 'self' data:; connect-src 'self'; "
        "object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    )
