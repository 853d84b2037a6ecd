"""What one round looks like to those who have to name the first: simulated, or over sockets."""

from __future__ import annotations

from dataclasses import dataclass

from festoon_quiz.rules.receipts import Receipt


@dataclass(frozen=True)
class Seen:
    """One answer: what is known of it at the server, and the truth, which no method may look at."""

    player: int
    truth: float
    """The reaction in milliseconds, from seeing the question to pressing."""
    arrived: float
    """Milliseconds since the question was opened, by the server's clock."""
    joined: float
    """The one round trip that was measured when the player joined; milliseconds."""
    receipt: Receipt
    """What the quiz has to go by."""


@dataclass(frozen=True)
class Round:
    """One question. Everybody answers rightly, at once or later."""

    answers: tuple[Seen, ...]
    """Those that came while the question was open, in the order of arrival."""
    fastest: int
    """Who truly was the first, also if the answer is not among those that came in time."""


@dataclass(frozen=True)
class Named:
    """Who is first, and how long after the first answer that was told, in milliseconds."""

    first: tuple[int, ...]
    window: float = 0.0
