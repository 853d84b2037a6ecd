"""The words of messages that an application ships in its manifest, in each language of its readers.

    "messages": {"quiz:soon": {
        "values": ["minutes"],
        "words": {"en": {"title": "It begins in {{ minutes }} minutes", "body": "Find a seat."}}}}

They are filled in for each reader, from the `data` of the notification, by the host; so any
application that brings messages has them as they should arrive.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from host.contract import JsonObject
from host.errors import ValidationFailed
from host.sandbox import Sandbox

GIVEN = ("room", "brand")
"""What every message may name besides its own values."""
FIRST = "en"
"""The language of those whose own there is not, where there is this one."""


@dataclass(frozen=True)
class Words:
    """A title and a body."""

    title: str
    body: str


class Wording:
    """One kind of message, as its manifest has it."""

    def __init__(self, declared: JsonObject) -> None:
        self.values: tuple[str, ...] = tuple(declared.get("values", ()))
        self._words: Mapping[str, JsonObject] = declared["words"]
        self._sandbox = Sandbox((*self.values, *GIVEN))

    def missing(self, data: Mapping[str, Any]) -> list[str]:
        """The values that data lacks: texts and numbers are such."""
        return [name for name in self.values if not isinstance(data.get(name), str | int | float)]

    def filled(self, data: Mapping[str, Any], given: Mapping[str, str]) -> Mapping[str, Words]:
        """The words in every language. Raises `ValidationFailed` where a value lacks."""
        if lacking := self.missing(data):
            raise ValidationFailed(f"data lacks {', '.join(lacking)}.")
        known = {**{name: data[name] for name in self.values}, **given}
        return {tag: self._filled(found, known) for tag, found in self._words.items()}

    def _filled(self, found: JsonObject, known: Mapping[str, Any]) -> Words:
        title = " ".join(self._sandbox.render(found["title"], known).split())
        return Words(title, self._sandbox.render(found.get("body", ""), known).strip())


def nearest(words: Mapping[str, Words], locale: str | None) -> Words:
    """Those for a reader's BCP 47 tag: of the tag, of its language, in English, or the first."""
    wanted = (locale or "").replace("_", "-").lower()
    tags = {tag.lower(): one for tag, one in words.items()}
    for tag in (wanted, wanted.partition("-")[0], FIRST):
        if tag in tags:
            return tags[tag]
    return next(iter(tags.values()))


def wording_of(manifest: JsonObject, kind: str) -> Wording | None:
    """The words of a kind of message; None where the manifest has none."""
    declared = manifest.get("messages", {}).get(kind)
    return Wording(declared) if declared is not None else None


def message_problems(messages: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with templates, by JSON pointer, in messages of the right shape."""
    for kind, declared in messages.items():
        at = f"/messages/{kind.replace('~', '~0').replace('/', '~1')}"
        for name in declared.get("values", ()):
            if name in GIVEN:
                yield f"{at}/values", f"{name!r} is given by the host"
        sandbox = Sandbox((*declared.get("values", ()), *GIVEN))
        for tag, words in declared["words"].items():
            for part, source in words.items():
                for problem in sandbox.problems(source):
                    yield f"{at}/words/{tag}/{part}", str(problem)
