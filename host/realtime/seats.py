"""How many sockets one address and one person may have open in a process."""

from __future__ import annotations

from collections import Counter

from host.realtime.limits import SocketLimits


class Seats:
    """Counts open sockets. A whole hall may sit behind one address; one person has few devices."""

    def __init__(self, limits: SocketLimits) -> None:
        self._limits = limits
        self._addresses: Counter[str] = Counter()
        self._users: Counter[str] = Counter()

    def take(self, address: str) -> Seat | None:
        """A seat for a new socket; None where its address has too many."""
        most = self._limits.sockets_of_address
        if most and self._addresses[address] >= most:
            return None
        self._addresses[address] += 1
        return Seat(self, address)

    def seat_user(self, user_id: str) -> bool:
        """Counts one more socket of a person; False, and uncounted, where there are too many."""
        most = self._limits.sockets_of_user
        if most and self._users[user_id] >= most:
            return False
        self._users[user_id] += 1
        return True

    def free(self, address: str, user_id: str | None) -> None:
        """One socket less."""
        _less(self._addresses, address)
        if user_id is not None:
            _less(self._users, user_id)


class Seat:
    """The place of one socket, to be left once it is gone."""

    __slots__ = ("_address", "_left", "_seats", "_user_id")

    def __init__(self, seats: Seats, address: str) -> None:
        self._seats = seats
        self._address = address
        self._user_id: str | None = None
        self._left = False

    def sit(self, user_id: str | None) -> bool:
        """Says who sits here; False where this person has too many. None counts as nobody."""
        if user_id is None or user_id == self._user_id:
            return True
        if not self._seats.seat_user(user_id):
            return False
        self._user_id = user_id
        return True

    def leave(self) -> None:
        """Gives the place free. May be called again."""
        if not self._left:
            self._left = True
            self._seats.free(self._address, self._user_id)


def _less(counted: Counter[str], key: str) -> None:
    counted[key] -= 1
    if not counted[key]:
        del counted[key]
