"""What one sees who was taken out of a room, or is kept out of it for good."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from host.web.pages.acting import actor_of, services_of
from host.web.pages.templating import templates_of


async def out_page(request: Request, room_id: str) -> Response | None:
    """The page for one who was removed or banned; None for everybody else."""
    told = await services_of(request).door.out_of(actor_of(request), room_id)
    if told is None:
        return None
    return templates_of(request).page(request, "pages/out.html", {"told": told}, status=403)
