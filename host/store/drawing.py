"""Draws by two statements: one that gathers what a draw is made from, one that writes all of it.

The one that writes takes the room's lock first, and what it reads beside it it locks as well, so
that it is what others have committed by then. Where anything has changed it writes nothing: then
the long way finds out what.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, overload

import asyncpg
import orjson

from host.contract import Audience, Capability, JsonObject, Participant, Person, Prize, Role, Room
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
    """Who can win a prize: each is made a `Participant` when it is looked at."""

    def __init__(self, people: People, holders: Collection[str]) -> None:
        """`holders` have won the prize already."""
        self._people = people
        ids = people.ids
        out = frozenset(holders)
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
        return self._people.at(self._places[place])

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


_GATHER = f"""
    WITH r AS MATERIALIZED (
        SELECT {ROOM} FROM rooms AS r {OF_ROOM} WHERE r.id = $2 AND r.deleted_at IS NULL
    ), z AS MATERIALIZED (
        SELECT * FROM prizes WHERE room_id = $2 AND deleted_at IS NULL
            AND CASE WHEN $3::text IS NULL THEN awarded < quantity ELSE id = $3 END
        ORDER BY created_at, id LIMIT 1
    ), k AS MATERIALIZED (
        SELECT $4::bigint IS NOT NULL AND NOT EXISTS (
            SELECT FROM events
            WHERE room_id = $2 AND seq > $4 AND event LIKE 'participant:%'
        ) AS known
    ), p AS MATERIALIZED (
        SELECT * FROM participants WHERE room_id = $2 AND deleted_at IS NULL
            AND role = 'PARTICIPANT' AND NOT (SELECT known FROM k)
    ), u AS MATERIALIZED (
        SELECT id, name, avatar FROM users WHERE id = ANY (ARRAY(SELECT user_id FROM p))
    ), e AS (
        SELECT array_agg(q.id) AS entrant_ids, array_agg(q.user_id) AS user_ids,
            array_agg(q.metadata) AS metadatas, array_agg(q.joined) AS joins,
            array_agg(q.updated) AS updates, array_agg(q.name) AS names,
            array_agg(q.avatar) AS avatars
        FROM (
            SELECT p.id, p.user_id, p.metadata::text AS metadata, p.joined_at::text AS joined,
                p.updated_at::text AS updated, u.name, u.avatar
            FROM p JOIN u ON u.id = p.user_id ORDER BY p.joined_at, p.id
        ) AS q
    )
    SELECT r.*, me.role AS own_role, (SELECT known FROM k) AS known, e.*,
        ARRAY(SELECT participant_id FROM winners
            WHERE prize_id = (SELECT id FROM z) AND deleted_at IS NULL) AS holders,
        z.id AS prize_id, z.name AS prize_name,
        z.description AS prize_description, z.image_url, z.quantity, z.awarded,
        z.metadata::text AS prize_metadata, z.created_at AS prize_created_at,
        z.updated_at AS prize_updated_at,
        (SELECT json_object_agg(x.app_id, x.manifest_version)::text FROM room_apps AS x
            WHERE x.room_id = $2) AS versions
    FROM r CROSS JOIN e LEFT JOIN z ON TRUE LEFT JOIN participants AS me
        ON me.room_id = r.id AND me.user_id = $1 AND me.deleted_at IS NULL
"""


async def gathered(
    lane: Lane, room_id: str, user_id: str, prize_id: str | None, known: People | None = None
) -> Gathered | None:
    """What a draw in a living room is made from, as it is at one moment.

    `known` are the people as they were read before: they are read again only where one of the
    room's events since then is about any of them.
    """
    seq = known.seq if known else None
    rows = await lane.rows(_GATHER, user_id, room_id, prize_id, seq)
    if not rows:
        return None
    row = rows[0]
    if known is None or not row["known"]:
        known = People(room_id, row["event_seq"], row["entrant_ids"] or (), row)
    role = row["own_role"]
    return Gathered(
        await room(lane, row),
        None if role is None else Role(role),
        row["winner_revision"],
        _prize(row, room_id) if row["prize_id"] is not None else None,
        Entrants(known, row["holders"]),
        known,
        answerers(row["answerers"]),
        orjson.loads(row["versions"]),
        row["enabled"],
    )


def _prize(row: asyncpg.Record, room_id: str) -> Prize:
    return Prize(
        id=row["prize_id"],
        room_id=room_id,
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


@dataclass(frozen=True)
class Win:
    """A winner to be written, and what is told of it."""

    winner_id: str
    participant: Participant
    metadata: str
    told: str


@dataclass(frozen=True)
class Drawn:
    """A draw to be written: the columns of its record, and of its entry in the room's log."""

    draw_id: str
    room_id: str
    prize_id: str
    app_id: str
    version: str
    fell_back: bool
    seed: str
    entrants: Sequence[str]
    record: JsonObject
    drawn_by: str
    audit_id: str
    user_id: str | None
    request_id: str | None
    logged: JsonObject


