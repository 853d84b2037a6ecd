"""All rooms of one host in this process, and the rooms' games in them."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from festoon_quiz.live import Live
from host import AppContext, AsyncDatabase, Room

SWEEP_AT = 64
"""Rooms from which on those that rest are looked for."""


class Hall:
    """The games of one host."""

    def __init__(self) -> None:
        self._live: dict[str, Live] = {}

    def live(self, room: Room, ctx: AppContext) -> Live:
        """The game of a room; its timers go on as long as somebody is here."""
        found = self._live.get(room.id)
        if found is None:
            if len(self._live) >= SWEEP_AT:
                self._live = {key: one for key, one in self._live.items() if not one.resting}
            found = self._live[room.id] = Live(room.id, ctx)
        # The newest: it has the settings as they are now.
        found.ctx = ctx
        found.watch()
        return found

    async def drop(self, room_id: str) -> None:
        """Ends what this process does in a room."""
        live = self._live.pop(room_id, None)
        if live is not None:
            await live.stop()

    async def stop(self) -> None:
        """Ends all timers of this process; other processes go on."""
        found, self._live = list(self._live.values()), {}
        for live in found:
            await live.stop()


class Halls:
    """A hall for each host: a process of its own has one, tests may have several."""

    def __init__(self) -> None:
        self._halls: WeakKeyDictionary[AsyncDatabase, Hall] = WeakKeyDictionary()

    def of(self, ctx: AppContext) -> Hall:
        """The hall of the host that this context belongs to."""
        return self._halls.setdefault(ctx.database(), Hall())

    async def stop(self, ctx: AppContext) -> None:
        """The host is stopping."""
        hall = self._halls.pop(ctx.database(), None)
        if hall is not None:
            await hall.stop()
