"""Guessing at rejoin codes: a person has a few tries a minute."""

from __future__ import annotations

from host import Conflict

TRIES = 6
SECONDS = 60.0


class Guesses:
    """Counts who tries codes in a room. 729 million codes, six tries a minute and person."""

    def __init__(self) -> None:
        self._tries: dict[str, list[float]] = {}

    def count(self, user_id: str, clock: float) -> None:
        """One more try; raises `Conflict` where there were too many."""
        recent = [at for at in self._tries.get(user_id, ()) if clock - at < SECONDS]
        if len(recent) >= TRIES:
            raise Conflict("Too many codes were tried. Wait a minute, then try again.")
        self._tries[user_id] = [*recent, clock]
