"""Refusals as pages: what happened, and what to do next, in the look of the house."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from host.access import ANYONE, Actor
from host.errors import FestoonError, Unauthorized
from host.web.pages.acting import local
from host.web.pages.templating import templates_of


@dataclass(frozen=True)
class Way:
    """A link that leads on."""

    label: str
    href: str


HOME = Way("To the start", "/")
JOIN = Way("Join by code", "/join")
TITLES = {
    400: "That did not arrive whole",
    401: "Please sign in",
    403: "This is not for you",
    404: "There is nothing here",
    409: "That is not possible now",
    413: "That was too much",
    422: "Something does not fit",
    429: "One moment, please",
    502: "The application did not answer",
    503: "Not right now",
    504: "The application took too long",
}
HINTS = {
    403: "If you think it should be, ask the organizer to give you a role in the room.",
    404: "The address may be mistyped, or the room is private and you are not in it yet.",
    429: "Wait a few seconds and try again. Nothing was lost.",
    502: "Nothing was changed. The organizer has been told.",
    504: "Nothing was changed. The organizer has been told.",
}


def error_page(request: Request, error: FestoonError) -> Response:
    """The page for a refusal; a visitor who is not signed in is sent to do so and comes back."""
    actor: Actor = getattr(request.state, "actor", ANYONE)
    if isinstance(error, Unauthorized) and request.method in ("GET", "HEAD"):
        where = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?next={quote(where)}", 303)
    unforeseen = error.status == 500
    context: dict[str, Any] = {
        "status": error.status,
        "title": "Something went wrong" if unforeseen else TITLES.get(error.status, "Not possible"),
        "message": error.message,
        "hint": HINTS.get(error.status, ""),
        "acts": _ways(request, actor),
        "request_id": getattr(request.state, "request_id", "") if error.status >= 500 else "",
    }
    return templates_of(request).page(
        request, "pages/error.html", context, status=error.status, headers=error.headers
    )


def _ways(request: Request, actor: Actor) -> list[Way]:
    if request.method not in ("GET", "HEAD") and (back := _came_from(request)):
        return [Way("Go back", back), HOME]
    if actor.user is None:
        return [Way("Sign in", "/sign-in"), JOIN]
    if not actor.is_guest:
        return [Way("My rooms", "/rooms"), HOME]
    return [JOIN, HOME]


def _came_from(request: Request) -> str:
    """The path of the page the form stood on, if it was one of ours."""
    origin = f"{request.url.scheme}://{request.url.netloc}"
    came = request.headers.get("referer", "")
    return local(came.removeprefix(origin), "") if came.startswith(origin) else ""
