"""The site of the administration: the library's, under our guard and our content policy."""

from __future__ import annotations

from typing import Any

from jinja2.ext import Extension
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette_admin.base import BaseAdmin

from host.services import Services
from host.web.admin.guard import NONCE, PATH, AdminGuard
from host.web.admin.views import views_of
from host.web.pages.templating import STATIC, TEMPLATES, assets

HANDLER = 'onchange="window.location = this.value"'
"""The one attribute with a script that the pages hold which are on here; admin.js does the same."""


class _Nonces(Extension):
    """Gives every script and style of the library's templates the number of this answer."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Jinja's hook on the text of a template."""
        given = f'nonce="{{{{ request.state.{NONCE} }}}}"'
        for tag in ("<script", "<style"):
            source = source.replace(tag, f"{tag} {given}")
        return source.replace(HANDLER, "data-goes")


class Site(BaseAdmin):
    def __init__(self, services: Services) -> None:
        key = services.core.tokens.derive_key("administration").hex()
        brand = services.core.config.brand.get("name") or "Festoon"
        super().__init__(
            title=f"{brand} · Administration",
            base_url=PATH,
            # Only ours: not whatever lies where the host was started.
            templates_dir=str(TEMPLATES / "admin"),
            secret_key=key,
            favicon_url=lambda _: asset("mark.svg"),
        )
        asset = assets(STATIC, "/static")
        env: Any = self.templates.env
        env.globals["asset"] = asset
        env.add_extension(_Nonces)
        for view in views_of(services):
            self.add_view(view)


def mount_site(app: Starlette, services: Services) -> Mount:
    """Hangs the administration into the host's application, behind its guard."""
    Site(services).mount_to(app)
    mounted = app.routes[-1]
    assert isinstance(mounted, Mount)
    mounted.app = AdminGuard(mounted.app)
    return mounted
