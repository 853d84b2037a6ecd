"""The applications' pages, sockets and files at `/apps/<id>/`, behind a guard."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket

from host.access import Act, Actor, role_of
from host.apps.entry import AppEntry
from host.apps.registry import Registry
from host.contract import Event
from host.errors import Forbidden, NotFound
from host.realtime.connection import Binding, SignIn
from host.realtime.envelope import Framed
from host.routing import AppPage, AppRequest, RoomPage, RoomRequest, RoomSocket
from host.services import Services
from host.services.entry import Entry, shown
from host.services.gate import SocketGate
from host.store import rooms
from host.web.app_guard import AppGuard, BoundGate, RunningMiddleware
from host.web.csrf import FORMS, SAFE
from host.web.pages.acting import actor_of, posted, see_other
from host.web.pages.brand import Brand
from host.web.pages.files import Files
from host.web.pages.templating import Templates, assets, theme_of
from host.web.sockets import Bridge, Place, signed_in_by_cookie

log = logging.getLogger("festoon.web")

GREETING_SECONDS = 5.0


class AppMounts:
    """`/apps`, empty until the applications are loaded."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._mount = Mount("/apps", routes=[], name="apps")

    def route(self) -> Mount:
        """The route to hang into the host."""
        return self._mount

    def mount(self, registry: Registry) -> None:
        """Mounts every application that was loaded; call it once they are."""
        mounted: list[BaseRoute] = []
        for entry in registry.active:
            app = MountedApp(self._services, entry)
            guard = Middleware(RunningMiddleware, registry=registry, app_id=entry.app_id)
            mounted.append(
                Mount(
                    f"/{entry.app_id}", routes=app.routes(), name=entry.app_id, middleware=[guard]
                )
            )
        self._mount.routes[:] = mounted


