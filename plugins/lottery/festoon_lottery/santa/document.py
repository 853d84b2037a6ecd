"""The proof of a Secret Santa round: what is told when, and what anyone can check in the end.

The format is in `docs/reference/santa-proof.md`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from festoon_lottery.proof.encoding import Plain, canonical, framed, u64
from festoon_lottery.proof.tree import path as tree_path
from festoon_lottery.proof.tree import root as tree_root
from festoon_lottery.santa.drawing import Assignment, assigned
from festoon_lottery.santa.matching import Apart

FORMAT = "festoon-santa/1"
OPENED, CLOSED, ASSIGNED, VOIDED, REVEALED = "opened", "closed", "assigned", "voided", "revealed"
Link = dict[str, Plain]


def digest(purpose: str, *fields: bytes) -> bytes:
    """SHA-256 over framed fields under a label of this format's own."""
    return hashlib.sha256(framed(f"{FORMAT} {purpose}".encode(), *fields)).digest()


def commitment(seed: bytes) -> bytes:
    """What is told of a seed of 32 bytes before anybody takes part."""
    return digest("seed", seed)


def identity(salt: bytes, participant: str, name: str) -> bytes:
    """The hash that stands for a person; the salt has 16 bytes."""
    return digest("person", salt, participant.encode(), name.encode())


def linked(before: Link | None, at: str, kind: str, data: Mapping[str, Plain]) -> Link:
    """The entry of the log that follows `before`, or begins it."""
    said: Link = {
        "n": 0 if before is None else int(str(before["n"])) + 1,
        "at": at,
        "kind": kind,
        "data": dict(data),
    }
    earlier = b"" if before is None else bytes.fromhex(str(before["hash"]))
    return {**said, "hash": digest("log", earlier, canonical(said)).hex()}


@dataclass(frozen=True)
class Circle:
    """Who takes part in a round, by identity, and whom each must not give to: all that is fixed."""

    room: str
    number: int
    people: Sequence[bytes]
    apart: Apart

    def pairs_apart(self) -> list[list[int]]:
        """The exclusions as pairs, in their one order."""
        return sorted([giver, one] for giver, some in enumerate(self.apart) for one in set(some))

    @property
    def people_root(self) -> bytes:
        """The root over everybody."""
        return tree_root([_leaf("someone", u64(n), one) for n, one in enumerate(self.people)])

    @property
    def apart_hash(self) -> bytes:
        """The hash of the exclusions."""
        return digest("apart", canonical(self.pairs_apart()))

    def closing(self) -> dict[str, Plain]:
        """What is told when it is settled who takes part."""
        return {
            "people": self.people_root.hex(),
            "count": len(self.people),
            "apart": self.apart_hash.hex(),
        }

    def key(self, seed: bytes) -> bytes:
        """What the assignment is drawn by."""
        fields = (
            f"{FORMAT} draw".encode(),
            self.people_root,
            u64(len(self.people)),
            self.apart_hash,
            self.room.encode(),
            u64(self.number),
        )
        return hmac.new(seed, framed(*fields), hashlib.sha256).digest()


@dataclass(frozen=True)
class Drawn:
    """A circle with its assignment, and the salts under which each pair is sealed."""

    assignment: Assignment
    salts: Sequence[bytes]
    leaves: Sequence[bytes]

    @property
    def root(self) -> bytes:
        """The root over all pairs."""
        return tree_root(self.leaves)

    def told(self) -> dict[str, Plain]:
        """What is told of it while it is secret."""
        return {
            "pairs": self.root.hex(),
            "method": self.assignment.method,
            "shuffles": self.assignment.shuffles,
        }

    def opening(self, giver: int) -> dict[str, Plain]:
        """What one giver gets: whom they give to, and what shows that it was fixed by then."""
        return {
            "giver": giver,
            "receiver": self.assignment.to[giver],
            "salt": self.salts[giver].hex(),
            "path": [one.hex() for one in tree_path(self.leaves, giver)],
        }


def drawn(circle: Circle, seed: bytes) -> Drawn:
    """Draws; raises `santa.drawing.Impossible`."""
    key = circle.key(seed)
    found = assigned(len(circle.people), circle.apart, key)
    salts = [
        hmac.new(key, b"salt" + u64(giver), hashlib.sha256).digest()[:16]
        for giver in range(len(circle.people))
    ]
    leaves = [
        _leaf("pair", u64(giver), u64(found.to[giver]), salt) for giver, salt in enumerate(salts)
    ]
    return Drawn(found, salts, leaves)


def _leaf(purpose: str, *fields: bytes) -> bytes:
    return digest(purpose, *fields)


def document(circle: Circle, log: Sequence[Link], seed: bytes | None) -> dict[str, Plain]:
    """The document. `seed` is None until it is revealed: then pairs cannot be found out from it."""
    return {
        "format": FORMAT,
        "room": circle.room,
        "round": circle.number,
        "people": [one.hex() for one in circle.people],
        "apart": circle.pairs_apart(),
        "seed": seed.hex() if seed else None,
        "log": list(log),
    }
