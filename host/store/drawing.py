"""Draws of several rooms, written by one statement and so with one commit.

It takes the rooms' locks first, and what it reads beside them it locks as well, so that it is what
others have committed by then. It waits for nobody: a room that another writer has just now, and one
in which anything has changed since, is left out, and nothing of its draw is written. Then the
long way waits, or finds out what it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from host.contract import Audience, Capability, JsonObject, Participant
from host.store.inbox import Notice
from host.store.lane import Lane
from host.store.sending import State, delivery_id, rank_of


@dataclass(frozen=True)
class Win:
    """A winner to be written, what is told of it, and what the winner is told."""

    winner_id: str
    participant: Participant
    metadata: str
    told: str
    notice: Notice


@dataclass(frozen=True)
class Drawn:
    """A draw: the columns of its record, and of its entry in the room's log."""

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


@dataclass(frozen=True, eq=False)
class Draft:
    """A draw to be written: its record, who won, and the revision that it was made from."""

    drawn: Drawn
    wins: Sequence[Win]
    revision: int
    now: datetime
    outbox_id: str


@dataclass(frozen=True)
class Kept:
    """A draw that was written: the seq of the last event that tells of its winners, and whether
    an application is to bring them the news.
    """

    last: int
    brought: bool


_DRAW = f"""
    WITH d AS MATERIALIZED (
        SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::int[], $5::text[],
            $6::timestamptz[]) AS d(id, room_id, revision, many, prize_id, now)
    ), g AS MATERIALIZED (
        SELECT * FROM unnest($7::text[], $8::int[], $9::text[], $10::text[], $11::timestamptz[],
            $12::text[], $13::text[], $26::text[], $27::text[], $28::text[], $32::text[])
            AS g(draw_id, n, id, participant_id, updated_at, metadata, told, user_id, body, data,
                delivery_id)
    ), r AS MATERIALIZED (
        SELECT d.id AS draw_id FROM d JOIN rooms AS r ON r.id = d.room_id
        WHERE r.id = ANY ($2) AND r.deleted_at IS NULL AND r.status = 'ACTIVE'
            AND r.winner_revision = d.revision
        FOR UPDATE OF r SKIP LOCKED
    ), p AS MATERIALIZED (
        SELECT g.draw_id FROM r JOIN d ON d.id = r.draw_id JOIN g ON g.draw_id = d.id
        JOIN participants AS p ON p.id = g.participant_id
        WHERE p.room_id = d.room_id AND p.deleted_at IS NULL AND p.role = 'PARTICIPANT'
            AND p.updated_at = g.updated_at
        FOR SHARE OF p SKIP LOCKED
    ), z AS (
        UPDATE prizes AS z SET awarded = z.awarded + d.many
        FROM d JOIN (SELECT draw_id, count(*) AS many FROM p GROUP BY draw_id) AS here
            ON here.draw_id = d.id AND here.many = d.many
        WHERE z.id = d.prize_id AND z.deleted_at IS NULL AND z.awarded + d.many <= z.quantity
        RETURNING d.id
    ), o AS MATERIALIZED (SELECT d.* FROM d JOIN z ON z.id = d.id), i AS (
        INSERT INTO draws (id, room_id, prize_id, app_id, manifest_version, fallback, seed, count,
            entrants, record, drawn_by, created_at)
        SELECT o.id, o.room_id, o.prize_id, x.app_id, x.version, x.fell_back, x.seed, o.many,
            x.entrants::jsonb, x.record::jsonb, x.drawn_by, o.now
        FROM unnest($1::text[], $14::text[], $15::text[], $16::bool[], $17::text[], $18::text[],
            $19::text[], $20::text[])
            AS x(id, app_id, version, fell_back, seed, entrants, record, drawn_by)
        JOIN o ON o.id = x.id
    ), w AS (
        INSERT INTO winners (id, room_id, participant_id, prize_id, draw_id, metadata, created_at)
        SELECT g.id, o.room_id, g.participant_id, o.prize_id, o.id, g.metadata::jsonb, o.now
        FROM g JOIN o ON o.id = g.draw_id
    ), t AS (
        INSERT INTO notifications (user_id, id, room_id, kind, category, title, body, data, urgent,
            created_at)
        SELECT g.user_id, g.id, o.room_id, $29::text, $30::text, $31::text, g.body,
            g.data::jsonb, FALSE, o.now
        FROM g JOIN o ON o.id = g.draw_id
    ), n AS (
        INSERT INTO notification_deliveries (id, notification_id, user_id, room_id, state, tries,
            claims, rank, next_at, created_at, updated_at)
        SELECT g.delivery_id, g.id, g.user_id, o.room_id, '{State.WAITING}', 0, 0, $33::smallint,
            o.now, o.now, o.now
        FROM g JOIN o ON o.id = g.draw_id
        JOIN room_capabilities AS c ON c.room_id = o.room_id
            AND c.capability = '{Capability.NOTIFICATIONS}'
        RETURNING room_id
    ), u AS (
        UPDATE rooms AS r SET event_seq = r.event_seq + o.many,
            winner_count = r.winner_count + o.many, winner_revision = r.winner_revision + o.many
        FROM o WHERE r.id = ANY ($2) AND r.id = o.room_id
        RETURNING o.id, o.room_id, o.many, o.now, r.event_seq
    ), e AS (
        INSERT INTO events (room_id, seq, event, data, audience, at)
        SELECT u.room_id, u.event_seq - u.many + g.n, 'winner:selected', g.told::jsonb,
            '{Audience.ALL}', u.now
        FROM g JOIN u ON u.id = g.draw_id
    ), b AS (
        INSERT INTO outbox (id, room_id, first_seq, last_seq, created_at)
        SELECT x.outbox_id, u.room_id, u.event_seq - u.many + 1, u.event_seq, u.now
        FROM unnest($1::text[], $21::text[]) AS x(id, outbox_id) JOIN u ON u.id = x.id
    ), a AS (
        INSERT INTO audit_log (id, room_id, actor_id, act, subject_id, after, request_id, at)
        SELECT x.audit_id, u.room_id, x.actor_id, 'draw', u.id, x.after::jsonb, x.request_id, u.now
        FROM unnest($1::text[], $22::text[], $23::text[], $24::text[], $25::text[])
            AS x(id, audit_id, actor_id, after, request_id)
        JOIN u ON u.id = x.id
    )
    SELECT id, event_seq, EXISTS (SELECT FROM n WHERE n.room_id = u.room_id) AS brought FROM u
"""


