"""The lottery's own tables: which ticket numbers each guest was given.

Whoever changes a table writes a migration beside it.
"""

from __future__ import annotations

import sqlalchemy as sa

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
