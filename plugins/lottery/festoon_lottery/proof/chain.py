"""The log of a drum, each entry sealed with the one before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from festoon_lottery.proof.encoding import Plain, canonical, digest


@dataclass(frozen=True)
class Link:
    """One entry of the log: its number from 0, when (ISO, UTC), what, and its hash."""

    number: int
    at: str
    kind: str
    data: Mapping[str, Plain]
    hash: bytes

    def wire(self) -> dict[str, Plain]:
        """As it stands in the document."""
        return {
            "n": self.number,
            "at": self.at,
            "kind": self.kind,
            "data": dict(self.data),
            "hash": self.hash.hex(),
        }


def linked(before: Link | None, at: str, kind: str, data: Mapping[str, Plain]) -> Link:
    """The entry that follows `before`, or begins the log."""
    number = before.number + 1 if before else 0
    said: dict[str, Plain] = {"n": number, "at": at, "kind": kind, "data": dict(data)}
    return Link(
        number, at, kind, data, digest("log", before.hash if before else b"", canonical(said))
    )


def broken_at(links: Sequence[Link]) -> int | None:
    """The number of the first entry that does not follow from those before it."""
    before: Link | None = None
    for place, link in enumerate(links):
        if link != linked(before, link.at, link.kind, link.data) or link.number != place:
            return place
        before = link
    return None
