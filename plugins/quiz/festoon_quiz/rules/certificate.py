"""One round on paper: everything from which anyone can compute its result again.

`docs/explanation/fair-quiz.md` describes the format for a stranger; `verify_round.py` and
`static/verify.js` read it without any of this code.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from festoon_quiz.rules.points import award
from festoon_quiz.rules.questions import Question
from festoon_quiz.rules.timing import Limits, Reaction, Receipt, credit, decide

FORMAT = "festoon-quiz-round/1"
UNHASHED = frozenset({"hash", "names", "said"})
"""What the hash does not cover: what somebody is called and wrote may be erased."""


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
    entries: Iterable[Entry],
    limits: Limits,
    bonus: bool,
    previous: str | None = None,
) -> dict[str, Any]:
    """The certificate, with reactions, who was first, points and its hash.

    `number` counts the questions from 1, `closed_at` is ISO 8601, `previous` the hash of the
    certificate before, which makes a chain of them. First are only players who are right: of a
    buzzer, those whom the host called so.
    """
    there = sorted(entries, key=lambda entry: entry.player)
    paper: dict[str, Any] = {
        "format": FORMAT,
        "game": game,
        "number": number,
        "closedAt": closed_at,
        "previous": previous,
        "question": {
            "id": question.id,
            "kind": question.kind,
            "mode": question.mode,
            "points": question.points,
            "seconds": question.seconds,
            "text": question.text,
            "right": list(question.right),
        },
        "bonus": bonus,
        "limits": asdict(limits),
        "players": [
            {
                "player": entry.player,
                "right": entry.right,
                "before": entry.streak,
                "receipt": entry.receipt.to_json() if entry.receipt else None,
            }
            for entry in there
        ],
        "names": {entry.player: entry.name for entry in there if entry.name is not None},
        "said": {entry.player: entry.answer for entry in there if entry.receipt is not None},
    }
    return recompute(paper)


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and no spaces, UTF-8: the same bytes everywhere."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def recompute(kept: Mapping[str, Any]) -> dict[str, Any]:
    """The same certificate, computed again from its receipts: equal, or it was tampered with.

    Raises `ValueError` for what is no certificate of this format.
    """
    if kept.get("format") != FORMAT:
        raise ValueError(f"this is no certificate of the format {FORMAT}")
    try:
        return _computed(kept)
    except (KeyError, TypeError, AttributeError) as problem:
        raise ValueError(f"the certificate is not whole: {problem}") from problem


def _computed(kept: Mapping[str, Any]) -> dict[str, Any]:
    limits = Limits(**kept["limits"])
    question = Question(**{**kept["question"], "right": tuple(kept["question"]["right"])})
    reactions: dict[str, Reaction] = {}
    for one in kept["players"]:
        if one["receipt"] is not None:
            receipt = Receipt.from_json(one["receipt"])
            reactions[one["player"]] = credit(receipt, question.seconds, limits)
    right = {one["player"]: one["right"] for one in kept["players"] if one["receipt"]}
    decision = decide({player: it for player, it in reactions.items() if right[player]})
    before = {one["player"]: one["before"] for one in kept["players"]}
    points = award(question, right, reactions, decision, before, bonus=kept["bonus"])
    paper = dict(kept)
    paper["players"] = [
        {name: one[name] for name in ("player", "right", "before", "receipt")}
        | {"reaction": _reaction(reactions.get(one["player"]))}
        | asdict(points[one["player"]])
        for one in kept["players"]
    ]
    paper["first"] = list(decision.first)
    covered = {name: value for name, value in paper.items() if name not in UNHASHED}
    paper["hash"] = hashlib.sha256(canonical(covered)).hexdigest()
    return paper


def differences(kept: Mapping[str, Any]) -> list[str]:
    """What in a certificate is not as its receipts say, in words; nothing: it holds."""
    try:
        again = recompute(kept)
    except ValueError as problem:
        return [f"{problem}."]
    found = []
    for one, now in zip(kept["players"], again["players"], strict=True):
        if one != now:
            found.append(f"The reaction or the points of player {one['player']} differ.")
    if kept.get("first") != again["first"]:
        found.append("Somebody else was first.")
    if kept.get("hash") != again["hash"]:
        found.append("The hash is that of another round.")
    return found


def forget(kept: Mapping[str, Any], player: str) -> dict[str, Any]:
    """The certificate without this player's name and words; its hash stays true."""
    paper = dict(kept)
    for what in ("names", "said"):
        paper[what] = {key: value for key, value in kept[what].items() if key != player}
    return paper


def _reaction(reaction: Reaction | None) -> dict[str, Any] | None:
    return None if reaction is None else asdict(reaction) | {"marks": list(reaction.marks)}
