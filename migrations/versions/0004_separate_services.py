"""Secrets of applications that run as services of their own, and when one was taken off."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# As it stood at this revision: a migration must not change when the tables do.
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("apps", sa.Column("removed_at", MOMENT, nullable=True))
    op.create_table(
        "app_secrets",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("app_id", sa.String(length=64), nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["app_id"], ["apps.id"], name=op.f("fk_app_secrets_app_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_secrets")),
    )
    op.create_index(op.f("ix_app_secrets_app_id"), "app_secrets", ["app_id"])
    op.create_index(
        "uq_app_secrets_newest",
        "app_secrets",
        ["app_id"],
        unique=True,
        sqlite_where=sa.text("ends_at IS NULL"),
        postgresql_where=sa.text("ends_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("uq_app_secrets_newest", table_name="app_secrets")
    op.drop_index(op.f("ix_app_secrets_app_id"), table_name="app_secrets")
    op.drop_table("app_secrets")
    op.drop_column("apps", "removed_at")
