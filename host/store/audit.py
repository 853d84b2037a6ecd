"""The audit log: every privileged act, with who, what, before and after."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from host.contract import JsonObject
from host.store.tables import audit_log


async def append(
    connection: AsyncConnection,
    *,
    entry_id: str,
    act: str,
    now: datetime,
    room_id: str | None = None,
    actor_id: str | None = None,
    app_id: str | None = None,
    subject_id: str | None = None,
    before: JsonObject | None = None,
    after: JsonObject | None = None,
    request_id: str | None = None,
) -> None:
    """Writes one entry, in the transaction of the act itself."""
    await connection.execute(
        audit_log.insert().values(
            id=entry_id,
            room_id=room_id,
            actor_id=actor_id,
            app_id=app_id,
            act=act,
            subject_id=subject_id,
            before=before,
            after=after,
            request_id=request_id,
            at=now,
        )
    )
