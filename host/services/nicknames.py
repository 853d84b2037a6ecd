"""What names may be like in a room: how long, no two alike, and which words not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy.ext.asyncio import AsyncConnection

from host.auth.lookalikes import look, words_in
from host.contract import JsonObject
from host.errors import Conflict
from host.store import doors

LONGEST, MOST_WORDS, LONGEST_WORD = 60, 500, 60
"""The greatest length that a rule can allow; how many words a list has, and how long they are."""


@dataclass(frozen=True)
class NicknameRules:
    """`longest` in characters (None: as long as names may be anywhere); `words` as typed."""

    longest: int | None = None
    unique: bool = False
    words: tuple[str, ...] = ()

    @classmethod
    def of(cls, kept: JsonObject | None) -> NicknameRules:
        """The rules as a room keeps them."""
        if kept is None:
            return cls()
        return cls(kept.get("longest"), kept.get("unique", False), tuple(kept.get("words", ())))

    def as_json(self) -> JsonObject:
        """The rules as the wire shows them."""
        return {"longest": self.longest, "unique": self.unique, "words": list(self.words)}

    def changed(self, fields: JsonObject) -> NicknameRules:
        """The rules with those of `{longest?, unique?, words?}` that were given; words once."""
        given = {**self.as_json(), **fields}
        words: dict[tuple[str, ...], str] = {}
        for word in given["words"]:
            if parts := words_in(word):
                words.setdefault(parts, " ".join(word.split()))
        return NicknameRules(given["longest"], given["unique"], tuple(words.values()))

    def kept(self) -> JsonObject | None:
        """What the room keeps: None where there is no rule."""
        return self.as_json() if self != NicknameRules() else None

    def need(self, name: str) -> None:
        """Raises `Conflict` for a name that is too long or has one of the words."""
        if self.longest is not None and len(name) > self.longest:
            raise refused("NAME_TOO_LONG", f"Names here have at most {self.longest} characters.")
        said, whole, words = words_in(name), look(name), _folded(self.words)
        for parts in words:
            in_it = any(said[at : at + len(parts)] == parts for at in range(len(said)))
            # Letters that are set apart are one word to the eye.
            if in_it or "".join(parts) == whole:
                raise refused("NAME_NOT_ALLOWED", "The organizer does not want this name here.")


@lru_cache(maxsize=64)
def _folded(words: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    return tuple(words_in(word) for word in words)


def refused(reason: str, words: str) -> Conflict:
    """A name that does not do in a room; `details.fields` says it beside the field."""
    message = f"{words} Choose another one."
    return Conflict(message, details={"reason": reason, "fields": {"name": [message]}})


def taken() -> Conflict:
    """What one hears whose name somebody in the room has, or almost."""
    return refused("NAME_TAKEN", "Somebody in this room has this name, or one that looks like it.")


async def admitted(
    conn: AsyncConnection, kept: JsonObject | None, room_id: str, user_id: str, name: str
) -> str | None:
    """The key under which somebody comes into a room, in the transaction that lets them in.

    `name` is the name that the caller believes to be theirs; one that has changed since counts
    as it is now. Where there are no rules nothing is asked. Raises `Conflict` with
    `details.reason` NAME_TOO_LONG, NAME_NOT_ALLOWED or NAME_TAKEN.
    """
    if kept is None:
        return None
    rules, key = NicknameRules.of(kept), look(name)
    now, others = await doors.name_in(conn, room_id, user_id, key)
    if now != name:
        key = look(now)
        now, others = await doors.name_in(conn, room_id, user_id, key)
    rules.need(now)
    if rules.unique and others:
        raise taken()
    return key


class NameList:
    """The rules of a room for the names of several people who come in together."""

    def __init__(self, rules: NicknameRules | None, held: set[str]) -> None:
        """`held` are the keys under which somebody is in the room already; None: no rules."""
        self._rules = rules
        self._held = held

    @classmethod
    async def of(
        cls, conn: AsyncConnection, kept: JsonObject | None, room_id: str, names: Sequence[str]
    ) -> NameList:
        """As the room keeps them, in the transaction that lets these names in."""
        if kept is None:
            return cls(None, set())
        rules = NicknameRules.of(kept)
        keys = [look(name) for name in names] if rules.unique else []
        return cls(rules, await doors.held(conn, room_id, keys))

    def admit(self, name: str) -> str | None:
        """The next one's key, None where there are no rules; raises what `admitted` raises."""
        if self._rules is None:
            return None
        key = look(name)
        self._rules.need(name)
        if self._rules.unique and key in self._held:
            raise taken()
        self._held.add(key)
        return key


@asynccontextmanager
async def renaming(conn: AsyncConnection, user_id: str, name: str | None) -> AsyncIterator[None]:
    """Around the statement that writes a person's new name (None: it stays), in its transaction.

    The name is held against the rules of every room that they are in: raises what `admitted`
    raises, and `Conflict` when they came into one meanwhile. Rooms are locked before the person's
    own row, as a join does, so that neither waits for the other in a circle.
    """
    if name is None:
        yield
        return
    key, held = look(name), []
    for room_id, kept in await doors.ruled_rooms(conn, user_id, lock=True):
        rules = NicknameRules.of(kept)
        rules.need(name)
        if rules.unique and await doors.is_taken(conn, room_id, user_id, key):
            raise taken()
        await doors.put_key(conn, room_id, user_id, key)
        held.append(room_id)
    yield
    now = await doors.ruled_rooms(conn, user_id, lock=False)
    if [room_id for room_id, _ in now] != held:
        raise Conflict("You came into a room at this very moment. Try again.")
