"""What makes a question answerable, beyond what the settings schema can say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FEWEST_OPTIONS = 2


def problems(settings: Mapping[str, Any]) -> list[str]:
    """Everything that would make a question unfair or unanswerable, in words for the organizer.

    `settings` fit the manifest's schema, defaults filled in or not.
    """
    found: list[str] = []
    for number, question in enumerate(settings.get("questions", ()), start=1):
        found.extend(f"Question {number}: {problem}" for problem in _of(question))
    return found


def _of(question: Mapping[str, Any]) -> list[str]:
    kind = question.get("kind", "one")
    options = [_plain(option) for option in question.get("options", ())]
    right = [_plain(answer) for answer in question["right"]]
    if kind == "typed":
        found = ["people type the answer, so leave the options out."] if options else []
    else:
        found = _of_options(kind, options, right)
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
    unknown = sorted(set(right) - set(options) - {""})
    found.extend(f"the right answer “{answer}” is none of the options." for answer in unknown)
    if kind == "one" and len(set(right)) > 1:
        found.append("only one option may be right; choose “several” to allow more.")
    return found


def _plain(text: str) -> str:
    """As people compare answers: without case and extra spaces."""
    return " ".join(text.split()).casefold()