_DRAW = f"""
    WITH r AS MATERIALIZED (
        SELECT id FROM rooms WHERE id = $1 AND deleted_at IS NULL AND status = 'ACTIVE'
            AND winner_revision = $2
        FOR UPDATE
    ), g AS MATERIALIZED (
        SELECT * FROM unnest($3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::text[])
            WITH ORDINALITY AS g(id, participant_id, updated_at, metadata, told, n)
    ), p AS MATERIALIZED (
        SELECT p.id FROM participants AS p JOIN g ON g.participant_id = p.id CROSS JOIN r
        WHERE p.room_id = $1 AND p.deleted_at IS NULL AND p.role = 'PARTICIPANT'
            AND p.updated_at = g.updated_at
        FOR SHARE OF p
    ), z AS (
        UPDATE prizes SET awarded = awarded + $8
        WHERE id = $9 AND deleted_at IS NULL AND awarded + $8 <= quantity
            AND (SELECT count(*) FROM p) = $8
        RETURNING id
    ), d AS (
        INSERT INTO draws (id, room_id, prize_id, app_id, manifest_version, fallback, seed, count,
            entrants, record, drawn_by, created_at)
        SELECT $10, $1, z.id, $11, $12, $13, $14, $8, $15::jsonb, $16::jsonb, $17, $18 FROM z
    ), w AS (
        INSERT INTO winners (id, room_id, participant_id, prize_id, draw_id, metadata, created_at)
        SELECT g.id, $1, g.participant_id, z.id, $10, g.metadata::jsonb, $18 FROM g CROSS JOIN z
    ), u AS (
        UPDATE rooms SET event_seq = event_seq + $8, winner_count = winner_count + $8,
            winner_revision = winner_revision + $8
        WHERE id = $1 AND (SELECT count(*) FROM z) = 1
        RETURNING event_seq
    ), e AS (
        INSERT INTO events (room_id, seq, event, data, audience, at)
        SELECT $1, u.event_seq - $8 + g.n, 'winner:selected', g.told::jsonb, '{Audience.ALL}', $18
        FROM g CROSS JOIN u
    ), x AS (
        INSERT INTO outbox (id, room_id, first_seq, last_seq, created_at)
        SELECT $19, $1, u.event_seq - $8 + 1, u.event_seq, $18 FROM u
    ), a AS (
        INSERT INTO audit_log (id, room_id, actor_id, act, subject_id, after, request_id, at)
        SELECT $20, $1, $21, 'draw', $10, $22::jsonb, $23, $18 FROM u
    )
    SELECT event_seq FROM u
"""


async def draw(
    lane: Lane, drawn: Drawn, wins: Sequence[Win], revision: int, now: datetime, outbox_id: str
) -> int | None:
    """Writes a draw, if nothing that it was made from has changed since; else None.

    The seq of the last of the events that tell of the winners.
    """
    rows = await lane.write(
        _DRAW,
        drawn.room_id,
        revision,
        [win.winner_id for win in wins],
        [win.participant.id for win in wins],
        [win.participant.updated_at for win in wins],
        [win.metadata for win in wins],
        [win.told for win in wins],
        len(wins),
        drawn.prize_id,
        drawn.draw_id,
        drawn.app_id,
        drawn.version,
        drawn.fell_back,
        drawn.seed,
        orjson.dumps(drawn.entrants).decode(),
        orjson.dumps(drawn.record).decode(),
        drawn.drawn_by,
        now,
        outbox_id,
        drawn.audit_id,
        drawn.user_id,
        orjson.dumps(drawn.logged).decode(),
        drawn.request_id,
    )
    return rows[0]["event_seq"] if rows else None
