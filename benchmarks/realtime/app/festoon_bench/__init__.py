"""The benchmark's application: by public hooks only, as anybody's would be."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from host import AppContext, ClientMessage, JsonObject, Room, hookimpl

TEXT = "x" * 268
"""Makes the event's data 300 bytes of JSON."""


class Bench:
    """Counts messages, and opens a side entrance by which events are asked for.

    `e FIRST COUNT` sends passing events in a row, `d FIRST COUNT` durable ones, `c` asks for
    the count.
    """

    def __init__(self) -> None:
        self._counted = 0
        self._control: asyncio.Server | None = None
        self._room: AppContext | None = None

    @hookimpl
    async def client_message(
        self, ctx: AppContext, room: Room, message: ClientMessage
    ) -> JsonObject | None:
        """Counts. The first message opens the side entrance: it brings the room's context."""
        self._counted += 1
        if self._room is None:
            self._room = ctx
            self._control = await asyncio.start_server(
                self._talk, "127.0.0.1", ctx.settings["controlPort"]
            )
        return None

    @hookimpl
    async def shutdown(self) -> None:
        """Closes the side entrance."""
        if self._control is not None:
            self._control.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # The load client hangs up with a reset.
        with suppress(ConnectionError):
            while line := await reader.readline():
                what, *numbers = line.split()
                if what == b"c":
                    writer.write(b"%d\n" % self._counted)
                    continue
                first, count = map(int, numbers)
                for number in range(first, first + count):
                    await self._publish(number, durable=what == b"d")

    async def _publish(self, number: int, *, durable: bool) -> None:
        assert self._room is not None
        data = {"mark": f"@@{number:09d}", "text": TEXT}
        await self._room.publish("bench:event", data, durable=durable)


bench = Bench()
