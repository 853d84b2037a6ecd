"""Browsers that were sent to a provider and have not come back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from host.store.tables import sign_in_flows


@dataclass(frozen=True)
class Flow:
    """One of them. `redirect_url` is where to lead it afterwards, `user_id` who was signed in."""

    provider: str
    nonce: str
    verifier: str
    redirect_url: str | None = None
    browser_hash: str | None = None
    user_id: str | None = None


async def insert(
    connection: AsyncConnection,
    state_hash: str,
    flow: Flow,
    *,
    now: datetime,
    expires_at: datetime,
) -> None:
    """Notes that a browser leaves with the state of this hash."""
    await connection.execute(
        sa.insert(sign_in_flows).values(
            state_hash=state_hash,
            provider=flow.provider,
            nonce=flow.nonce,
            verifier=flow.verifier,
            redirect_url=flow.redirect_url,
            browser_hash=flow.browser_hash,
            user_id=flow.user_id,
            created_at=now,
            expires_at=expires_at,
        )
    )


async def take(
    connection: AsyncConnection,
    state_hash: str,
    provider: str,
    browser_hash: str | None,
    now: datetime,
) -> Flow | None:
    """The flow of a browser that came back, once: the row is gone with it.

    None for a state that is unknown, used, expired, another provider's or another browser's.
    One statement decides, so of two that come with the same state exactly one is let through.
    """
    flows = sign_in_flows.c
    taken = await connection.execute(
        sa.delete(sign_in_flows)
        .where(
            flows.state_hash == state_hash,
            flows.provider == provider,
            flows.expires_at > now,
            sa.or_(flows.browser_hash.is_(None), flows.browser_hash == browser_hash),
        )
        .returning(
            flows.provider,
            flows.nonce,
            flows.verifier,
            flows.redirect_url,
            flows.browser_hash,
            flows.user_id,
        )
    )
    row = taken.one_or_none()
    return Flow(*row) if row else None
