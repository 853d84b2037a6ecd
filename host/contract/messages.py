"""What a client says to an application, and what the server measured of its way there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from host.contract.entities import JsonObject, Participant


@dataclass(frozen=True, slots=True)
class Path:
    """The round trip of a socket, as the server's own pings have measured it. All in seconds.

    `least` is the shortest of the kept samples, `spread` how much longer the median of them is,
    `latest` the newest one, and `age` the time since that came. At least one sample is kept.
    """

    least: float
    latest: float
    spread: float
    samples: int
    age: float


def _never(_: int) -> float | None:
    return None


@dataclass(frozen=True, init=False)
class ClientMessage:
    """An action `<appId>:<what>` that a client sent over a socket.

    `arrived` is when its last bytes were read, by the clock of `ctx.clock()`: what the server
    was busy with afterwards is not in it. `connection` names the socket, in all processes alike.
    `path` is None on a socket that is not measured or has not answered yet.
    """

    action: str
    data: JsonObject
    user_id: str
    participant: Participant | None
    arrived: float
    connection: str
    path: Path | None
    _heard: Callable[[int], float | None] = field(repr=False, compare=False)

    def __init__(
        self,
        action: str,
        data: JsonObject,
        user_id: str,
        participant: Participant | None,
        arrived: float = 0.0,
        connection: str = "",
        path: Path | None = None,
        _heard: Callable[[int], float | None] = _never,
    ) -> None:
        # One is made for every message of a hall: what a frozen dataclass does takes twice as long.
        own = self.__dict__
        own["action"] = action
        own["data"] = data
        own["user_id"] = user_id
        own["participant"] = participant
        own["arrived"] = arrived
        own["connection"] = connection
        own["path"] = path
        own["_heard"] = _heard

    def heard(self, seq: int) -> float | None:
        """When the frame of the durable event `seq` was written to this very socket.

        By the clock of `arrived`; None where that was another socket, too long ago, or this one
        is not measured. What is sent again after a reconnect counts from then.
        """
        return self._heard(seq)
