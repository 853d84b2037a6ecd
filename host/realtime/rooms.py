"""The rooms that one socket listens to."""

from __future__ import annotations

from collections.abc import Callable

from host.contract import JsonObject
from host.errors import Conflict, Forbidden, Unauthorized
from host.realtime.connection import Connection
from host.realtime.gate import Gate
from host.realtime.hub import Hub
from host.realtime.subscription import Subscriber, Subscription

Answer = Callable[[JsonObject], None]


class ListenedRooms:
    """At most one subscription for a room, and at most `most` rooms."""

    __slots__ = ("_connection", "_gate", "_hub", "_most", "_subscriptions")

    def __init__(self, hub: Hub, gate: Gate, connection: Connection, most: int) -> None:
        self._hub = hub
        self._gate = gate
        self._connection = connection
        self._most = most
        self._subscriptions: dict[str, Subscription] = {}

    def __len__(self) -> int:
        return len(self._subscriptions)

    async def listen(
        self, room_id: str, *, after: int | None, quiet: bool, answer: Answer | None = None
    ) -> None:
        """Subscribes, answers, and sends what was missed; a subscription before it is replaced.

        `answer` gets `{roomId, seq, quiet, participant}` before the first event: `seq` is the
        head of the room now, `participant` the person's own part as `{id, role}` or None.
        Raises `Conflict` for too many rooms, and what the gate and the hub raise.
        """
        self._forget_ended()
        if room_id not in self._subscriptions and len(self._subscriptions) >= self._most:
            raise Conflict(f"A socket listens to at most {self._most} rooms.")

        check = _Check(self._gate, self._connection, room_id)
        subscription, head = await self._hub.subscribe(
            self._connection, room_id, check, after=after, quiet=quiet
        )
        before = self._subscriptions.get(room_id)
        self._subscriptions[room_id] = subscription
        if before is not None:
            self._hub.unsubscribe(before)
        if self._connection.closed:
            self.leave(room_id)
            return
        if answer is not None:
            who = subscription.subscriber
            part = {"id": who.participant_id, "role": who.role} if who.participant_id else None
            answer({"roomId": room_id, "seq": head, "quiet": quiet, "participant": part})
        await self._hub.replay(subscription)

    def leave(self, room_id: str) -> None:
        """Ends the subscription to a room, if there is one."""
        subscription = self._subscriptions.pop(room_id, None)
        if subscription is not None:
            self._hub.unsubscribe(subscription)

    def leave_all(self) -> None:
        """Ends every subscription."""
        for room_id in list(self._subscriptions):
            self.leave(room_id)

    def presence(self, room_id: str) -> JsonObject:
        """`{online, users}` of a room that this socket listens to, or `Forbidden`."""
        self._forget_ended()
        if room_id not in self._subscriptions:
            raise Forbidden("Subscribe to the room first.")
        return self._hub.presence(room_id)

    def _forget_ended(self) -> None:
        for room_id in [r for r, s in self._subscriptions.items() if s.ended]:
            del self._subscriptions[room_id]


class _Check:
    """Asks who a socket's person is in a room, for as long as it listens there."""

    __slots__ = ("_connection", "_gate", "_room_id")

    def __init__(self, gate: Gate, connection: Connection, room_id: str) -> None:
        self._gate = gate
        self._connection = connection
        self._room_id = room_id

    async def __call__(self) -> Subscriber:
        sign_in = self._connection.sign_in
        if sign_in is None:
            raise Unauthorized("Sign in first.")
        return await self._gate.may_subscribe(sign_in.actor, self._room_id)
