"""Calls to applications that run as services of their own: each one, and who is left out."""

from __future__ import annotations

import sqlalchemy as sa

from host.store.tables.columns import Id, Moment, metadata, one_of

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("id", Id, primary_key=True),
    # Not tied to the tables of both: a room may be a draft that was never written.
    sa.Column("app_id", Id, nullable=False),
    sa.Column("room_id", Id),
    sa.Column("hook", sa.String(40), nullable=False),
    sa.Column("message_id", sa.String(80), nullable=False),
    sa.Column("request_id", sa.String(80)),
    sa.Column("at", Moment, nullable=False, index=True),
    sa.Column("milliseconds", sa.Integer, nullable=False),
    sa.Column("outcome", sa.String(20), nullable=False),
    # Of the service's answer; None where there was none.
    sa.Column("status", sa.Integer),
    sa.Column("note", sa.String(500)),
    one_of("outcome", "ANSWERED", "REFUSED", "FAILED", "LATE"),
    sa.Index("ix_deliveries_room_order", "room_id", "id"),
    sa.Index("ix_deliveries_app_order", "app_id", "id"),
)

outages = sa.Table(
    "outages",
    metadata,
    # Written by the process that noticed first, so that people are told once.
    sa.Column("app_id", Id, primary_key=True),
    sa.Column("since", Moment, nullable=False),
    sa.Column("reason", sa.String(500), nullable=False),
)
