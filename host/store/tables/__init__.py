"""The host's tables (SQLAlchemy Core). The invariants of the contract are constraints here.

Whoever changes a table writes a migration.
"""

from __future__ import annotations

from host.store.tables.apps import app_secrets, app_versions, apps
from host.store.tables.calls import deliveries, outages
from host.store.tables.columns import Moment, metadata
from host.store.tables.fund import draws, prizes, winners
from host.store.tables.notices import (
    announcements,
    notification_deliveries,
    notification_preferences,
    notifications,
)
from host.store.tables.people import (
    codes,
    identities,
    refresh_tokens,
    sessions,
    sign_in_flows,
    users,
)
from host.store.tables.records import (
    audit_log,
    events,
    idempotency_keys,
    jobs,
    outbox,
    tries,
)
from host.store.tables.rooms import participants, room_apps, room_capabilities, rooms

__all__ = [
    "Moment",
    "announcements",
    "app_secrets",
    "app_versions",
    "apps",
    "audit_log",
    "codes",
    "deliveries",
    "draws",
    "events",
    "idempotency_keys",
    "identities",
    "jobs",
    "metadata",
    "notification_deliveries",
    "notification_preferences",
    "notifications",
    "outages",
    "outbox",
    "participants",
    "prizes",
    "refresh_tokens",
    "room_apps",
    "room_capabilities",
    "rooms",
    "sessions",
    "sign_in_flows",
    "tries",
    "users",
    "winners",
]