async def draw(lane: Lane, drafts: Sequence[Draft]) -> Mapping[Draft, Kept]:
    """Writes draws of different rooms, those that nothing has come between: what came of each."""
    drawn = [draft.drawn for draft in drafts]
    wins = [(one.drawn.draw_id, n, win) for one in drafts for n, win in enumerate(one.wins, 1)]
    # Of every win the same but for its words.
    news = wins[0][2].notice
    rows = await lane.write(
        _DRAW,
        [one.draw_id for one in drawn],
        [one.room_id for one in drawn],
        [one.revision for one in drafts],
        [len(one.wins) for one in drafts],
        [one.prize_id for one in drawn],
        [one.now for one in drafts],
        [draw_id for draw_id, _, _ in wins],
        [n for _, n, _ in wins],
        [win.winner_id for _, _, win in wins],
        [win.participant.id for _, _, win in wins],
        [win.participant.updated_at for _, _, win in wins],
        [win.metadata for _, _, win in wins],
        [win.told for _, _, win in wins],
        [one.app_id for one in drawn],
        [one.version for one in drawn],
        [one.fell_back for one in drawn],
        [one.seed for one in drawn],
        [orjson.dumps(one.entrants).decode() for one in drawn],
        [orjson.dumps(one.record).decode() for one in drawn],
        [one.drawn_by for one in drawn],
        [one.outbox_id for one in drafts],
        [one.audit_id for one in drawn],
        [one.user_id for one in drawn],
        [orjson.dumps(one.logged).decode() for one in drawn],
        [one.request_id for one in drawn],
        [win.participant.user_id for _, _, win in wins],
        [win.notice.body for _, _, win in wins],
        [orjson.dumps(win.notice.data).decode() for _, _, win in wins],
        news.kind,
        news.category.value,
        news.title,
        [delivery_id(win.winner_id, win.participant.user_id) for _, _, win in wins],
        rank_of(news),
    )
    by_id = {draft.drawn.draw_id: draft for draft in drafts}
    return {by_id[row["id"]]: Kept(row["event_seq"], row["brought"]) for row in rows}
