"""Applications, the versions of their manifests, and the secrets of separate services."""

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
    # Since when a separate service is registered no more; the row stays where rooms name it.
    sa.Column("removed_at", Moment),
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

app_secrets = sa.Table(
    "app_secrets",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("app_id", Id, sa.ForeignKey("apps.id"), nullable=False, index=True),
    # The secret is made of the salt with the host's key; the hash is of the secret as shown.
    sa.Column("salt", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    created(),
    # Set when a newer one took its place: until when the old one is valid beside it.
    sa.Column("ends_at", Moment),
    sa.Index(
        "uq_app_secrets_newest",
        "app_id",
        unique=True,
        sqlite_where=sa.text("ends_at IS NULL"),
        postgresql_where=sa.text("ends_at IS NULL"),
    ),
)
