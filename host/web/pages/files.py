"""The host's static files, and the stylesheet of the brand."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from host.web.pages.acting import services_of
from host.web.pages.templating import STATIC, templates_of

FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
PART = "worker.js"
"""An application's part of the service worker, among its static files."""


class Files(StaticFiles):
    """Files whose address carries a digest are kept for ever; for others browsers ask again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, with how long it may be kept."""
        response = await super().get_response(path, scope)
        kept = FOR_EVER if b"v=" in scope.get("query_string", b"") else ASK_AGAIN
        response.headers["Cache-Control"] = kept
        return response


async def service_worker(request: Request) -> Response:
    """The worker that shows the offline page; it may only speak for paths below its own.

    A browser has one for all of this host. An application that ships `static/worker.js` has it
    run as a part of that one; what goes wrong there stops only that part.
    """
    registry = services_of(request).core.registry
    parts = [
        f'try {{ importScripts("/apps/{entry.app_id}/static/{PART}"); }} catch {{}}\n'
        for entry in registry.active
        if entry.folder is not None and (entry.folder / "static" / PART).is_file()
    ]
    text = (STATIC / "sw.js").read_text(encoding="utf-8")
    headers = {"Cache-Control": ASK_AGAIN}
    return Response("".join([text, *parts]), media_type="text/javascript", headers=headers)


async def offline(request: Request) -> Response:
    """What a browser shows when it cannot reach this host."""
    return templates_of(request).page(request, "pages/offline.html")


async def brand_stylesheet(request: Request) -> Response:
    """The brand's tokens."""
    brand = templates_of(request).brand
    text = brand.stylesheet() if brand.styled else ""
    return Response(text, media_type="text/css", headers={"Cache-Control": ASK_AGAIN})


def file_routes() -> list[BaseRoute]:
    """`/static/…`, `/brand.css`, and what stands in when the host is out of reach."""
    return [
        Mount("/static", Files(directory=STATIC), name="static"),
        Route("/brand.css", brand_stylesheet, name="brand"),
        Route("/sw.js", service_worker),
        Route("/offline", offline),
    ]
