"""The cookies of the host: their names, and attributes that keep them to this host."""

from __future__ import annotations

from http.cookies import SimpleCookie

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send

SESSION = "festoon_session"
PRE_SESSION = "festoon_csrf"
"""A random value that binds the forms of those who are not signed in."""
SESSION_SECONDS = 30 * 24 * 3600


def cookie_header(name: str, value: str, *, secure: bool, seconds: int | None) -> str:
    """A Set-Cookie value: HttpOnly, SameSite=Lax, and Secure where the host is on https.

    `seconds` None lets it live as long as the browser runs, 0 removes it.
    """
    cookie: SimpleCookie = SimpleCookie()
    cookie[name] = value
    morsel = cookie[name]
    morsel["path"] = "/"
    morsel["httponly"] = True
    morsel["samesite"] = "Lax"
    if secure:
        morsel["secure"] = True
    if seconds is not None:
        morsel["max-age"] = seconds
    return morsel.OutputString()


def set_session_cookie(headers: MutableHeaders, value: str, *, secure: bool) -> None:
    """Gives the browser the cookie of its new session: `set_session_cookie(answer.headers, …)`."""
    headers.append(
        "Set-Cookie", cookie_header(SESSION, value, secure=secure, seconds=SESSION_SECONDS)
    )


def clear_session_cookie(headers: MutableHeaders, *, secure: bool) -> None:
    """Takes the session's cookie from the browser."""
    headers.append("Set-Cookie", cookie_header(SESSION, "", secure=secure, seconds=0))


def sending(send: Send, add: dict[str, str]) -> Send:
    """A `send` that adds cookies (Set-Cookie values by name) which the answer does not set.

    `add` is looked at when the answer begins, so that it may be filled until then.
    """

    async def send_with_cookies(message: Message) -> None:
        if message["type"] == "http.response.start" and add:
            headers = MutableHeaders(scope=message)
            already = headers.getlist("set-cookie")
            for name, value in add.items():
                if not any(given.startswith(f"{name}=") for given in already):
                    headers.append("Set-Cookie", value)
        await send(message)

    return send_with_cookies
