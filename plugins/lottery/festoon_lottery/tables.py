"""The lottery's own tables: ticket numbers, rounds with their entries and log, and claims.

Whoever changes a table writes a migration beside it.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

metadata = sa.MetaData()

drums = sa.Table(
    "lottery_drums",
    metadata,
    sa.Column("room_id", sa.String(64), primary_key=True),
    # The highest number given out so far; its row lock orders those who give numbers out.
    sa.Column("handed_out", sa.Integer, nullable=False),
    sa.CheckConstraint("handed_out >= 0", name="ck_lottery_drums_handed_out"),
)

tickets = sa.Table(
    "lottery_tickets",
    metadata,
    # `count` numbers in a row, from `first` on. A number is given once, and never again.
    sa.Column("room_id", sa.String(64), primary_key=True),
    sa.Column("first", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("participant_id", sa.String(64), nullable=False),
    # None once the person was forgotten: the number stays taken.
    sa.Column("user_id", sa.String(64), index=True),
    sa.CheckConstraint("first >= 1", name="ck_lottery_tickets_first"),
    sa.CheckConstraint("count >= 1", name="ck_lottery_tickets_count"),
    sa.Index("ix_lottery_tickets_holder", "room_id", "participant_id"),
)

rounds = sa.Table(
    "lottery_rounds",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("room_id", sa.String(64), nullable=False),
    # The first round of a room is 1.
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("level", sa.String(16), nullable=False),
    sa.Column("rules", sa.JSON, nullable=False),
    # Secret until it is revealed; None where there is none before entries close.
    sa.Column("seed", sa.String(64)),
    # The numbers that the hall called.
    sa.Column("audience", sa.JSON),
    sa.Column("beacon_source", sa.String(40)),
    sa.Column("beacon_round", sa.BigInteger),
    sa.Column("beacon_value", sa.String(64)),
    # How the value came, and what is known of it: see `rounds.Brought`.
    sa.Column("beacon_by", sa.String(16)),
    # Fixed when entries close.
    sa.Column("root", sa.String(64)),
    sa.Column("count", sa.Integer),
    sa.Column("total", sa.BigInteger),
    # So many entries of the log were told to the room.
    sa.Column("told", sa.Integer, nullable=False),
    sa.UniqueConstraint("room_id", "number", name="uq_lottery_rounds_number"),
)

entries = sa.Table(
    "lottery_entries",
    metadata,
    sa.Column("round_id", sa.String(64), primary_key=True),
    sa.Column("participant_id", sa.String(64), primary_key=True),
    # These three are None once the person was forgotten: the identity stays.
    sa.Column("user_id", sa.String(64)),
    sa.Column("salt", sa.String(32)),
    sa.Column("name", sa.Text),
    sa.Column("identity", sa.String(64), nullable=False),
    sa.Column("weight", sa.Integer, nullable=False),
    # From 0, in the order of joining; None until entries close.
    sa.Column("position", sa.Integer),
    sa.UniqueConstraint("round_id", "position", name="uq_lottery_entries_position"),
    sa.Index("ix_lottery_entries_user_id", "user_id"),
)

log = sa.Table(
    "lottery_log",
    metadata,
    sa.Column("round_id", sa.String(64), primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
    # As it was hashed.
    sa.Column("at", sa.String(40), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("data", sa.JSON, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    # The host's winner that an award, or its end, is about: it is told of once.
    sa.Column("winner_id", sa.String(64)),
    sa.UniqueConstraint("round_id", "kind", "winner_id", name="uq_lottery_log_winner"),
)

orders = sa.Table(
    "lottery_orders",
    metadata,
    # The complete order of a round, or of one prize: made once, and the same by whomever.
    sa.Column("round_id", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(64), primary_key=True),
    # Four bytes a place, big-endian: the entry, and which of its tickets was drawn.
    sa.Column("places", sa.LargeBinary, nullable=False),
    sa.Column("tickets", sa.LargeBinary, nullable=False),
)

claims = sa.Table(
    "lottery_claims",
    metadata,
    # What the claim desk knows of a win besides the host's record.
    sa.Column("winner_id", sa.String(64), primary_key=True),
    sa.Column("room_id", sa.String(64), nullable=False, index=True),
    sa.Column("claimed_at", sa.String(40)),
    # Why it is taken back, for everybody to read. Written before it is: the host decides.
    sa.Column("reason", sa.String(200)),
    # Who calls the next takes this first, so that two clicks at once call one.
    sa.Column("called_at", sa.String(40)),
)


def unless_there(connection: AsyncConnection, table: sa.Table) -> Any:
    """An INSERT that does nothing where the database has such a row already."""
    made = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)
    return made.on_conflict_do_nothing()
