"""Where the administration hangs: it is loaded when the first admin comes, and most never do."""

from __future__ import annotations

import asyncio

from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from host.services import Services
from host.web.admin.guard import PATH, need_admin_in


def mount_admin(app: Starlette, services: Services) -> None:
    """Hangs the administration into the host's application."""
    app.router.routes.append(_Unloaded(app, services))


class _Unloaded(Mount):
    """Stands at the administration's path until somebody may enter, then makes way for it."""

    def __init__(self, app: Starlette, services: Services) -> None:
        super().__init__(PATH, self._enter)
        self._host = app
        self._services = services
        self._site: Mount | None = None
        self._turn = asyncio.Lock()

    async def _enter(self, scope: Scope, receive: Receive, send: Send) -> None:
        need_admin_in(scope)
        async with self._turn:
            if self._site is None:
                # Not in the loop, which a hall may be listening to: it takes half a second.
                self._site = await asyncio.to_thread(_mounted, self._host, self._services)
                self._host.router.routes.remove(self)
        await self._site.app(scope, receive, send)


def _mounted(app: Starlette, services: Services) -> Mount:
    from host.web.admin.site import mount_site

    return mount_site(app, services)
