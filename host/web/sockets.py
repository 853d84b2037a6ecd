"""`/realtime`, and how any socket of the host is served: the bridge from ASGI to the protocol."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from host.access import Actor
from host.config import Config
from host.errors import FestoonError
from host.realtime.beginning import Beginner
from host.realtime.connection import Binding, BufferedConnection, Connection, SignIn
from host.realtime.gate import Gate
from host.realtime.hub import Hub
from host.realtime.incoming import SUBSCRIBES_ITSELF_SECONDS, Incoming, Unasked
from host.realtime.limits import SocketLimits
from host.realtime.linked import LinkedConnection, MeasuredConnection
from host.realtime.protocol import Conversation
from host.realtime.seats import Seat, Seats
from host.realtime.wire.link import FrameLink, link_of
from host.services import Services
from host.web.api.body import refusal
from host.web.origin import from_this_host


class SignInGate(Gate, Protocol):
    """A gate that also knows what an actor's sign-in is: `host.services.gate.SocketGate`."""

    def sign_in(self, actor: Actor) -> SignIn:
        """The sign-in of an actor who is known already, by a cookie."""
        ...


@dataclass(frozen=True)
class Place:
    """An application's own socket in one room."""

    binding: Binding
    quiet: bool
    after: int | None
    greet: Callable[[SignIn], Awaitable[list[bytes]]]
    """The frames that the new socket gets; raises `FestoonError` to close it with 4003."""
    measured: bool = False
    """Whether the way of its clients is measured."""

    @property
    def unasked(self) -> Unasked:
        """What its client is subscribed to unless it does so by itself."""
        return Unasked(self.binding.room_id, self.after, self.quiet)


def realtime_route(services: Services, gate: SignInGate) -> WebSocketRoute:
    """The platform's socket."""
    bridge = Bridge(services.core.hub, services.core.config)

    async def realtime(websocket: WebSocket) -> None:
        sign_in = signed_in_by_cookie(websocket, gate)
        await bridge.serve(websocket, gate, sign_in)

    return WebSocketRoute("/realtime", realtime, name="realtime")


def signed_in_by_cookie(websocket: WebSocket, gate: SignInGate) -> SignIn | None:
    """Who the browser's cookie says it is; `ActorMiddleware` took only a page of this host."""
    state = websocket.state
    return gate.sign_in(state.actor) if state.by_cookie else None


class Bridge:
    """Serves sockets: by callbacks where the server offers `festoon.frames`, or by tasks."""

    def __init__(self, hub: Hub, config: Config) -> None:
        self._hub = hub
        self._config = config
        self._limits = SocketLimits.of(config.figures)
        self._seats = Seats(self._limits)
        self._beginner = Beginner()

    async def serve(
        self,
        websocket: WebSocket,
        gate: Gate,
        sign_in: SignIn | None,
        place: Place | None = None,
    ) -> None:
        """The whole life of one socket.

        Pages of origins that are not allowed get a 403; a 503 or a 429 who finds no place.
        """
        if not self._is_allowed_from(websocket):
            await websocket.close()
            return
        address = websocket.client.host if websocket.client else ""
        try:
            seat = self._seats.take(address, signed_in=sign_in is not None)
        except FestoonError as full:
            await _refuse(websocket, full)
            return
        try:
            await websocket.accept()
        except BaseException:
            seat.leave()
            raise
        link = link_of(websocket.scope)
        if link is None:
            await self._serve_buffered(websocket, gate, seat, sign_in, place)
        else:
            await self._serve_linked(link, gate, seat, sign_in, place)

    async def _serve_linked(
        self,
        link: FrameLink,
        gate: Gate,
        seat: Seat,
        sign_in: SignIn | None,
        place: Place | None,
    ) -> None:
        """Returns at once: the socket lives on by its callbacks."""
        binding = place.binding if place else None
        kind = MeasuredConnection if place and place.measured else LinkedConnection
        connection = kind(link, sign_in=sign_in, binding=binding)
        conversation = self._converse(gate, connection, seat, place)
        connection.on_close = conversation.stop
        try:
            await conversation.start()
        except BaseException:
            conversation.stop()
            raise
        unasked = place.unasked if place else None
        link.take_over(Incoming(link, connection, conversation, self._beginner, unasked))

    async def _serve_buffered(
        self,
        websocket: WebSocket,
        gate: Gate,
        seat: Seat,
        sign_in: SignIn | None,
        place: Place | None,
    ) -> None:
        """The whole life of a socket under any other server: a reader and a writer task."""
        connection = BufferedConnection(
            lambda frame: websocket.send_text(frame.decode()),
            websocket.close,
            sign_in=sign_in,
            binding=place.binding if place else None,
            measured=place is not None and place.measured,
        )
        conversation = self._converse(gate, connection, seat, place)
        # A slow reader's place is given free at once, not when its transport has drained.
        connection.on_close = conversation.stop
        writer = asyncio.create_task(_write(connection))
        try:
            await conversation.start()
            await self._read(websocket, conversation, place.unasked if place else None)
        finally:
            conversation.stop()
            connection.lost()
            writer.cancel()
            await asyncio.wait([writer])

    def _converse(
        self, gate: Gate, connection: Connection, seat: Seat, place: Place | None
    ) -> Conversation:
        welcome = None if place is None else _Welcome(place, connection)
        return Conversation(
            self._hub, gate, connection, limits=self._limits, seat=seat, welcome=welcome
        )

    async def _read(
        self, websocket: WebSocket, conversation: Conversation, unasked: Unasked | None
    ) -> None:
        patience = unasked.patience if unasked else None
        while True:
            try:
                async with asyncio.timeout(patience if unasked else None):
                    message = await websocket.receive()
            except TimeoutError:
                assert unasked is not None
                patience = SUBSCRIBES_ITSELF_SECONDS
                if await conversation.listen(
                    unasked.room_id, after=unasked.after, quiet=unasked.quiet
                ):
                    unasked = None
                continue
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            await conversation.receive(message["bytes"] if text is None else text)
            if conversation.rooms:
                unasked = None

    def _is_allowed_from(self, websocket: WebSocket) -> bool:
        origin = websocket.headers.get("origin")
        allowed = self._config.cors_origins
        if origin is not None and (origin in allowed or "*" in allowed):
            return True
        return from_this_host(websocket.headers, self._config.origin)


class _Welcome:
    """Sends the application's greeting to a socket that has just been signed in."""

    def __init__(self, place: Place, connection: Connection) -> None:
        self._place = place
        self._connection = connection

    async def __call__(self, sign_in: SignIn) -> None:
        for frame in await self._place.greet(sign_in):
            self._connection.send_frame(frame)


async def _refuse(websocket: WebSocket, why: FestoonError) -> None:
    if "websocket.http.response" in (websocket.scope.get("extensions") or {}):
        await websocket.send_denial_response(refusal(why, websocket.state.request_id))
    else:
        await websocket.close()


async def _write(connection: BufferedConnection) -> None:
    # However the other side went away, the reader hears of it and ends the socket.
    with suppress(WebSocketDisconnect, RuntimeError, OSError):
        await connection.write()
    connection.lost()
