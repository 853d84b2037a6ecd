"""The conversation on one socket: sign-in, actions and their answers, free of any framework."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import partial

from host.contract import JsonObject, iso, wire
from host.errors import (
    Conflict,
    FestoonError,
    Forbidden,
    PayloadTooLarge,
    Unauthorized,
    ValidationFailed,
)
from host.ids import Sources
from host.realtime.connection import Connection, SignIn
from host.realtime.envelope import (
    ClientFrame,
    FrameId,
    FrameRefused,
    acknowledge,
    parse_frame,
    refuse,
)
from host.realtime.gate import Gate
from host.realtime.hub import Hub
from host.realtime.limits import Allowance, Deadline, SocketLimits
from host.realtime.names import ACTIONS, RESERVED_PREFIXES, CloseCode
from host.realtime.subscription import Subscriber, Subscription

LONGEST_ID = 64

log = logging.getLogger("festoon.realtime")


class Conversation:
    """One client's side of the protocol.

    Feed it with `receive`, one message after the other; it answers through the connection.
    `start` before the first message, `stop` after the last, whatever happened in between.
    """

    def __init__(
        self,
        hub: Hub,
        gate: Gate,
        connection: Connection,
        *,
        sources: Sources | None = None,
        limits: SocketLimits | None = None,
    ) -> None:
        """`connection.sign_in` is set already where a cookie said who it is."""
        self._hub = hub
        self._gate = gate
        self._connection = connection
        self._sources = sources or Sources()
        self._limits = limits or SocketLimits()
        self._subscriptions: dict[str, Subscription] = {}
        self._deadline = Deadline(partial(connection.close, CloseCode.SIGNED_OUT))
        self._allowance = Allowance(
            self._limits.messages_a_second, self._limits.burst, self._sources.monotonic
        )
        self._garbage = 0
        self._actions: dict[str, Callable[[ClientFrame], Awaitable[None]]] = {
            "auth": self._auth,
            "ping": self._ping,
            "room:subscribe": self._subscribe,
            "room:unsubscribe": self._unsubscribe,
            "presence:list": self._presence,
        }
        assert self._actions.keys() == set(ACTIONS)

    def start(self) -> None:
        """Makes the socket known to the hub and starts the clock on its sign-in."""
        self._hub.connect(self._connection)
        sign_in = self._connection.sign_in
        if sign_in is not None:
            self._expire_with(sign_in)
        else:
            self._deadline.set(self._limits.auth_seconds, "nobody signed in")

    def stop(self) -> None:
        """The socket is gone: ends its subscriptions."""
        self._deadline.clear()
        for subscription in self._subscriptions.values():
            self._hub.unsubscribe(subscription)
        self._subscriptions.clear()
        self._hub.disconnect(self._connection)

    async def receive(self, raw: str | bytes) -> None:
        """One message of the client. Never raises for anything that a client can do."""
        if self._connection.closed:
            return
        if not self._allowance.take():
            self._connection.close(CloseCode.TOO_MANY, "too many messages")
            return
        if len(raw) > self._limits.message_bytes:
            largest = self._limits.message_bytes
            self._refuse_garbage(None, PayloadTooLarge(f"A frame has at most {largest} bytes."))
            return
        try:
            frame = parse_frame(raw)
        except FrameRefused as refused:
            self._refuse_garbage(refused.id, refused.error)
            return
        try:
            await self._act(frame)
        except FestoonError as error:
            self._connection.send_frame(refuse(frame.id, error))
        except Exception:
            log.exception("the action %s failed", frame.action)
            noted = FestoonError("Something went wrong here. It has been noted.")
            self._connection.send_frame(refuse(frame.id, noted))

    async def _act(self, frame: ClientFrame) -> None:
        act = self._actions.get(frame.action)
        if act is None:
            await self._app_action(frame)
            return
        await act(frame)

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
        except FestoonError as refusal:
            self._connection.send_frame(refuse(frame.id, refusal))
            self._connection.close(CloseCode.SIGNED_OUT, "the token was not accepted")
            return
        if before is not None and before.user_id != sign_in.user_id:
            raise Conflict("This socket belongs to another person. Open a new one.")
        self._connection.sign_in = sign_in
        self._expire_with(sign_in)
        self._connection.send_frame(
            acknowledge(
                frame.id,
                {
                    "user": wire(sign_in.person),
                    "expiresAt": iso(sign_in.expires_at) if sign_in.expires_at else None,
                },
            )
        )

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

    async def _ping(self, frame: ClientFrame) -> None:
        self._connection.send_frame(acknowledge(frame.id, {"at": iso(self._sources.now())}))

    async def _subscribe(self, frame: ClientFrame) -> None:
        sign_in = self._signed_in()
        data = _only(frame, "roomId", "after", "quiet")
        room_id, after, quiet = self._room(data), data.get("after"), data.get("quiet", False)
        problems: dict[str, list[str]] = {}
        if after is not None and (isinstance(after, bool) or not isinstance(after, int)):
            problems["after"] = ["This must be the seq of the last event that you have."]
        if not isinstance(quiet, bool):
            problems["quiet"] = ["This must be true or false."]
        if problems:
            raise ValidationFailed("This is no subscription.", problems)
        self._forget_ended()
        if room_id not in self._subscriptions and len(self._subscriptions) >= self._limits.rooms:
            raise Conflict(f"A socket listens to at most {self._limits.rooms} rooms.")

        async def check() -> Subscriber:
            actor = (self._connection.sign_in or sign_in).actor
            return await self._gate.may_subscribe(actor, room_id)

        subscription, head = await self._hub.subscribe(
            self._connection, room_id, check, after=after, quiet=quiet
        )
        before = self._subscriptions.get(room_id)
        self._subscriptions[room_id] = subscription
        if before is not None:
            self._hub.unsubscribe(before)
        who = subscription.subscriber
        part = {"id": who.participant_id, "role": who.role} if who.participant_id else None
        self._connection.send_frame(
            acknowledge(
                frame.id, {"roomId": room_id, "seq": head, "quiet": quiet, "participant": part}
            )
        )
        await self._hub.replay(subscription)

    async def _unsubscribe(self, frame: ClientFrame) -> None:
        self._signed_in()
        room_id = self._room(_only(frame, "roomId"))
        subscription = self._subscriptions.pop(room_id, None)
        if subscription is not None:
            self._hub.unsubscribe(subscription)
        self._connection.send_frame(acknowledge(frame.id, {"roomId": room_id}))

    async def _presence(self, frame: ClientFrame) -> None:
        self._signed_in()
        room_id = self._room(_only(frame, "roomId"))
        self._forget_ended()
        if room_id not in self._subscriptions:
            raise Forbidden("Subscribe to the room first.")
        self._connection.send_frame(acknowledge(frame.id, self._hub.presence(room_id)))

    async def _app_action(self, frame: ClientFrame) -> None:
        app_id, colon, action = frame.action.partition(":")
        if not (app_id and colon and action) or app_id in RESERVED_PREFIXES:
            raise ValidationFailed(
                "There is no such action.",
                {"action": [f"'{frame.action}' is none of {', '.join(ACTIONS)}."]},
            )
        sign_in = self._signed_in()
        room_id = self._room(frame.data)
        answer = await self._gate.client_message(sign_in.actor, room_id, app_id, action, frame.data)
        self._connection.send_frame(acknowledge(frame.id, answer))

    def _room(self, data: JsonObject) -> str:
        """The room that an action names; on an application's own socket it need not."""
        binding = self._connection.binding
        room_id = data.get("roomId", binding.room_id if binding else None)
        if not isinstance(room_id, str) or not 0 < len(room_id) <= LONGEST_ID:
            raise ValidationFailed("A room is needed.", {"roomId": ["The id of a room, a text."]})
        if binding is not None and binding.room_id != room_id:
            raise Forbidden("This socket belongs to another room.")
        return room_id

    def _forget_ended(self) -> None:
        for room_id in [r for r, s in self._subscriptions.items() if s.ended]:
            del self._subscriptions[room_id]


def _only(frame: ClientFrame, *names: str) -> JsonObject:
    if unknown := frame.data.keys() - set(names):
        raise ValidationFailed(
            f"The action {frame.action} has no such field.",
            {name: ["This field is not known."] for name in sorted(unknown)},
        )
    return frame.data
