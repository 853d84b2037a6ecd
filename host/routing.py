"""How an application declares its pages and sockets; the host mounts them behind a guard.

    @hookimpl
    def routes():
        return [
            room_page("play", play, role=Role.PARTICIPANT),
            room_socket("live", role=Role.PARTICIPANT),
            app_page("about", about),
        ]

`room_page("play", …)` of the application `lottery` is `/apps/lottery/rooms/{room_id}/play`, and
`app_page("about", …)` is `/apps/lottery/about`. Files in the package's `static/` are served at
`/apps/lottery/static/`, templates are looked up in its `templates/` first and then in the host's.
A `static/worker.js` becomes a part of the host's service worker, of which a browser has only one.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Scope

from host.contract import AppContext, JsonObject, Participant, Person, Role, Room

F = TypeVar("F", bound=Callable[..., Any])
Render = Callable[[str, Mapping[str, Any], int], Response]
Greeting = Sequence[tuple[str, JsonObject]]
Greet = Callable[[AppContext, Room, Participant | None], Awaitable[Greeting]]


@dataclass(frozen=True)
class AppRequest:
    """What an application's page is given besides the request.

    `ctx` stands outside of any room. `person` is None where nobody is signed in.
    """

    ctx: AppContext
    person: Person | None
    _render: Render = field(repr=False)

    def url(self, path: str) -> str:
        """The address of another page of this application."""
        return f"/apps/{self.ctx.app_id}/{path.lstrip('/')}"

    def render(
        self, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
    ) -> Response:
        """An answer from one of the application's templates, with the host's words in it.

        `app_asset("play.js")` gives the address of a file in the package's `static/`.
        """
        return self._render(template, context or {}, status)


@dataclass(frozen=True)
class RoomRequest:
    """What a room page is given besides the request, once the guard has let it pass.

    `room` is as this person may see it; the settings in `ctx` are whole. `participant` is the
    person's own part, None for an onlooker. `seq` was read before everything else, so events
    after it are news to this page. A posted form was read and its CSRF token checked before:
    `await request.form()` gives it.
    """

    ctx: AppContext
    room: Room
    participant: Participant | None
    role: Role | None
    may_edit: bool
    seq: int
    _render: Render = field(repr=False)

    def url(self, path: str) -> str:
        """The address of another page or socket of this application in this room."""
        return f"/apps/{self.ctx.app_id}/rooms/{self.room.id}/{path.lstrip('/')}"

    def render(
        self, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
    ) -> Response:
        """An answer from one of the application's templates, with the host's words in it.

        In the context already: `room`, `room_id`, `participant`, `role`, `may_edit`, `seq`,
        `settings` (whole for who may edit the room, without what is `writeOnly` for others),
        `theme`, `join_url`, `join_code`, `app_asset(name)` and `app_url(path)`.
        """
        return self._render(template, context or {}, status)


class Declared(BaseRoute):
    """A declaration that becomes a route when the host mounts the application."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """A declaration answers nothing by itself."""
        return Match.NONE, {}


class AppPage(Declared):
    """A page of the application outside of any room; made by `app_page`."""

    def __init__(self, path: str, endpoint: AppEndpoint, methods: Sequence[str]) -> None:
        self.path = _clean(path, "rooms", "static")
        self.endpoint = _coroutine(endpoint)
        self.methods = tuple(methods)


class RoomPage(Declared):
    """A page of the application in a room; made by `room_page`."""

    def __init__(
        self, path: str, endpoint: RoomEndpoint, methods: Sequence[str], role: Role | None
    ) -> None:
        self.path = _clean(path)
        self.endpoint = _coroutine(endpoint)
        self.methods = tuple(methods)
        self.role = role


class RoomSocket(Declared):
    """A socket of the application in a room; made by `room_socket`."""

    def __init__(
        self, path: str, role: Role | None, greet: Greet | None, quiet: bool, measured: bool
    ) -> None:
        self.path = _clean(path)
        self.role = role
        self.greet = None if greet is None else _coroutine(greet)
        self.quiet = quiet
        self.measured = measured


AppEndpoint = Callable[[Request, AppRequest], Awaitable[Response]]
RoomEndpoint = Callable[[Request, RoomRequest], Awaitable[Response]]


def app_page(path: str, endpoint: AppEndpoint, *, methods: Sequence[str] = ("GET",)) -> AppPage:
    """`/apps/<id>/<path>`: for everybody, as long as the application runs."""
    return AppPage(path, endpoint, methods)


def room_page(
    path: str,
    endpoint: RoomEndpoint,
    *,
    methods: Sequence[str] = ("GET",),
    role: Role | None = Role.PARTICIPANT,
) -> RoomPage:
    """`/apps/<id>/rooms/{room_id}/<path>`, for those with at least `role` in the room.

    The order is VIEWER, PARTICIPANT, MODERATOR, ORGANIZER, ADMIN; None lets everybody in who
    may see the room, as a public screen does. Where the application is off in the room the
    page does not exist.
    """
    return RoomPage(path, endpoint, methods, role)


def room_socket(
    path: str,
    *,
    role: Role | None = Role.VIEWER,
    greet: Greet | None = None,
    quiet: bool = True,
    measured: bool = False,
) -> RoomSocket:
    """`/apps/<id>/rooms/{room_id}/<path>`: a socket that speaks the frames of `/realtime`.

    It belongs to this room: who is signed in and has `role` is subscribed to it, `quiet` or
    not, from `?after=` on, unless the client subscribes itself. Actions need not name the room.
    `greet(ctx, room, participant)` gives `(event, data)` pairs that are sent to the new socket
    alone, as passing events `<appId>:<event>`. Closed when the application is switched off.

    One that is `measured` is pinged every two seconds, the first time right after the handshake:
    its messages then know their `path`, and when its events were written (`heard`).
    """
    return RoomSocket(path, role, greet, quiet, measured)


def _clean(path: str, *taken: str) -> str:
    cleaned = path.strip("/")
    if not cleaned or cleaned.split("/")[0] in taken:
        raise ValueError(f"a page cannot have the path {path!r}")
    return cleaned


def _coroutine(function: F) -> F:
    if not inspect.iscoroutinefunction(function):
        raise TypeError(f"{function!r} must be async def")
    return function
