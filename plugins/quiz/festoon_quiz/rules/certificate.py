"""One round on paper: everything from which anyone can compute its result again.

`docs/explanation/fair-quiz.md` describes the format for a stranger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from festoon_quiz.rules.questions import Question
from festoon_quiz.rules.timing import Limits, Receipt


@dataclass(frozen=True)
class Entry:
    """One player's part in the round. `receipt` is None for who did not answer."""

    player: str
    name: str | None
    """As shown; None once the person was erased. Not covered by the hash."""
    answer: Any
    """As kept, None for who did not answer. Not covered by the hash."""
    right: bool
    """As settled."""
    receipt: Receipt | None
    streak: int
    """Right answers in a row before this round."""


def certificate(
    *,
    game: str,
    number: int,
    closed_at: str,
    question: Question,
    entries: list[Entry],
    limits: Limits,
    bonus: bool,
    previous: str | None = None,
) -> dict[str, Any]:
    """The certificate, with reactions, decision, points and its hash.

    `number` counts the questions from 1, `closed_at` is ISO 8601, `previous` the hash of the
    certificate before, which makes a chain of them.
    """
    raise NotImplementedError


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and no spaces, UTF-8: the same bytes everywhere."""
    raise NotImplementedError


def recompute(kept: Mapping[str, Any]) -> dict[str, Any]:
    """The same certificate, computed again from its receipts: equal, or it was tampered with."""
    raise NotImplementedError


def differences(kept: Mapping[str, Any]) -> list[str]:
    """What in a certificate is not as its receipts say, in words; nothing: it holds."""
    raise NotImplementedError


def forget(kept: Mapping[str, Any], player: str) -> dict[str, Any]:
    """The certificate without this player's name and words; its hash stays true."""
    raise NotImplementedError
