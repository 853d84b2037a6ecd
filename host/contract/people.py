"""People whom an application enters into a room, because they cannot come in by themselves."""

from __future__ import annotations

from dataclasses import dataclass, field

from host.contract.entities import JsonObject


@dataclass(frozen=True)
class PersonDraft:
    """Somebody without an account and without a phone, who takes part all the same.

    `key` is the application's own name for this person in this room, of 1 to 120 characters: who
    is entered again under the same key is the same person. `metadata` is what everybody in the
    room can read, as of any participant; under a name that begins with the application's id and
    a colon it is something that nobody can claim for themselves on joining.
    """

    key: str
    name: str
    metadata: JsonObject = field(default_factory=dict)
