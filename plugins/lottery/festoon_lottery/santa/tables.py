"""Rounds of Secret Santa, who takes part in them, and who must not give to whom in a room."""

from __future__ import annotations

import sqlalchemy as sa

from festoon_lottery.tables import metadata

santas = sa.Table(
    "lottery_santas",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("room_id", sa.String(64), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    # Secret until it is revealed.
    sa.Column("seed", sa.String(64), nullable=False),
    # As it is hashed, and how many of its entries the room was told.
    sa.Column("log", sa.JSON, nullable=False),
    sa.Column("told", sa.Integer, nullable=False),
    # The exclusions by position, fixed with the people.
    sa.Column("apart", sa.JSON, nullable=False),
    sa.UniqueConstraint("room_id", "number", name="uq_lottery_santas_number"),
)

people = sa.Table(
    "lottery_santa_people",
    metadata,
    sa.Column("santa_id", sa.String(32), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("participant_id", sa.String(64), nullable=False),
    # These three are None once the person was forgotten: the identity stays.
    sa.Column("user_id", sa.String(64)),
    sa.Column("salt", sa.String(32)),
    sa.Column("name", sa.Text),
    sa.Column("identity", sa.String(64), nullable=False),
    # The position of whom they give to; None until it is drawn.
    sa.Column("receiver", sa.Integer),
    # When they saw whom they give to: on their phone, or on paper. None: not yet.
    sa.Column("known_at", sa.String(40)),
    sa.Index("ix_lottery_santa_people_user_id", "user_id"),
)

apart = sa.Table(
    "lottery_santa_apart",
    metadata,
    # The giver must not give to the receiver; both are participants of the room.
    sa.Column("room_id", sa.String(64), primary_key=True),
    sa.Column("giver", sa.String(64), primary_key=True),
    sa.Column("receiver", sa.String(64), primary_key=True),
    sa.Column("giver_user", sa.String(64), nullable=False),
    sa.Column("receiver_user", sa.String(64), nullable=False),
    sa.Index("ix_lottery_santa_apart_giver_user", "giver_user"),
    sa.Index("ix_lottery_santa_apart_receiver_user", "receiver_user"),
)
