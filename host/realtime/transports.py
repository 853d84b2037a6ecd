"""Which transport a URL means."""

from __future__ import annotations

from urllib.parse import urlsplit

from host.realtime.over_postgres import PostgresTransport
from host.realtime.transport import Transport


def transport_for(url: str) -> Transport:
    """An unconnected transport for a URL of Redis or PostgreSQL."""
    if urlsplit(url).scheme in ("redis", "rediss"):
        # Its library takes longer to load than most of the host's, and most hosts have no Redis.
        from host.realtime.over_redis import RedisTransport

        return RedisTransport(url)
    return PostgresTransport(url)
