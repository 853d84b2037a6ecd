"""Accounts, the ways to sign in to them, and what is open."""

from __future__ import annotations

import sqlalchemy as sa

from host.store.tables.columns import Id, Moment, created, deleted, metadata, one_of, updated

users = sa.Table(
    "users",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("email", sa.String(320), unique=True),
    sa.Column("email_verified_at", Moment),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("avatar", sa.String(2000)),
    sa.Column("password_hash", sa.String(400)),
    sa.Column("is_guest", sa.Boolean, nullable=False, default=False),
    sa.Column("is_admin", sa.Boolean, nullable=False, default=False),
    # Since when an admin lets them in no more; None while they may come in.
    sa.Column("disabled_at", Moment),
    created(),
    updated(),
    deleted(),
    sa.CheckConstraint("email = lower(email)", name="email_lower"),
)

identities = sa.Table(
    "identities",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("user_id", Id, sa.ForeignKey("users.id"), nullable=False, index=True),
    sa.Column("provider", sa.String(60), nullable=False),
    sa.Column("subject", sa.String(255), nullable=False),
    sa.Column("email", sa.String(320)),
    created(),
    sa.UniqueConstraint("provider", "subject"),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("user_id", Id, sa.ForeignKey("users.id"), nullable=False, index=True),
    # SHA-256 of the browser's cookie; None for a session that only has tokens.
    sa.Column("cookie_hash", sa.String(64), unique=True),
    sa.Column("user_agent", sa.String(400)),
    # How it was opened: password, guest, phone, or the id of a provider.
    sa.Column("method", sa.String(60)),
    # Roughly when it was used last: written now and then, not with every call.
    sa.Column("seen_at", Moment),
    created(),
    sa.Column("expires_at", Moment, nullable=False, index=True),
    sa.Column("revoked_at", Moment),
)

refresh_tokens = sa.Table(
    "refresh_tokens",
    metadata,
    # SHA-256 of the token, so that a stolen table opens no account.
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("session_id", Id, sa.ForeignKey("sessions.id"), nullable=False, index=True),
    created(),
    sa.Column("expires_at", Moment, nullable=False, index=True),
    sa.Column("used_at", Moment),
)

sign_in_flows = sa.Table(
    "sign_in_flows",
    metadata,
    # A browser that was sent to a provider and has not come back. SHA-256 of the state that it
    # carries; the row is deleted by whoever comes back first, so that a state works once.
    sa.Column("state_hash", sa.String(64), primary_key=True),
    sa.Column("provider", sa.String(60), nullable=False),
    sa.Column("nonce", sa.String(128), nullable=False),
    # PKCE's code verifier.
    sa.Column("verifier", sa.String(128), nullable=False),
    sa.Column("redirect_url", sa.String(2000)),
    # SHA-256 of the cookie of the browser that was sent; None where a client asked for the address.
    sa.Column("browser_hash", sa.String(64)),
    # Who was signed in then, and wants the provider as one more way in.
    sa.Column("user_id", Id, sa.ForeignKey("users.id"), index=True),
    created(),
    sa.Column("expires_at", Moment, nullable=False, index=True),
)

codes = sa.Table(
    "codes",
    metadata,
    # What was sent to an address so that its owner can show that it is theirs.
    sa.Column("id", Id, primary_key=True),
    sa.Column("purpose", sa.String(20), nullable=False),
    # The mail address or the phone number, in the form in which accounts keep it.
    sa.Column("target", sa.String(320), nullable=False),
    sa.Column("user_id", Id, sa.ForeignKey("users.id"), index=True),
    # Of the code and the row's id, with the host's key: six digits alone are soon guessed.
    sa.Column("secret_hash", sa.String(64), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    # The network that asked for it, with the host's key: how much one may have sent.
    sa.Column("asked_from", sa.String(64)),
    created(),
    sa.Column("expires_at", Moment, nullable=False, index=True),
    sa.Column("used_at", Moment),
    one_of("purpose", "EMAIL", "PASSWORD", "PHONE"),
    sa.Index("ix_codes_purpose_target", "purpose", "target", "created_at"),
    sa.Index("ix_codes_asked_from", "asked_from", "created_at"),
)
