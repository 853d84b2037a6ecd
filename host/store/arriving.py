"""Joins, when a hall makes them at once: one statement before, one that writes all of them.

The one that writes takes the room's lock first, and writes nothing where the room is not as it has
to be: then the long way finds out why.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg
import orjson

from host.contract import Audience, Capability, Participant, Person, Role, Room
from host.store.lane import Lane
from host.store.participants import Membership
from host.store.room_apps import Answerer
from host.store.whole import OF_ROOM, ROOM, answerers, room


@dataclass(frozen=True)
class Approached:
    """A room and the caller's row in it, with what has to be known of its applications."""

    room: Room
    person: Person
    membership: Membership | None
    answerers: Mapping[Capability, Answerer]
    enabled: Sequence[str]


_APPROACH = f"""
    WITH r AS MATERIALIZED (
        SELECT {ROOM} FROM rooms AS r {OF_ROOM}
        WHERE r.id = ANY ($1::text[]) AND r.deleted_at IS NULL
    )
    SELECT k.user_id AS of_user, r.*, p.id AS part_id, p.role, p.metadata::text AS metadata,
        p.joined_at, p.updated_at AS part_updated_at, p.deleted_at AS part_deleted_at,
        p.banned_at, p.removed_at, u.name AS user_name, u.avatar AS user_avatar
    FROM unnest($1::text[], $2::text[]) AS k(room_id, user_id)
    JOIN r ON r.id = k.room_id
    LEFT JOIN participants AS p ON p.room_id = k.room_id AND p.user_id = k.user_id
    JOIN users AS u ON u.id = k.user_id
"""


async def approached(
    lane: Lane, pairs: Collection[tuple[str, str]]
) -> Mapping[tuple[str, str], Approached]:
    """For each room and user that is named: the living room, and the user's row in it."""
    rows = await lane.rows(_APPROACH, [room for room, _ in pairs], [user for _, user in pairs])
    rooms: dict[str, Room] = {}
    found = {}
    for row in rows:
        room_id, user_id = row["id"], row["of_user"]
        if room_id not in rooms:
            rooms[room_id] = await room(lane, row)
        found[room_id, user_id] = Approached(
            rooms[room_id],
            Person(user_id, row["user_name"], row["user_avatar"]),
            _membership(row) if row["part_id"] is not None else None,
            answerers(row["answerers"]),
            row["enabled"],
        )
    return found


def _membership(row: asyncpg.Record) -> Membership:
    user_id = row["of_user"]
    part = Participant(
        id=row["part_id"],
        user_id=user_id,
        room_id=row["id"],
        role=Role(row["role"]),
        metadata=orjson.loads(row["metadata"]),
        joined_at=row["joined_at"],
        updated_at=row["part_updated_at"],
        deleted_at=row["part_deleted_at"],
        user=Person(user_id, row["user_name"], row["user_avatar"]),
    )
    return Membership(part, row["banned_at"] is not None, row["removed_at"] is not None)


@dataclass(frozen=True)
class Joining:
    """Somebody who joins for the first time, and what is told of it."""

    participant_id: str
    user_id: str
    role: Role
    metadata: str
    told: str


_JOIN = f"""
    WITH r AS MATERIALIZED (
        SELECT id FROM rooms WHERE id = $1 AND deleted_at IS NULL AND status = 'ACTIVE'
            AND locked_at IS NULL AND nickname_rules IS NULL
        FOR UPDATE
    ), g AS MATERIALIZED (
        SELECT * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
            WITH ORDINALITY AS g(id, user_id, role, metadata, told, n)
    ), p AS (
        INSERT INTO participants (id, room_id, user_id, role, metadata, joined_at, updated_at)
        SELECT g.id, r.id, g.user_id, g.role, g.metadata::jsonb, $7, $7 FROM g CROSS JOIN r
        ON CONFLICT (room_id, user_id) DO NOTHING
        RETURNING id
    ), o AS MATERIALIZED (
        SELECT g.id, g.told, row_number() OVER (ORDER BY g.n) AS place FROM g JOIN p USING (id)
    ), c AS MATERIALIZED (SELECT count(*) AS many FROM o), u AS (
        UPDATE rooms SET event_seq = event_seq + (SELECT many FROM c),
            participant_count = participant_count + (SELECT many FROM c)
        WHERE id = $1 AND (SELECT many FROM c) > 0
        RETURNING event_seq - (SELECT many FROM c) AS before, event_seq
    ), e AS (
        INSERT INTO events (room_id, seq, event, data, audience, at)
        SELECT $1, u.before + o.place, 'participant:joined', o.told::jsonb, '{Audience.ALL}', $7
        FROM o CROSS JOIN u
    ), x AS (
        INSERT INTO outbox (id, room_id, first_seq, last_seq, created_at)
        SELECT $8, $1, u.before + 1, u.event_seq, $7 FROM u
    )
    SELECT o.id, u.before + o.place AS seq FROM o CROSS JOIN u ORDER BY seq
"""


async def join(
    lane: Lane, room_id: str, joining: Sequence[Joining], now: datetime, outbox_id: str
) -> Mapping[str, int]:
    """Lets in who comes for the first time, where the room is open and has no rules for names.

    The seqs of what is told of those who are in now, rising, by the participant's id.
    """
    rows = await lane.write(
        _JOIN,
        room_id,
        [one.participant_id for one in joining],
        [one.user_id for one in joining],
        [one.role.value for one in joining],
        [one.metadata for one in joining],
        [one.told for one in joining],
        now,
        outbox_id,
    )
    return {row["id"]: row["seq"] for row in rows}
