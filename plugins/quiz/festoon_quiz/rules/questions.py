"""Questions as the room's settings have them, and what makes one answerable."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

FEWEST_OPTIONS = 2
KINDS = ("one", "several", "truth", "typed", "number", "order", "buzzer", "poll")
MODES = ("first", "speed", "accuracy")
CHOSEN = frozenset({"one", "several", "poll"})
"""Kinds with options that the organizer writes and players choose from."""
OPEN = frozenset({"buzzer", "poll"})
"""Kinds where nothing need be right."""


@dataclass(frozen=True)
class Question:
    """One question of a game.

    `options` in the order in which they are shown. `right`: for `one`, `several` the options
    that are right; for `truth` "true" or "false"; for `typed` every spelling that counts; for
    `number` the number; for `order` all of them in the right order; for `buzzer` what the host
    may want to look at; for `poll` nothing.
    """

    id: str
    kind: str
    text: str
    options: tuple[str, ...] = ()
    right: tuple[str, ...] = ()
    seconds: int = 20
    points: int = 1000
    mode: str = "speed"
    media: Mapping[str, Any] | None = None
    case_matters: bool = False
    accents_matter: bool = False

    @property
    def scores(self) -> bool:
        """Whether it can bring points, and ends or lengthens a streak."""
        return self.kind != "poll"

    def content(self) -> dict[str, Any]:
        """What a player may see once it is open: everything but what is right."""
        shown: dict[str, Any] = {"id": self.id, "kind": self.kind, "text": self.text}
        shown["options"] = list(self.options)
        shown["media"] = dict(self.media) if self.media else None
        return shown


def questions(settings: Mapping[str, Any]) -> list[Question]:
    """The questions of a room's settings, which fit the schema and have no `problems`.

    A question without an `id` gets one from its place (`q1`, …); one without a mode has the
    room's; `order` and `truth` get options.
    """
    mode = settings.get("mode", "speed")
    asked = settings.get("questions", ())
    return [question(one, number, mode) for number, one in enumerate(asked, start=1)]


def question(asked: Mapping[str, Any], number: int = 1, mode: str = "speed") -> Question:
    """One question of the settings, the `number`th, in a room of this mode."""
    kind = asked.get("kind", "one")
    right = tuple(" ".join(str(text).split()) for text in asked.get("right", ()))
    options = tuple(asked.get("options", ()))
    if kind in ("one", "several"):
        named = {_plain(option): option for option in options}
        right = tuple(named.get(_plain(text), text) for text in right)
    elif kind == "truth":
        right, options = tuple(text.lower() for text in right), ("true", "false")
    one = Question(
        id=str(asked.get("id") or f"q{number}"),
        kind=kind,
        text=asked["text"],
        options=options,
        right=right,
        seconds=int(asked.get("seconds", 20)),
        points=int(asked.get("points", 1000)),
        mode=asked.get("mode") or mode,
        media=asked.get("media"),
        case_matters=bool(asked.get("caseMatters", False)),
        accents_matter=bool(asked.get("accentsMatter", False)),
    )
    return shuffled(replace(one, options=right), one.id) if kind == "order" else one


def shuffled(question: Question, seed: str) -> Question:
    """The same question with its options in an order that only `seed` determines.

    What is to be put in order is never shown in the right order.
    """
    if question.kind == "truth" or len(question.options) < FEWEST_OPTIONS:
        return question

    def drawn(option: str) -> bytes:
        return hashlib.sha256(f"{seed}\n{option}".encode()).digest()

    mixed = tuple(sorted(question.options, key=drawn))
    if question.kind == "order" and mixed == question.right:
        mixed = (*mixed[1:], mixed[0])
    return replace(question, options=mixed)


def problems(settings: Mapping[str, Any]) -> list[str]:
    """Everything that would make a question unfair or unanswerable, in words for the organizer.

    `settings` fit the manifest's schema, defaults filled in or not.
    """
    found: list[str] = []
    seen: set[str] = set()
    for number, asked in enumerate(settings.get("questions", ()), start=1):
        found.extend(f"Question {number}: {problem}" for problem in _of(asked))
        known = str(asked.get("id") or f"q{number}")
        if known in seen:
            found.append(f"Question {number}: its id “{known}” is another question's.")
        seen.add(known)
    return found


def _of(asked: Mapping[str, Any]) -> list[str]:
    kind = asked.get("kind", "one")
    options = [_plain(option) for option in asked.get("options", ())]
    right = [_plain(str(answer)) for answer in asked.get("right", ())]
    found: list[str] = []
    if kind in CHOSEN:
        found += _of_options(kind, options, right)
    elif options and not (kind == "order" and sorted(options) == sorted(right)):
        found.append(_WITHOUT_OPTIONS[kind])
    if not right and kind not in OPEN:
        found.append("say which answer is right.")
    found += _of_right(kind, right)
    if kind == "typed" and asked.get("caseMatters"):
        # Spellings that differ in case only are different ones where case matters.
        right = [" ".join(str(answer).split()) for answer in asked.get("right", ())]
    if len(set(right)) < len(right):
        found.append("a right answer is there twice.")
    if not all(right):
        found.append("a right answer is blank.")
    return found


def _of_options(kind: str, options: list[str], right: list[str]) -> list[str]:
    found = []
    if len(options) < FEWEST_OPTIONS:
        found.append(f"give at least {FEWEST_OPTIONS} options.")
    if len(set(options)) < len(options):
        found.append("two options read the same.")
    if not all(options):
        found.append("an option is blank.")
    if kind == "poll":
        return [*found, "nothing is right in a poll, so name no right answer."] if right else found
    unknown = sorted(set(right) - set(options) - {""})
    found.extend(f"the right answer “{answer}” is none of the options." for answer in unknown)
    if kind == "one" and len(set(right)) > 1:
        found.append("only one option may be right; choose “several” to allow more.")
    return found


def _of_right(kind: str, right: list[str]) -> Iterable[str]:
    if kind == "truth" and right and right not in (["true"], ["false"]):
        yield "the right answer is “true” or “false”."
    if kind == "order" and len(right) < FEWEST_OPTIONS:
        yield f"give at least {FEWEST_OPTIONS} things to put in order, as they belong."
    if kind == "number" and right and (len(right) > 1 or as_number(right[0]) is None):
        yield "the right answer is one number."


_WITHOUT_OPTIONS = {
    "typed": "people type the answer, so leave the options out.",
    "number": "people type a number, so leave the options out.",
    "truth": "true and false are the options already, so leave them out.",
    "order": "the right answers are what is put in order, so leave the options out.",
    "buzzer": "people answer aloud, so leave the options out.",
}


def as_number(text: str) -> Decimal | None:
    """The number that a text names, with a point or a comma; None where it names none."""
    plain = "".join(text.split()).replace("−", "-").replace(",", ".")
    try:
        value = Decimal(plain)
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value) < Decimal(10) ** 15 else None


def _plain(text: str) -> str:
    """As people compare answers: without case and extra spaces."""
    return " ".join(text.split()).casefold()
