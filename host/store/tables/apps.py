"""Applications and the versions of their manifests."""

from __future__ import annotations

import sqlalchemy as sa

from host.store.tables.columns import Id, Json, Moment, created, metadata, one_of, updated

apps = sa.Table(
    "apps",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("source", sa.String(20), nullable=False),
    sa.Column("current_version", sa.String(60), nullable=False),
    sa.Column("review_state", sa.String(20), nullable=False),
    # Set by `festoon apps disable` or by quarantine; the reason is what a person reads.
    sa.Column("disabled_at", Moment),
    sa.Column("disabled_reason", sa.Text),
    created(),
    updated(),
    one_of("source", "IN_PROCESS", "SERVICE"),
    one_of("review_state", "PENDING", "APPROVED", "REJECTED"),
)

app_versions = sa.Table(
    "app_versions",
    metadata,
    sa.Column("app_id", Id, sa.ForeignKey("apps.id"), primary_key=True),
    sa.Column("version", sa.String(60), primary_key=True),
    sa.Column("manifest", Json, nullable=False),
    created(),
)
