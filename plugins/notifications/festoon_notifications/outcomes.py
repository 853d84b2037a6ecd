"""What comes of handing something to a channel."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sent:
    """Handed over."""


@dataclass(frozen=True)
class Bounced:
    """The address is no good: nothing goes there by this channel until it changes."""

    why: str


@dataclass(frozen=True)
class Refused:
    """This message will never be taken; the address may be fine."""

    why: str


@dataclass(frozen=True)
class Later:
    """Not now. `after`: a limit is reached, nothing was tried, and so many seconds pass first."""

    why: str
    after: float | None = None


Outcome = Sent | Bounced | Refused | Later
