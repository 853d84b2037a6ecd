"""Nobody else's page makes a browser act here: where a request comes from, and a token besides.

A token is a nonce and an HMAC of the nonce and the browser's own cookie: the session's, or a
random one for those who are not signed in. So it is worth nothing in another browser, nor after
the next sign-in, and two of them never look alike.
"""

from __future__ import annotations

import hmac
import secrets
from functools import cached_property

from markupsafe import Markup
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from host.errors import Forbidden
from host.services import Core
from host.web.actors import API, refuse
from host.web.cookies import PRE_SESSION, SESSION, cookie_header, sending
from host.web.origin import from_this_host

FIELD = "csrf_token"
HEADER = "X-CSRF-Token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
NONCE = 32
"""Characters of a token that are its nonce, in hexadecimal."""


def csrf_token(request: Request) -> str:
    """A token for a form or a script of the page that answers this request."""
    return _guard(request).token()


def csrf_field(request: Request) -> Markup:
    """The hidden input that every `<form method="post">` carries."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, csrf_token(request))


def bind_csrf(request: Request, session: str) -> None:
    """Has the forms of this answer belong to the session that begins with it, by its cookie."""
    _guard(request).bind(session)


def verify_csrf(request: Request, form_token: object) -> None:
    """Lets a form pass whose field `csrf_token` is this browser's, or raises Forbidden.

    Every page that takes a form calls it with the parsed field, before it does anything.
    """
    _guard(request).verify(form_token)


class CsrfMiddleware:
    """Stands inside `ActorMiddleware` and guards every unsafe request without a bearer token.

    Under `/api/` that is only what the session cookie signs in. Elsewhere every request must
    come from this host, signed in or not, and what is no form must carry the header; the
    token of a form is in its body, which is for the page to read: see `verify_csrf`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI; never touches the body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        guard = scope["state"]["csrf"] = _Guard(scope)
        send = sending(send, guard.cookies)
        try:
            self._check(scope, guard)
        except Forbidden as error:
            await refuse(error, scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _check(self, scope: Scope, guard: _Guard) -> None:
        by_cookie: bool = scope["state"]["by_cookie"]
        by_bearer = not by_cookie and scope["state"]["actor"].signed_in
        in_api = scope["path"].startswith(API)
        if scope["method"] in SAFE or by_bearer or (in_api and not by_cookie):
            return
        headers = Headers(scope=scope)
        if not from_this_host(headers, guard.core.config.origin):
            raise Forbidden(
                "This request comes from a page of another site.", details={"reason": "CSRF"}
            )
        media = headers.get("content-type", "").partition(";")[0].strip().lower()
        if by_cookie and (in_api or media not in FORMS):
            guard.verify(None)


class _Guard:
    """Makes and checks the tokens of one request's browser."""

    def __init__(self, scope: Scope) -> None:
        self.core: Core = scope["app"].state.services.core
        self.cookies: dict[str, str] = {}
        # Not the scope, which holds this: a circle of them waits for the collector, with all that
        # a request brought, where otherwise it goes at once.
        self._headers = scope["headers"]
        self._by_cookie: bool = scope["state"]["by_cookie"]

    @cached_property
    def _bound_to(self) -> str:
        # Most calls never ask, and to read cookies takes as long as all else here.
        connection = HTTPConnection({"type": "http", "headers": self._headers})
        if self._by_cookie:
            return f"session {connection.cookies[SESSION]}"
        return f"none {connection.cookies.get(PRE_SESSION, '')}"

    @property
    def _unbound(self) -> bool:
        return self._bound_to == "none "

    def bind(self, session: str) -> None:
        self._bound_to = f"session {session}"

    def token(self) -> str:
        if self._unbound:
            value = secrets.token_hex(32)
            self.cookies[PRE_SESSION] = cookie_header(
                PRE_SESSION, value, secure=self.core.config.secure, seconds=None
            )
            self._bound_to = f"none {value}"
        nonce = secrets.token_hex(NONCE // 2)
        return nonce + self._mac(nonce)

    def verify(self, form_token: object) -> None:
        header = Headers(raw=self._headers).get(HEADER)
        token = form_token if isinstance(form_token, str) else header or ""
        right = token.isascii() and hmac.compare_digest(token[NONCE:], self._mac(token[:NONCE]))
        if self._unbound or not right:
            raise Forbidden(
                "This page has been open for too long, or you signed in or out elsewhere. "
                "Load it again and repeat what you did.",
                details={"reason": "CSRF"},
            )

    def _mac(self, nonce: str) -> str:
        key = self.core.tokens.derive_key("csrf")
        return hmac.digest(key, f"{nonce} {self._bound_to}".encode(), "sha256").hex()


def _guard(request: Request) -> _Guard:
    guard: _Guard = request.state.csrf
    return guard
