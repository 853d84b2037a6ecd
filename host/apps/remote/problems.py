"""Ways in which a service does not answer, each in words that an organizer reads.

NoAnswer
├── Unasked      there was nobody to ask, or no way to
├── Unreached    not a byte was sent
├── Late         the time was up
│   └── Crowded  before there was a connection to ask by
└── LeftOut      it was not asked, since it keeps failing
"""

from __future__ import annotations


class NoAnswer(Exception):
    """There is no answer that a decision could be read from; the text says why, of "it"."""

    status: int | None = None
    """The HTTP status, where there was one."""

    def __init__(self, reason: str, *, status: int | None = None) -> None:
        # It may quote what the service sent.
        super().__init__("".join(c if c.isprintable() else " " for c in reason)[:400])
        self.status = status


class Unasked(NoAnswer):
    """It could not be asked, by what the host knows of it: no address, no secret."""


class Unreached(NoAnswer):
    """Nothing was sent: no connection came about, or none may."""


class Late(NoAnswer):
    """Nothing came back within the time."""


class Crowded(Late):
    """The time was up while the calls before it were under way: maybe there are just too many."""


class LeftOut(NoAnswer):
    """The service failed too often; it is asked again in `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = max(1, round(seconds))
        super().__init__(
            "it failed too often and is left out for a while; "
            f"it is tried again in {self.seconds} s"
        )
