"""How many sockets a process, one address and one person may have open in a process."""

from __future__ import annotations

from collections import Counter

from host.errors import FestoonError, RateLimited, Unavailable
from host.realtime.limits import SocketLimits

COME_BACK_SECONDS = 5
"""When one who found no place may try again."""


class Seats:
    """Counts open sockets. A whole hall may sit behind one address; one person has few devices.

    Who has not signed in yet has a smaller share of an address: it costs nothing to be nobody.
    """

    def __init__(self, limits: SocketLimits) -> None:
        self._limits = limits
        self._taken = 0
        self._addresses: Counter[str] = Counter()
        self._unsigned: Counter[str] = Counter()
        self._users: Counter[str] = Counter()

    def take(self, address: str, *, signed_in: bool = False) -> Seat:
        """A seat for a new socket.

        `Unavailable` where the process has too many, `RateLimited` where the address has.
        """
        if refusal := self._refusal(address, signed_in):
            raise refusal
        self._taken += 1
        self._addresses[address] += 1
        if not signed_in:
            self._unsigned[address] += 1
        return Seat(self, address, signed_in)

    def _refusal(self, address: str, signed_in: bool) -> FestoonError | None:
        limits = self._limits
        if 0 < limits.sockets <= self._taken:
            return Unavailable(
                "There are too many connections here just now. Try again in a moment.",
                headers={"Retry-After": str(COME_BACK_SECONDS)},
            )
        if 0 < limits.sockets_of_address <= self._addresses[address] or (
            not signed_in and 0 < limits.unsigned_of_address <= self._unsigned[address]
        ):
            return RateLimited(COME_BACK_SECONDS)
        return None

    def seat_user(self, user_id: str) -> bool:
        """Counts one more socket of a person; False, and uncounted, where there are too many."""
        most = self._limits.sockets_of_user
        if most and self._users[user_id] >= most:
            return False
        self._users[user_id] += 1
        return True

    def signed_in(self, address: str) -> None:
        """One socket less with nobody signed in."""
        _less(self._unsigned, address)

    def free(self, address: str, user_id: str | None) -> None:
        """One socket less."""
        self._taken -= 1
        _less(self._addresses, address)
        if user_id is not None:
            _less(self._users, user_id)


class Seat:
    """The place of one socket, to be left once it is gone."""

    __slots__ = ("_address", "_left", "_seats", "_signed_in", "_user_id")

    def __init__(self, seats: Seats, address: str, signed_in: bool) -> None:
        self._seats = seats
        self._address = address
        self._signed_in = signed_in
        self._user_id: str | None = None
        self._left = False

    def sit(self, user_id: str | None) -> bool:
        """Says who sits here; False where this person has too many. None is an application."""
        if user_id is not None and user_id != self._user_id:
            if not self._seats.seat_user(user_id):
                return False
            self._user_id = user_id
        self._sign_in()
        return True

    def leave(self) -> None:
        """Gives the place free. May be called again."""
        if not self._left:
            self._left = True
            self._sign_in()
            self._seats.free(self._address, self._user_id)

    def _sign_in(self) -> None:
        if not self._signed_in:
            self._signed_in = True
            self._seats.signed_in(self._address)


def _less(counted: Counter[str], key: str) -> None:
    counted[key] -= 1
    if not counted[key]:
        del counted[key]
