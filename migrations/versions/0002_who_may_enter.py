"""Ways to sign in, owners and doors of rooms, and what is done after a commit."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# As they stood at this revision: a migration must not change when the tables do.
MOMENT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
NULLABLE_JSON = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True), "postgresql"
)


def upgrade() -> None:
    # Who signs in by phone, or by a provider that tells no address, has none here.
    with op.batch_alter_table("users") as batch:
        batch.drop_constraint(op.f("ck_users_reachable"), type_="check")
    op.add_column("users", sa.Column("disabled_at", MOMENT, nullable=True))
    op.create_index(op.f("ix_sessions_expires_at"), "sessions", ["expires_at"])
    op.create_index(op.f("ix_refresh_tokens_expires_at"), "refresh_tokens", ["expires_at"])
    op.create_index(op.f("ix_audit_log_actor_id"), "audit_log", ["actor_id"])
    op.add_column("sessions", sa.Column("method", sa.String(length=60), nullable=True))
    op.add_column("sessions", sa.Column("seen_at", MOMENT, nullable=True))
    op.create_table(
        "sign_in_flows",
        sa.Column("state_hash", sa.String(length=64), nullable=False),
        sa.Column("provider", sa.String(length=60), nullable=False),
        sa.Column("nonce", sa.String(length=128), nullable=False),
        sa.Column("verifier", sa.String(length=128), nullable=False),
        sa.Column("redirect_url", sa.String(length=2000), nullable=True),
        sa.Column("browser_hash", sa.String(length=64), nullable=True),
        sa.Column("user_id", sa.String(length=64), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_sign_in_flows_user_id_users")
        ),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_sign_in_flows")),
    )
    op.create_index(op.f("ix_sign_in_flows_user_id"), "sign_in_flows", ["user_id"])
    op.create_index(op.f("ix_sign_in_flows_expires_at"), "sign_in_flows", ["expires_at"])
    op.create_table(
        "codes",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("target", sa.String(length=320), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=True),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("asked_from", sa.String(length=64), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "purpose IN ('EMAIL', 'PASSWORD', 'PHONE')", name=op.f("ck_codes_purpose_known")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_codes_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_codes")),
    )
    op.create_index(op.f("ix_codes_user_id"), "codes", ["user_id"])
    op.create_index(op.f("ix_codes_expires_at"), "codes", ["expires_at"])
    op.create_index("ix_codes_purpose_target", "codes", ["purpose", "target", "created_at"])
    op.create_index("ix_codes_asked_from", "codes", ["asked_from", "created_at"])
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("payload", JSON, nullable=False),
        sa.Column("run_at", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_until", MOMENT, nullable=True),
        sa.Column("parked_at", MOMENT, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_index("ix_jobs_due", "jobs", ["parked_at", "run_at"])
    op.add_column("participants", sa.Column("name_key", sa.String(length=200), nullable=True))
    op.add_column("participants", sa.Column("removed_at", MOMENT, nullable=True))
    op.drop_index(op.f("ix_audit_log_room_id"), table_name="audit_log")
    op.create_index("ix_audit_log_room_order", "audit_log", ["room_id", "at", "id"])
    op.create_index("ix_participants_room_name", "participants", ["room_id", "name_key"])
    op.add_column("rooms", sa.Column("locked_at", MOMENT, nullable=True))
    op.add_column("rooms", sa.Column("nickname_rules", NULLABLE_JSON, nullable=True))
    op.add_column("rooms", sa.Column("owner_id", sa.String(length=64), nullable=True))
    op.execute("UPDATE rooms SET owner_id = created_by")
    with op.batch_alter_table("rooms") as batch:
        batch.alter_column("owner_id", existing_type=sa.String(length=64), nullable=False)
        batch.create_foreign_key(op.f("fk_rooms_owner_id_users"), "users", ["owner_id"], ["id"])
        batch.create_index(op.f("ix_rooms_owner_id"), ["owner_id"])


def downgrade() -> None:
    with op.batch_alter_table("rooms") as batch:
        batch.drop_index(op.f("ix_rooms_owner_id"))
        batch.drop_constraint(op.f("fk_rooms_owner_id_users"), type_="foreignkey")
        batch.drop_column("owner_id")
        batch.drop_column("nickname_rules")
        batch.drop_column("locked_at")
    op.drop_index("ix_participants_room_name", table_name="participants")
    op.drop_column("participants", "name_key")
    op.drop_column("participants", "removed_at")
    op.drop_index("ix_audit_log_room_order", table_name="audit_log")
    op.create_index(op.f("ix_audit_log_room_id"), "audit_log", ["room_id"])
    op.drop_index("ix_jobs_due", table_name="jobs")
    op.drop_table("jobs")
    op.drop_index("ix_codes_asked_from", table_name="codes")
    op.drop_index("ix_codes_purpose_target", table_name="codes")
    op.drop_index(op.f("ix_codes_expires_at"), table_name="codes")
    op.drop_index(op.f("ix_codes_user_id"), table_name="codes")
    op.drop_table("codes")
    op.drop_index(op.f("ix_sign_in_flows_expires_at"), table_name="sign_in_flows")
    op.drop_index(op.f("ix_sign_in_flows_user_id"), table_name="sign_in_flows")
    op.drop_table("sign_in_flows")
    op.drop_column("sessions", "seen_at")
    op.drop_column("sessions", "method")
    op.drop_index(op.f("ix_audit_log_actor_id"), table_name="audit_log")
    op.drop_index(op.f("ix_refresh_tokens_expires_at"), table_name="refresh_tokens")
    op.drop_index(op.f("ix_sessions_expires_at"), table_name="sessions")
    op.drop_column("users", "disabled_at")
    # Accounts without an address, that came after this revision, are guests to the one before.
    op.execute("UPDATE users SET is_guest = true WHERE email IS NULL AND deleted_at IS NULL")
    with op.batch_alter_table("users") as batch:
        batch.create_check_constraint(
            op.f("ck_users_reachable"),
            "is_guest OR email IS NOT NULL OR deleted_at IS NOT NULL",
        )
