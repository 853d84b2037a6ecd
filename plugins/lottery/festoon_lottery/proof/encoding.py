"""How values become bytes before they are hashed: so that no two lists of fields look alike."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

FORMAT = "festoon-lottery/2"
"""Names the format, and begins the label of everything that is hashed."""
LARGEST = 2**53 - 1
"""The largest whole number of a document: what JavaScript still counts exactly."""

Plain: TypeAlias = bool | int | str | Sequence["Plain"] | Mapping[str, "Plain"] | None


def framed(*fields: bytes) -> bytes:
    """Each field with its length before it, as four bytes, big-endian.

    Without the lengths "ab", "c" and "a", "bc" would be hashed alike, and whoever chose the fields
    could say afterwards that they had meant the other ones.
    """
    return b"".join(len(field).to_bytes(4, "big") + field for field in fields)


def u64(number: int) -> bytes:
    """A whole number from 0 as eight bytes, big-endian."""
    return number.to_bytes(8, "big")


def digest(purpose: str, *fields: bytes) -> bytes:
    """SHA-256 over the framed fields, under a label that no other purpose has."""
    return hashlib.sha256(framed(f"{FORMAT} {purpose}".encode(), *fields)).digest()


def canonical(value: Plain) -> bytes:
    """The one way to write a JSON value: RFC 8785 for what has no fractions.

    Keys in the order of their UTF-16 units, no spaces, nothing escaped that need not be. Raises
    `ValueError` for a fraction, a whole number past `LARGEST`, and text that is no Unicode.
    """
    return _written(value).encode()


def _written(value: Plain) -> str:
    if value is None or isinstance(value, bool | str):
        return _text(value)
    if isinstance(value, int):
        if abs(value) > LARGEST:
            raise ValueError(f"{value} is past what a proof can hold")
        return str(value)
    if isinstance(value, Mapping):
        members = sorted(value.items(), key=lambda member: member[0].encode("utf-16-be"))
        return "{" + ",".join(f"{_text(key)}:{_written(one)}" for key, one in members) + "}"
    if isinstance(value, Sequence):
        return "[" + ",".join(map(_written, value)) + "]"
    raise ValueError(f"a proof holds no {type(value).__name__}")


def _text(value: str | bool | None) -> str:
    text = json.dumps(value, ensure_ascii=False)
    # A lone surrogate has no bytes: it raises here, and not when somebody checks the proof.
    text.encode()
    return text