class MountedApp:
    """What one application brings, turned into routes."""

    def __init__(self, services: Services, entry: AppEntry) -> None:
        assert entry.folder is not None
        self._services = services
        self._core = services.core
        self._entry = entry
        self._static = entry.folder / "static"
        self._guard = AppGuard(services, entry.app_id)
        self._gate = SocketGate(services.core, services.identity, services.app_identity)
        self._bridge = Bridge(services.core.hub, services.core.config)
        self._templates = Templates(
            Brand.from_config(services.core.config),
            services.core.sources,
            entry.folder / "templates",
        )
        self._asset = assets(self._static, f"/apps/{entry.app_id}/static")

    def routes(self) -> list[BaseRoute]:
        """Files first, then the application's own in its order."""
        found: list[BaseRoute] = []
        if self._static.is_dir():
            found.append(Mount("/static", Files(directory=self._static), name="static"))
        found.extend(self._route(declared) for declared in self._entry.routes)
        return found

    def _route(self, declared: BaseRoute) -> BaseRoute:
        match declared:
            case RoomPage():
                path = f"/rooms/{{room_id}}/{declared.path}"
                answer = partial(self._room_page, declared)
                return Route(path, _endpoint(answer), methods=declared.methods, name=declared.path)
            case AppPage():
                path, answer = f"/{declared.path}", partial(self._app_page, declared)
                return Route(path, _endpoint(answer), methods=declared.methods, name=declared.path)
            case RoomSocket():
                path = f"/rooms/{{room_id}}/{declared.path}"

                async def serve(websocket: WebSocket) -> None:
                    await self._room_socket(declared, websocket)

                return WebSocketRoute(path, serve, name=declared.path)
        return declared

    async def _app_page(self, declared: AppPage, request: Request) -> Response:
        await _check_form(request)
        user = actor_of(request).user
        given = AppRequest(
            ctx=await self._core.registry.context(self._entry.app_id),
            person=user.person if user else None,
            _render=partial(self._render, request, {}),
        )
        return await declared.endpoint(request, given)

    async def _room_page(self, declared: RoomPage, request: Request) -> Response:
        room_id = request.path_params["room_id"]
        # Read before the room, so that whatever comes after it is news to the page.
        async with self._core.db.read() as connection:
            seq = await rooms.event_seq(connection, room_id)
        try:
            entry = await self._guard.enter(actor_of(request), room_id, declared.role)
        except (NotFound, Forbidden):
            door = self._services.door
            if request.method in SAFE and await door.out_of(actor_of(request), room_id):
                # Who was taken out of the room is told so by the platform, in its own words.
                return see_other(f"/r/{room_id}")
            raise
        await _check_form(request)
        may_edit, ctx = entry.may(Act.SEE_SECRETS), await self._guard.context(entry)
        # A template that lists them must not tell a guest the secret ones.
        settings = ctx.settings if may_edit else ctx.public_settings
        given = RoomRequest(
            ctx=ctx,
            room=shown(entry.room, editor=may_edit),
            participant=entry.participant,
            role=role_of(entry.actor, entry.participant),
            may_edit=may_edit,
            seq=seq,
            _render=lambda *page: self._render(request, self._words(given, settings), *page),
        )
        return await declared.endpoint(request, given)

    def _words(self, given: RoomRequest, settings: Mapping[str, Any]) -> dict[str, Any]:
        brand, room = self._templates.brand, given.room
        return {
            "room": room,
            "room_id": room.id,
            "participant": given.participant,
            "role": given.role,
            "may_edit": given.may_edit,
            "seq": given.seq,
            "settings": settings,
            "theme": theme_of(room, brand),
            "join_url": brand.join_url(room.join_code),
            "join_code": room.join_code,
            "app_url": given.url,
        }

    def _render(
        self,
        request: Request,
        words: Mapping[str, Any],
        template: str,
        context: Mapping[str, Any],
        status: int,
    ) -> Response:
        every = {**words, "app_asset": self._asset, **context}
        return self._templates.page(request, template, every, status=status)

    async def _room_socket(self, declared: RoomSocket, websocket: WebSocket) -> None:
        room_id = websocket.path_params["room_id"]
        after = websocket.query_params.get("after")
        place = Place(
            binding=Binding(self._entry.app_id, room_id),
            quiet=declared.quiet,
            # What is no number is refused as any other impossible place is.
            after=None if after is None else int(after) if _is_seq(after) else -1,
            greet=partial(self._greet, declared, room_id),
            measured=declared.measured,
        )
        gate = BoundGate(self._gate, self._guard, declared.role)
        sign_in = signed_in_by_cookie(websocket, self._gate)
        await self._bridge.serve(websocket, gate, sign_in, place)

    async def _greet(self, declared: RoomSocket, room_id: str, sign_in: SignIn) -> list[bytes]:
        assert isinstance(sign_in.actor, Actor)
        entry = await self._guard.enter(sign_in.actor, room_id, declared.role)
        if declared.greet is None:
            return []
        try:
            # In a task of its own: the conversation's may be another after the greeting.
            greeting = asyncio.create_task(self._greeting(declared, entry))
            return await asyncio.wait_for(greeting, GREETING_SECONDS)
        except Exception:
            # Without its greeting the socket is still of use.
            log.exception("the greeting of %s failed", self._entry.app_id)
            return []

    async def _greeting(self, declared: RoomSocket, entry: Entry) -> list[bytes]:
        assert declared.greet is not None
        room = shown(entry.room, editor=entry.may(Act.SEE_SECRETS))
        pairs = await declared.greet(await self._guard.context(entry), room, entry.participant)
        now = self._core.sources.now()
        events = [Event(room.id, f"{self._entry.app_id}:{name}", data, now) for name, data in pairs]
        return [Framed(event).frame("public", None) for event in events]


def _endpoint(answer: Callable[[Request], Any]) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        response: Response = await answer(request)
        return response

    return endpoint


async def _check_form(request: Request) -> None:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method not in SAFE and media in FORMS:
        await posted(request)


def _is_seq(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 15
