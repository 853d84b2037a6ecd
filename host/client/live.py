"""The live events of rooms over one socket: resumes where it was, sees what is lost."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Self

from host.client.events import RoomEvents
from host.client.failures import NotConnected, refusal
from host.client.frames import LiveEvent
from host.client.link import ANSWER_SECONDS, Link
from host.client.session import Session
from host.contract import JsonObject
from host.errors import Conflict, FestoonError

PASSING = frozenset({"UNAVAILABLE", "TIMEOUT", "INTERNAL_ERROR", "RATE_LIMIT_EXCEEDED"})
"""Refusals that say nothing about the room: worth another try."""


class Live:
    """A socket and the rooms it listens to. Made by `Client.live`; close it when done."""

    def __init__(self, url: str, session: Session) -> None:
        self._rooms: dict[str, RoomEvents] = {}
        self._ended = False
        self._error: FestoonError | None = None
        self._link = Link(url, session, self)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def is_up(self) -> bool:
        """Whether there is a signed-in connection now."""
        return self._link.is_up.is_set() and not self._ended

    async def subscribe(
        self, room_id: str, *, after: int | None = None, quiet: bool = False
    ) -> RoomEvents:
        """Listens to a room, from the event `after` on or from now.

        Comes back with the host's first answer, however long it is away: put a time-out around
        it where that matters. `quiet` leaves out joins and presence and brings `room:counts`.
        Raises what the host refuses with, and `Conflict` for a room that is listened to already.
        """
        self._must_go_on()
        if room_id in self._rooms:
            raise Conflict("This room is listened to already.")
        room = RoomEvents(room_id, after, quiet, self._resume, self._leave)
        self._rooms[room_id] = room
        self._resume(room)
        try:
            await room.first
        except asyncio.CancelledError:
            await room.close()
            raise
        return room

    async def send(
        self, action: str, data: JsonObject | None = None, *, seconds: float = ANSWER_SECONDS
    ) -> JsonObject:
        """Sends an action, as soon as there is a connection; the data of its answer.

        Raises the refusal, `NotConnected` or `NoAnswer`; after these two it may have been done
        all the same, unless it is certain that there was no connection all the time.
        """
        self._must_go_on()
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        try:
            async with asyncio.timeout_at(until):
                await self._link.is_up.wait()
        except TimeoutError:
            raise NotConnected("There was no connection to send this on.") from None
        answer: asyncio.Future[JsonObject] = loop.create_future()

        def answered(data: JsonObject) -> None:
            if not answer.done():
                answer.set_result(data)

        def refused(error: FestoonError) -> None:
            if not answer.done():
                answer.set_exception(error)

        self._link.ask(action, data or {}, answered, refused, until - loop.time())
        return await answer

    async def close(self) -> None:
        """Ends the connection; whoever iterates over a room's events comes to their end."""
        await self._link.close()
        self.ended(None)

    # What the link calls.

    def up(self) -> None:
        """Subscribes to every room where it was left."""
        for room in self._rooms.values():
            self._resume(room)

    def down(self) -> None:
        """What comes of a room counts again after the next answer."""
        for room in self._rooms.values():
            room.live = False

    def took(self, frame: JsonObject) -> None:
        """An event: hands it on if it is the next one, asks again if something is missing."""
        room = self._rooms.get(frame.get("roomId", ""))
        if room is None:
            return
        event = LiveEvent.from_frame(frame)
        if event.event == "room:unsubscribed":
            room.put(event)
            self._not_here(room, refusal(event.data))
        elif not room.live:
            # Not answered yet, or too much: what counts comes after the answer.
            return
        elif event.seq is None:
            room.put(event)
        elif room.taken is None or event.seq <= room.taken:
            return
        elif event.prev is not None and event.prev > room.taken:
            self._resume(room)
        else:
            room.put(event)

    def ended(self, error: FestoonError | None) -> None:
        """No other connection will follow."""
        if self._ended:
            return
        self._ended, self._error = True, error
        rooms, self._rooms = self._rooms, {}
        for room in rooms.values():
            room.end(error)
        # Who waits for a connection finds out now that there is none.
        self._link.is_up.set()

    def _must_go_on(self) -> None:
        if self._ended:
            raise self._error or NotConnected("This connection was closed.")

    def _resume(self, room: RoomEvents) -> None:
        room.live = False
        if room.behind or not self.is_up:
            # It is asked for when there is room again, or a connection.
            return
        data: JsonObject = {"roomId": room.room_id, "quiet": room.quiet}
        if room.taken is not None:
            data["after"] = room.taken
        self._link.ask(
            "room:subscribe",
            data,
            partial(self._answered, room),
            partial(self._not_here, room),
        )

    def _answered(self, room: RoomEvents, answer: JsonObject) -> None:
        if self._rooms.get(room.room_id) is room and not room.behind:
            room.answered(answer)

    def _not_here(self, room: RoomEvents, error: FestoonError) -> None:
        if self._rooms.get(room.room_id) is not room:
            return
        if error.code in PASSING:
            # The next connection resumes.
            self._link.drop()
        elif error.code == "VALIDATION_ERROR" and room.subscribed and room.taken is not None:
            # The host's log is another one now, restored from a backup perhaps.
            room.taken = None
            self._resume(room)
        else:
            del self._rooms[room.room_id]
            room.end(error)

    async def _leave(self, room: RoomEvents) -> None:
        if self._rooms.get(room.room_id) is not room:
            return
        del self._rooms[room.room_id]
        if self.is_up:
            self._link.ask(
                "room:unsubscribe", {"roomId": room.room_id}, lambda _: None, lambda _: None
            )
