"""`/healthz`: the process is up. `/readyz`: database, channels and applications, and why not."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from host.contract import JsonObject
from host.services import Services
from host.web.api.body import Envelope


async def healthz(request: Request) -> Response:
    """Answers as long as the process can answer at all."""
    return Envelope({"status": "ok"})


async def readyz(request: Request) -> Response:
    """200 when requests can be served; 503 without the database or the channels.

    An application that is not active degrades the host and does not take it down.
    """
    services: Services = request.app.state.services
    core = services.core
    checks: JsonObject = {}
    try:
        async with core.db.read() as conn:
            await conn.execute(sa.text("SELECT 1"))
        checks["database"] = {"ok": True}
    except (SQLAlchemyError, OSError) as error:
        checks["database"] = {"ok": False, "reason": str(error).splitlines()[0][:200]}
    checks["channels"] = {"ok": core.channels.healthy}
    if not core.channels.healthy:
        checks["channels"]["reason"] = "the channel backend does not answer"
    checks["applications"] = {
        entry.app_id: {"state": entry.state.value, "reason": entry.reason}
        for entry in core.registry.entries
    }
    ready = checks["database"]["ok"] and checks["channels"]["ok"]
    degraded = any(a["state"] != "ACTIVE" for a in checks["applications"].values())
    status = "ok" if ready and not degraded else "degraded" if ready else "unavailable"
    return Envelope({"status": status, **checks}, 200 if ready else 503)


def health_routes() -> list[BaseRoute]:
    """For probes and for the person who is called at night."""
    return [Route("/healthz", healthz), Route("/readyz", readyz)]
