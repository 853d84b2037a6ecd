"""The conversation on one socket: sign-in, actions and their answers, free of any framework."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import partial

from host.contract import JsonObject, iso, wire
from host.errors import (
    Conflict,
    FestoonError,
    Forbidden,
    PayloadTooLarge,
    Unauthorized,
    Unavailable,
    ValidationFailed,
)
from host.ids import Sources
from host.realtime.actions import (
    ClientFrame,
    FrameId,
    FrameRefused,
    acknowledge,
    parse_frame,
    refuse,
)
from host.realtime.connection import Connection, SignIn
from host.realtime.gate import Answer, Gate, Standing
from host.realtime.hub import Hub
from host.realtime.limits import Allowance, Deadline, SocketLimits
from host.realtime.names import ACTIONS, RESERVED_PREFIXES, CloseCode
from host.realtime.rooms import ListenedRooms
from host.realtime.seats import Seat

LONGEST_ID = 64

log = logging.getLogger("festoon.realtime")


class Conversation:
    """One client's side of the protocol.

    Feed it with `receive`, one message after the other; it answers through the connection.
    `start` before the first message, `stop` after the last, whatever happened in between.
    """

    __slots__ = (
        "_allowance",
        "_connection",
        "_deadline",
        "_garbage",
        "_gate",
        "_hub",
        "_largest",
        "_limits",
        "_seat",
        "_sources",
        "_standing",
        "_welcome",
        "rooms",
    )

    def __init__(
        self,
        hub: Hub,
        gate: Gate,
        connection: Connection,
        *,
        sources: Sources | None = None,
        limits: SocketLimits | None = None,
        seat: Seat | None = None,
        welcome: Callable[[SignIn], Awaitable[None]] | None = None,
    ) -> None:
        """`connection.sign_in` is set already where a cookie said who it is.

        `seat` is left when the socket is gone. `welcome` is called once, as soon as somebody
        is signed in; a `FestoonError` of it closes the socket with 4003.
        """
        self._hub = hub
        self._gate = gate
        self._connection = connection
        self._sources = sources or Sources()
        self._limits = limits or SocketLimits()
        self._seat = seat
        self._welcome = welcome
        self.rooms = ListenedRooms(hub, gate, connection, self._limits.rooms)
        self._deadline = Deadline(connection)
        self._allowance = Allowance(
            self._limits.messages_a_second, self._limits.burst, self._sources.monotonic
        )
        self._garbage = 0
        self._standing: tuple[str, str, Standing] | None = None
        """The action and the room of the last message to an application, and who takes the next."""
        self._largest = self._limits.message_bytes

    async def start(self) -> None:
        """Makes the socket known to the hub and starts the clock on its sign-in."""
        self._hub.connect(self._connection)
        sign_in = self._connection.sign_in
        if sign_in is not None:
            if self._sits(sign_in):
                self._expire_with(sign_in)
                await self._greet(sign_in)
        else:
            self._deadline.set(self._limits.auth_seconds, "nobody signed in")

    def stop(self) -> None:
        """The socket is gone, or was closed: ends its subscriptions."""
        self._deadline.clear()
        if self._seat is not None:
            self._seat.leave()
        self.rooms.leave_all()
        self._hub.disconnect(self._connection)

    async def listen(self, room_id: str, *, after: int | None, quiet: bool) -> bool:
        """Subscribes in the client's stead; False as long as nobody is signed in.

        Closes the socket with 4003 where that is refused.
        """
        if self._connection.sign_in is None:
            return False
        try:
            await self.rooms.listen(room_id, after=after, quiet=quiet)
        except FestoonError as refusal:
            self._connection.close(CloseCode.NOT_ALLOWED, refusal.code)
        return True

    async def receive(self, raw: str | bytes) -> None:
        """One message of the client. Never raises for anything that a client can do."""
        work = self.take(raw)
        if work is not None:
            await work

    def take(
        self, raw: str | bytes, arrived: float | None = None
    ) -> Coroutine[None, None, None] | None:
        """The same for a caller that does not wait: what is left to be awaited, if anything.

        The next message may be taken when that has come to its end. `arrived` is when it was
        read, where the connection says so no more.
        """
        if self._connection.closed:
            return None
        if not self._allowance.take():
            self._connection.close(CloseCode.TOO_MANY, "too many messages")
            return None
        try:
            if len(raw) > self._largest:
                raise FrameRefused(
                    None, PayloadTooLarge(f"A frame has at most {self._largest} bytes.")
                )
            frame = parse_frame(raw)
        except FrameRefused as refused:
            self._refuse_garbage(refused.id, refused.error)
            return None
        if arrived is not None:
            frame.arrived = arrived
        action = frame.action
        if action in _WITH_WAITING:
            return self._answer_later(frame, _WITH_WAITING[action](self, frame))
        try:
            waiting = _AT_ONCE.get(action, Conversation._app_action)(self, frame)
        except Exception as error:
            self._answer_error(frame, error)
            return None
        return self._answer_later(frame, waiting) if waiting is not None else None

    async def _answer_later(self, frame: ClientFrame, waiting: Awaitable[None]) -> None:
        try:
            await waiting
        except Exception as error:
            self._answer_error(frame, error)

    def _answer_error(self, frame: ClientFrame, error: Exception) -> None:
        if not isinstance(error, FestoonError):
            log.error("the action %s failed", frame.action, exc_info=error)
            error = FestoonError("Something went wrong here. It has been noted.")
        self._connection.send_frame(refuse(frame.id, error))

    def _refuse_garbage(self, frame_id: FrameId | None, error: FestoonError) -> None:
        self._connection.send_frame(refuse(frame_id, error))
        self._garbage += 1
        if self._garbage >= self._limits.garbage:
            self._connection.close(CloseCode.NOT_ALLOWED, "these are no frames")

    # Who it is.

    async def _auth(self, frame: ClientFrame) -> None:
        token = _only(frame, "token").get("token")
        if not isinstance(token, str) or not token:
            raise ValidationFailed("A token is needed.", {"token": ["The access token, a text."]})
        before = self._connection.sign_in
        try:
            sign_in = await self._gate.authenticate(token)
        except Unavailable:
            # The token may be good: the client is to ask again.
            raise
        except FestoonError as refusal:
            self._connection.send_frame(refuse(frame.id, refusal))
            self._connection.close(CloseCode.SIGNED_OUT, "the token was not accepted")
            return
        if before is not None and before.caller != sign_in.caller:
            raise Conflict("This socket belongs to somebody else. Open a new one.")
        if not self._sits(sign_in):
            return
        self._connection.sign_in = sign_in
        self._standing = None
        self._expire_with(sign_in)
        until = iso(sign_in.expires_at) if sign_in.expires_at else None
        self._acknowledge(frame, {"user": wire(sign_in.person), "expiresAt": until})
        if before is None:
            await self._greet(sign_in)

    def _sits(self, sign_in: SignIn) -> bool:
        if self._seat is None or self._seat.sit(sign_in.user_id):
            return True
        self._connection.close(CloseCode.TOO_MANY, "too many sockets of one person")
        return False

    async def _greet(self, sign_in: SignIn) -> None:
        if self._welcome is None:
            return
        try:
            await self._welcome(sign_in)
        except FestoonError as refusal:
            self._connection.close(CloseCode.NOT_ALLOWED, refusal.code)
        except Exception:
            log.exception("a socket could not be welcomed")
            self._connection.close(CloseCode.RESTARTING, "come back in a moment")

    def _expire_with(self, sign_in: SignIn) -> None:
        if sign_in.expires_at is None:
            self._deadline.clear()
            return
        left = (sign_in.expires_at - self._sources.now()).total_seconds()
        self._deadline.set(left, "the sign-in has expired")

    def _signed_in(self) -> SignIn:
        if self._connection.sign_in is None:
            raise Unauthorized("Sign in first, with the action auth.")
        return self._connection.sign_in

    # What it wants.

    def _ping(self, frame: ClientFrame) -> None:
        self._acknowledge(frame, {"at": iso(self._sources.now())})

    async def _subscribe(self, frame: ClientFrame) -> None:
        self._signed_in()
        data = _only(frame, "roomId", "after", "quiet")
        room_id, after, quiet = self._room(data), data.get("after"), data.get("quiet", False)
        problems: dict[str, list[str]] = {}
        if after is not None and (isinstance(after, bool) or not isinstance(after, int)):
            problems["after"] = ["This must be the seq of the last event that you have."]
        if not isinstance(quiet, bool):
            problems["quiet"] = ["This must be true or false."]
        if problems:
            raise ValidationFailed("This is no subscription.", problems)
        await self.rooms.listen(
            room_id, after=after, quiet=quiet, answer=partial(self._acknowledge, frame)
        )

    def _unsubscribe(self, frame: ClientFrame) -> None:
        self._signed_in()
        room_id = self._room(_only(frame, "roomId"))
        self.rooms.leave(room_id)
        self._acknowledge(frame, {"roomId": room_id})

    def _presence(self, frame: ClientFrame) -> None:
        self._signed_in()
        room_id = self._room(_only(frame, "roomId"))
        self._acknowledge(frame, self.rooms.presence(room_id))

    def _acknowledge(self, frame: ClientFrame, data: JsonObject | None) -> None:
        if frame.id is not None:
            self._connection.send_frame(acknowledge(frame.id, data))

    def _app_action(self, frame: ClientFrame) -> Coroutine[None, None, None] | None:
        standing, connection = self._standing, self._connection
        arrived = connection.arrived if frame.arrived is None else frame.arrived
        if (
            standing is not None
            and standing[0] == frame.action
            and standing[1] == frame.data.get("roomId")
        ):
            # All that is asked below was asked before, and nothing of it has changed.
            answer = standing[2](frame.data, connection, arrived)
            if answer is not None:
                return self._answer(frame, answer)
        self._standing = None
        app_id, colon, action = frame.action.partition(":")
        if not (app_id and colon and action) or app_id in RESERVED_PREFIXES:
            raise ValidationFailed(
                "There is no such action.",
                {"action": [f"'{frame.action}' is none of {', '.join(ACTIONS)}."]},
            )
        sign_in = self._signed_in()
        room_id = self._room(frame.data)
        gate, actor = self._gate, sign_in.actor
        answer = gate.client_message(
            actor, room_id, app_id, action, frame.data, connection, arrived
        )
        if isinstance(answer, tuple):
            more = gate.standing(actor, room_id, app_id, action)
            self._standing = (frame.action, room_id, more) if more is not None else None
        return self._answer(frame, answer)

    def _answer(self, frame: ClientFrame, answer: Answer) -> Coroutine[None, None, None] | None:
        if not isinstance(answer, tuple):
            return self._acknowledge_later(frame, answer)
        if frame.id is not None:
            self._connection.send_frame(acknowledge(frame.id, answer[0]))
        return None

    async def _acknowledge_later(
        self, frame: ClientFrame, answer: Awaitable[JsonObject | None]
    ) -> None:
        self._acknowledge(frame, await answer)

    def _room(self, data: JsonObject) -> str:
        """The room that an action names; on an application's own socket it need not."""
        binding = self._connection.binding
        room_id = data.get("roomId", binding.room_id if binding else None)
        if not isinstance(room_id, str) or not 0 < len(room_id) <= LONGEST_ID:
            raise ValidationFailed("A room is needed.", {"roomId": ["The id of a room, a text."]})
        if binding is not None and binding.room_id != room_id:
            raise Forbidden("This socket belongs to another room.")
        return room_id


_AT_ONCE: Mapping[str, Callable[[Conversation, ClientFrame], Awaitable[None] | None]] = {
    "ping": Conversation._ping,
    "room:unsubscribe": Conversation._unsubscribe,
    "presence:list": Conversation._presence,
}
_WITH_WAITING: Mapping[str, Callable[[Conversation, ClientFrame], Coroutine[None, None, None]]] = {
    "auth": Conversation._auth,
    "room:subscribe": Conversation._subscribe,
}
assert _AT_ONCE.keys() | _WITH_WAITING.keys() == set(ACTIONS)


def _only(frame: ClientFrame, *names: str) -> JsonObject:
    if unknown := frame.data.keys() - set(names):
        raise ValidationFailed(
            f"The action {frame.action} has no such field.",
            {name: ["This field is not known."] for name in sorted(unknown)},
        )
    return frame.data
