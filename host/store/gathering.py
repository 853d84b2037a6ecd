"""What draws are made from, of any number of rooms by one statement."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, overload

import asyncpg
import orjson

from host.contract import Capability, Participant, Person, Prize, Role, Room
from host.store.lane import Lane
from host.store.room_apps import Answerer
from host.store.whole import OF_ROOM, ROOM, answerers, room


@dataclass(frozen=True)
class People:
    """All who can be drawn in a room, as they are read, and the seq as of which it is so."""

    room_id: str
    seq: int
    ids: Sequence[str]
    columns: Any

    def at(self, place: int) -> Participant:
        """One of them."""
        row, user_id = self.columns, self.columns["user_ids"][place]
        return Participant(
            id=self.ids[place],
            user_id=user_id,
            room_id=self.room_id,
            role=Role.PARTICIPANT,
            metadata=orjson.loads(row["metadatas"][place]),
            joined_at=datetime.fromisoformat(row["joins"][place]),
            updated_at=datetime.fromisoformat(row["updates"][place]),
            deleted_at=None,
            user=Person(user_id, row["names"][place], row["avatars"][place]),
        )


class Entrants(Sequence[Participant]):
    """Who can win a prize: each is made a `Participant` when it is looked at first."""

    def __init__(self, people: People, holders: Collection[str]) -> None:
        """`holders` have won the prize already."""
        self._people = people
        ids = people.ids
        out = frozenset(holders)
        self._made: dict[int, Participant] = {}
        self._places = [at for at, one in enumerate(ids) if one not in out]
        self.ids: Sequence[str] = [ids[at] for at in self._places]

    @overload
    def __getitem__(self, place: int) -> Participant: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Participant]: ...
    def __getitem__(self, place: int | slice) -> Participant | Sequence[Participant]:
        """One of them, or several."""
        if isinstance(place, slice):
            return [self._people.at(at) for at in self._places[place]]
        at = self._places[place]
        made = self._made.get(at)
        if made is None:
            made = self._made[at] = self._people.at(at)
        return made

    def __len__(self) -> int:
        """How many there are."""
        return len(self._places)

    def by_id(self, participant_id: str) -> Participant:
        """One of them by id."""
        return self[self.ids.index(participant_id)]


@dataclass(frozen=True)
class Gathered:
    """What a draw is made from; `prize` is the one that was named, or the next with units left."""

    room: Room
    role: Role | None
    revision: int
    prize: Prize | None
    entrants: Entrants
    people: People
    answerers: Mapping[Capability, Answerer]
    versions: Mapping[str, str]
    enabled: Sequence[str]


@dataclass(frozen=True)
class Wanted:
    """Somebody who wants to draw in a room, and the prize that they named, if they did."""

    room_id: str
    user_id: str
    prize_id: str | None


_LIVING = "z.room_id = k.room_id AND z.deleted_at IS NULL"
_GATHER = f"""
    WITH k AS MATERIALIZED (
        SELECT k.*, k.seq IS NOT NULL AND NOT EXISTS (
            SELECT FROM events AS v
            WHERE v.room_id = k.room_id AND v.seq > k.seq AND v.event LIKE 'participant:%'
        ) AS known
        FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) WITH ORDINALITY
            AS k(room_id, user_id, wanted_id, seq, n)
    )
    SELECT k.n, k.known, r.*, me.role AS own_role, e.*,
        ARRAY(SELECT w.participant_id FROM winners AS w
            WHERE w.prize_id = z.id AND w.deleted_at IS NULL) AS holders,
        z.id AS prize_id, z.name AS prize_name,
        z.description AS prize_description, z.image_url, z.quantity, z.awarded,
        z.metadata::text AS prize_metadata, z.created_at AS prize_created_at,
        z.updated_at AS prize_updated_at,
        (SELECT json_object_agg(x.app_id, x.manifest_version)::text FROM room_apps AS x
            WHERE x.room_id = r.id) AS versions
    FROM k CROSS JOIN LATERAL (
        SELECT {ROOM} FROM rooms AS r {OF_ROOM}
        WHERE r.id = k.room_id AND r.deleted_at IS NULL LIMIT 1
    ) AS r
    LEFT JOIN participants AS me
        ON me.room_id = k.room_id AND me.user_id = k.user_id AND me.deleted_at IS NULL
    LEFT JOIN LATERAL (
        SELECT z.* FROM prizes AS z
        WHERE k.wanted_id IS NOT NULL AND z.id = k.wanted_id AND {_LIVING}
        UNION ALL (
            SELECT z.* FROM prizes AS z
            WHERE k.wanted_id IS NULL AND z.awarded < z.quantity AND {_LIVING}
            ORDER BY z.created_at, z.id LIMIT 1
        )
    ) AS z ON TRUE
    LEFT JOIN LATERAL (
        SELECT array_agg(q.id) AS entrant_ids, array_agg(q.user_id) AS user_ids,
            array_agg(q.metadata) AS metadatas, array_agg(q.joined) AS joins,
            array_agg(q.updated) AS updates, array_agg(q.name) AS names,
            array_agg(q.avatar) AS avatars
        FROM (
            SELECT p.id, p.user_id, p.metadata::text AS metadata, p.joined_at::text AS joined,
                p.updated_at::text AS updated, u.name, u.avatar
            FROM participants AS p CROSS JOIN LATERAL (
                SELECT name, avatar FROM users WHERE id = p.user_id LIMIT 1
            ) AS u
            WHERE NOT k.known AND p.room_id = k.room_id AND p.deleted_at IS NULL
                AND p.role = 'PARTICIPANT'
            ORDER BY p.joined_at, p.id
        ) AS q
    ) AS e ON TRUE
"""


async def gathered(
    lane: Lane, wanted: Sequence[Wanted], known: Sequence[People | None]
) -> Mapping[Wanted, Gathered]:
    """What draws in living rooms are made from, as it is at one moment.

    `known` are the people of each as they were read before: they are read again only where one
    of the room's events since then is about any of them.
    """
    rows = await lane.rows(
        _GATHER,
        [one.room_id for one in wanted],
        [one.user_id for one in wanted],
        [one.prize_id for one in wanted],
        [people.seq if people else None for people in known],
    )
    found = {}
    for row in rows:
        place, seq = row["n"] - 1, row["event_seq"]
        people = known[place] if row["known"] else None
        if people is None:
            people = People(row["id"], seq, row["entrant_ids"] or (), row)
        elif people.seq != seq:
            people = replace(people, seq=seq)
        found[wanted[place]] = await _gathered(lane, row, people)
    return found


async def _gathered(lane: Lane, row: asyncpg.Record, people: People) -> Gathered:
    role = row["own_role"]
    return Gathered(
        await room(lane, row),
        None if role is None else Role(role),
        row["winner_revision"],
        _prize(row) if row["prize_id"] is not None else None,
        Entrants(people, row["holders"]),
        people,
        answerers(row["answerers"]),
        orjson.loads(row["versions"]),
        row["enabled"],
    )


def _prize(row: asyncpg.Record) -> Prize:
    return Prize(
        id=row["prize_id"],
        room_id=row["id"],
        name=row["prize_name"],
        description=row["prize_description"],
        image_url=row["image_url"],
        quantity=row["quantity"],
        quantity_remaining=row["quantity"] - row["awarded"],
        metadata=orjson.loads(row["prize_metadata"]),
        created_at=row["prize_created_at"],
        updated_at=row["prize_updated_at"],
        deleted_at=None,
    )
