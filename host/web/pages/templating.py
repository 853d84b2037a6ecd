"""Templates of the host and of its applications: one environment, one set of words."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from host.access import ANYONE, Actor
from host.contract import Room
from host.ids import Sources
from host.web.csrf import csrf_field
from host.web.pages import filters, garland
from host.web.pages.brand import THEMES, Brand

if TYPE_CHECKING:
    from jinja2 import BaseLoader, Environment

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "templates"
STATIC = ROOT / "static"
# Coprime to the number of bulbs, so that every place comes once.
_STRIDE = 11


def make_environment(brand: Brand | None = None, *own: Path) -> Environment:
    """An environment that looks in the directories `own` first, then in the host's templates.

    Everything is escaped, and a name that is missing is an error rather than an empty text.
    """
    # With the first page: where phones and services ask for data, there is none.
    from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined

    from host.web.pages.compiled import Compiled

    basis = b"".join(Path(one).read_bytes() for one in (__file__, filters.__file__))
    loaders: list[BaseLoader] = [FileSystemLoader(path) for path in (*own, TEMPLATES)]
    env = Environment(
        loader=ChoiceLoader(loaders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=Compiled(ROOT, basis),
    )
    env.filters.update(
        moment=filters.moment,
        initials=filters.initials,
        tint=filters.tint,
        tally=filters.tally,
        listed=filters.listed,
        win_code=filters.win_code,
        title_size=filters.title_size,
    )
    env.globals.update(
        brand=brand or Brand(),
        asset=assets(STATIC, "/static"),
        qr=filters.qr,
        garland_of_page=garland.PAGE,
        garland_of_screen=garland.SCREEN,
        garland_order=_lighting_order(len(garland.SCREEN.bulbs)),
    )
    return env


def assets(folder: Path, base: str) -> Callable[[str], str]:
    """Addresses below `base` of a folder's files that change with the file.

    Browsers may so keep each for ever.
    """
    known: dict[str, str] = {}

    def asset(name: str) -> str:
        if name not in known:
            digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()[:10]
            known[name] = f"{base}/{name}?v={digest}"
        return known[name]

    return asset


def _lighting_order(bulbs: int) -> tuple[int, ...]:
    """The place of each bulb in the order in which guests light them: scattered, yet fixed."""
    return tuple(index * _STRIDE % bulbs for index in range(bulbs))


def theme_of(room: Room | None, brand: Brand) -> str:
    """The room's own theme where its app has that setting, else the brand's."""
    chosen = room.app_settings.get("theme") if room else None
    return chosen if isinstance(chosen, str) and chosen in THEMES else brand.theme


class Templates:
    """Renders pages for requests. The host has one; each application gets its own by `for_app`."""

    def __init__(self, brand: Brand, sources: Sources, *own: Path) -> None:
        self.brand = brand
        self.sources = sources
        self._own = own

    @cached_property
    def env(self) -> Environment:
        """What the templates are made by."""
        return make_environment(self.brand, *self._own)

    def for_app(self, directory: Path) -> Templates:
        """The same words, with the application's own templates found first."""
        return Templates(self.brand, self.sources, directory)

    def page(
        self,
        request: Request,
        name: str,
        context: Mapping[str, Any] | None = None,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> HTMLResponse:
        """The answer to a request: the template `name`, never kept by shared caches."""
        text = self.text(name, {**self.words(request), **(context or {})})
        return HTMLResponse(text, status, {"Cache-Control": "no-store", **(headers or {})})

    def text(self, name: str, context: Mapping[str, Any]) -> str:
        """A template as text, for fragments and panels."""
        return self.env.get_template(name).render(context)

    def words(self, request: Request) -> dict[str, Any]:
        """What every page has in its context; see `festoon/base.html`."""
        actor: Actor = getattr(request.state, "actor", ANYONE)
        return {
            "request": request,
            "actor": actor,
            "here": request.url.path,
            "theme": self.brand.theme,
            "csrf_field": lambda: csrf_field(request),
            "once_field": lambda: _hidden("idempotency_key", self.sources.secret(16)),
        }


def _hidden(name: str, value: str) -> Markup:
    return Markup('<input type="hidden" name="{}" value="{}">').format(name, value)


def templates_of(request: Request) -> Templates:
    """The host's templates, hung on the application by `host.web.app`."""
    templates: Templates = request.app.state.templates
    return templates
