"""Prizes, draws and winners."""

from __future__ import annotations

import sqlalchemy as sa

from host.store.tables.columns import Id, Json, created, deleted, metadata, updated

prizes = sa.Table(
    "prizes",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("room_id", Id, sa.ForeignKey("rooms.id"), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("description", sa.Text),
    sa.Column("image_url", sa.String(2000)),
    sa.Column("quantity", sa.Integer, nullable=False),
    sa.Column("awarded", sa.Integer, nullable=False, default=0),
    sa.Column("metadata", Json, nullable=False),
    created(),
    updated(),
    deleted(),
    sa.CheckConstraint("quantity >= 1", name="quantity_positive"),
    sa.CheckConstraint("awarded >= 0 AND awarded <= quantity", name="awarded_within"),
    sa.CheckConstraint("deleted_at IS NULL OR awarded = 0", name="won_stays"),
    sa.UniqueConstraint("room_id", "id"),
    sa.Index("ix_prizes_room_order", "room_id", "created_at", "id"),
)

draws = sa.Table(
    "draws",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("room_id", Id, sa.ForeignKey("rooms.id"), nullable=False),
    sa.Column("prize_id", Id, nullable=False),
    sa.Column("app_id", Id, nullable=False),
    sa.Column("manifest_version", sa.String(60), nullable=False),
    # True when the platform answered in place of an app that failed.
    sa.Column("fallback", sa.Boolean, nullable=False),
    # With `entrants` in their fixed order, and what the application keeps of it in `record`, all
    # that is needed to run the draw again.
    sa.Column("seed", sa.String(64), nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("entrants", Json, nullable=False),
    sa.Column("record", Json, nullable=False),
    sa.Column("drawn_by", Id, nullable=False),
    created(),
    sa.ForeignKeyConstraint(["room_id", "prize_id"], ["prizes.room_id", "prizes.id"]),
    sa.Index("ix_draws_room", "room_id", "id"),
)

winners = sa.Table(
    "winners",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("room_id", Id, sa.ForeignKey("rooms.id"), nullable=False),
    sa.Column("participant_id", Id, nullable=False),
    sa.Column("prize_id", Id, nullable=False),
    sa.Column("draw_id", Id, sa.ForeignKey("draws.id")),
    sa.Column("metadata", Json, nullable=False),
    created(),
    deleted(),
    sa.ForeignKeyConstraint(
        ["room_id", "participant_id"], ["participants.room_id", "participants.id"]
    ),
    sa.ForeignKeyConstraint(["room_id", "prize_id"], ["prizes.room_id", "prizes.id"]),
    # Nobody wins the same prize twice, unless the first win was revoked.
    sa.Index(
        "uq_winners_living",
        "prize_id",
        "participant_id",
        unique=True,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    ),
    sa.Index("ix_winners_room_order", "room_id", "created_at", "id"),
)
