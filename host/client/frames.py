"""What comes over a socket."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from host.contract import JsonObject


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """Something that happened in a room. `seq` and `prev` are None for a passing event.

    `room:reset` is the client's own: the host has another log than the one this subscription
    was in, restored from a backup perhaps. What happened in between is not known: ask for the
    room's state anew. Its `seq` is where the subscription goes on.
    """

    event: str
    room_id: str
    data: JsonObject
    at: datetime
    seq: int | None = None
    prev: int | None = None

    @classmethod
    def from_frame(cls, frame: JsonObject) -> LiveEvent:
        """The event that a frame carries."""
        return cls(
            event=frame["event"],
            room_id=frame["roomId"],
            data=frame["data"],
            at=datetime.fromisoformat(frame["at"]),
            seq=frame.get("seq"),
            prev=frame.get("prev"),
        )
