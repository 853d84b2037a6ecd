"""Who may reach what an application brings: the room, the application there, and the role."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from starlette.types import ASGIApp, Receive, Scope, Send

from host.access import Act, Actor, role_of
from host.apps.registry import Registry
from host.context import Context, make_context
from host.contract import JsonObject, Role
from host.errors import Forbidden, NotFound, Unauthorized
from host.realtime.connection import SignIn, Source
from host.realtime.gate import Answer, Gate, Standing
from host.realtime.memory import KnownRoom
from host.realtime.subscription import Subscriber
from host.services import Services
from host.services.entry import Entry, enter
from host.services.known import enter_known, remembered
from host.store import room_apps

RISING = (Role.VIEWER, Role.PARTICIPANT, Role.MODERATOR, Role.ORGANIZER, Role.ADMIN)


class AppGuard:
    """The guard of one application's room pages and sockets."""

    def __init__(self, services: Services, app_id: str) -> None:
        self.app_id = app_id
        self._services = services
        self._core = services.core

    async def enter(self, actor: Actor, room_id: str, role: Role | None) -> Entry:
        """Lets somebody into a room's page, or refuses in the order of the wire contract.

        Raises `Unauthorized`, `NotFound` for a room that they may not know of and for one in
        which the application is off, `Forbidden` for a role below `role` (None: any, or none).
        """
        if role is not None:
            actor.need_user()
        entry = await enter(self._core, actor, room_id, Act.SEE_ROOM)
        await self.need_on(room_id)
        if not _is_enough(role_of(actor, entry.participant), role):
            raise Forbidden(f"This page is for those with the role {role} in this room.")
        return entry

    def knows(self, actor: Actor, room_id: str, role: Role | None) -> bool:
        """Whether it lets somebody in who may listen, by what is remembered of the room.

        False also where nothing is: then `enter` has to look.
        """
        memory = self._core.hub.memory(room_id)
        found = remembered(memory, actor, Act.LISTEN) if memory is not None else None
        return found is not None and self._lets_in(*found, role)

    async def learns(self, actor: Actor, room_id: str, role: Role | None) -> bool:
        """As `knows`, once what is not remembered was looked up, for all who ask together.

        A hall that has been quiet is forgotten, and then speaks at once: a question for each of
        its people would keep them waiting for seconds. False: `enter` has to look, and to say why.
        """
        if self._core.hub.memory(room_id) is None:
            return False
        try:
            entry, known = await enter_known(self._core, actor, room_id, Act.LISTEN)
        except (Unauthorized, NotFound, Forbidden):
            return False
        return entry.may(Act.SEE_ROOM) and self._lets_in(entry, known, role)

    def _lets_in(self, entry: Entry, known: KnownRoom, role: Role | None) -> bool:
        app, on = self._core.registry.get(self.app_id), known.apps.get(self.app_id)
        if app is None or not app.active or on is None or not on.enabled:
            return False
        return _is_enough(role_of(entry.actor, entry.participant), role)

    async def need_on(self, room_id: str) -> None:
        """Raises `NotFound` unless the application runs and is on in the room."""
        need_running(self._core.registry, self.app_id)
        async with self._core.db.read() as connection:
            on = await room_apps.get(connection, room_id, self.app_id)
        if on is None or not on.enabled:
            raise NotFound("This application is not on in this room.")

    async def context(self, entry: Entry) -> Context:
        """What the application is given in this room."""
        permissions = frozenset(self._core.registry.manifest(self.app_id).permissions)
        return await make_context(self._core, self.app_id, permissions, entry.room, entry.actor)


def _is_enough(has: Role | None, role: Role | None) -> bool:
    return role is None or (has is not None and RISING.index(has) >= RISING.index(role))


def need_running(registry: Registry, app_id: str) -> None:
    """Raises `NotFound` for an application that is not active, for whatever reason."""
    entry = registry.get(app_id)
    if entry is None or not entry.active:
        raise NotFound("There is nothing at this address.")


class RunningMiddleware:
    """Takes an application off the map as soon as it is quarantined or switched off."""

    def __init__(self, app: ASGIApp, registry: Registry, app_id: str) -> None:
        self._app = app
        self._registry = registry
        self._app_id = app_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI; answers 404, and 403 to a socket, as where nothing is mounted."""
        try:
            need_running(self._registry, self._app_id)
        except NotFound:
            if scope["type"] == "http":
                raise
            await send({"type": "websocket.close"})
            return
        await self._app(scope, receive, send)


class BoundGate:
    """The gate of an application's own socket: everything, and the guard before it."""

    def __init__(self, gate: Gate, guard: AppGuard, role: Role | None) -> None:
        self._gate = gate
        self._guard = guard
        self._role = role

    async def authenticate(self, token: str) -> SignIn:
        """Whose access token this is."""
        return await self._gate.authenticate(token)

    async def may_subscribe(self, actor: object, room_id: str) -> Subscriber:
        """What the actor is in the room, if the application lets them in."""
        assert isinstance(actor, Actor)
        await self._guard.enter(actor, room_id, self._role)
        return await self._gate.may_subscribe(actor, room_id)

    def client_message(
        self,
        actor: object,
        room_id: str,
        app_id: str,
        action: str,
        data: JsonObject,
        source: Source,
        arrived: float,
    ) -> Answer:
        """Hands a message on, as long as the socket's own application is on."""
        assert isinstance(actor, Actor)
        ask = partial(
            self._gate.client_message, actor, room_id, app_id, action, data, source, arrived
        )
        if self._guard.knows(actor, room_id, self._role):
            return ask()
        return self._enter(ask, actor, room_id)

    def standing(self, actor: object, room_id: str, app_id: str, action: str) -> Standing | None:
        """A shorter way, which is no more one as soon as anything in the room has changed."""
        assert isinstance(actor, Actor)
        if not self._guard.knows(actor, room_id, self._role):
            return None
        return self._gate.standing(actor, room_id, app_id, action)

    async def _enter(
        self, ask: Callable[[], Answer], actor: Actor, room_id: str
    ) -> JsonObject | None:
        if not await self._guard.learns(actor, room_id, self._role):
            await self._guard.enter(actor, room_id, self._role)
        answer = ask()
        return answer[0] if isinstance(answer, tuple) else await answer
