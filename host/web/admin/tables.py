"""What the tables of the administration have in common: columns, reading, acts."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from types import SimpleNamespace
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette_admin.fields import BaseField, BooleanField, DateTimeField, StringField
from starlette_admin.filters import FilterGroup
from starlette_admin.flash import flash
from starlette_admin.helpers import safe_redirect_url
from starlette_admin.types import RowActionsDisplayType
from starlette_admin.views import BaseModelView

from host.access import Actor
from host.errors import FestoonError
from host.services import Services
from host.services.text import unstorable
from host.store.listings import Listing, Test, Tests, Wanted
from host.web.admin.filters import SWITCH, TEXT, TIME, tests_of

MOST_ROWS = 200
"""Of one page, whatever is asked for."""


def text(name: str, label: str, **more: Any) -> BaseField:
    """A column of text that can be searched."""
    return StringField(name, label=label, filters=TEXT, **more)


def switch(name: str, label: str) -> BaseField:
    """A column of yes and no."""
    return BooleanField(name, label=label, filters=SWITCH)


def moment(name: str, label: str, **more: Any) -> BaseField:
    """A column of times, shown in UTC."""
    return DateTimeField(name, label=label, filters=TIME, output_format="%Y-%m-%d %H:%M:%S", **more)


class Table(BaseModelView):
    """A table that is read by a listing. Nothing is made, edited or exported: acts are acts."""

    listing: ClassVar[Listing]
    pk_attr = "id"
    actions: Sequence[str] = ()
    exporters: Sequence[Any] = ()
    importers: Sequence[Any] = ()
    column_visibility = False
    page_size = 25
    page_size_options: Sequence[int] = (25, 50, 100)
    row_actions_display_type = RowActionsDisplayType.DROPDOWN
    search_highlight = False

    def __init__(self, services: Services) -> None:
        self.services = services
        super().__init__()

    def can_create(self, request: Request) -> bool:
        """Never."""
        return False

    def can_edit(self, request: Request) -> bool:
        """Never."""
        return False

    def can_delete(self, request: Request) -> bool:
        """Never: what is deleted is so by an act of its own."""
        return False

    def can_export(self, request: Request) -> bool:
        """Never."""
        return False

    def can_import(self, request: Request) -> bool:
        """Never."""
        return False

    async def find_all(
        self,
        request: Request,
        skip: int = 0,
        limit: int = 100,
        q: str | None = None,
        sorts: Sequence[tuple[str, str]] | None = None,
        filters: FilterGroup | None = None,
    ) -> Sequence[Any]:
        """The rows of a page."""
        order = [(name, way == "desc") for name, way in sorts or ()]
        most = min(limit, MOST_ROWS) if limit > 0 else MOST_ROWS
        wanted = Wanted(_sought(q), tests_of(filters), order, max(skip, 0), most)
        return await self._rows(request, wanted)

    async def count(
        self, request: Request, q: str | None = None, filters: FilterGroup | None = None
    ) -> int:
        """How many rows there are."""
        wanted = Wanted(_sought(q), tests_of(filters))
        return await self.services.admin.count(who(request), self.listing, wanted)

    async def find_by_pk(self, request: Request, pk: Any) -> Any:
        """One row, or None."""
        if unstorable(str(pk)):
            return None
        found = await self._rows(
            request, Wanted(tests=Tests((Test("id", "is", str(pk)),)), limit=1)
        )
        return found[0] if found else None

    async def find_by_pks(self, request: Request, pks: list[Any]) -> Sequence[Any]:
        """Those of the rows that there are."""
        found = [await self.find_by_pk(request, pk) for pk in pks[:MOST_ROWS]]
        return [one for one in found if one is not None]

    async def create(self, request: Request, data: dict[str, Any]) -> Any:
        """Never called; see `can_create`."""
        raise NotImplementedError

    async def edit(self, request: Request, pk: Any, data: dict[str, Any]) -> Any:
        """Never called; see `can_edit`."""
        raise NotImplementedError

    async def delete(self, request: Request, pks: list[Any]) -> int | None:
        """Never called; see `can_delete`."""
        raise NotImplementedError

    async def _rows(self, request: Request, wanted: Wanted) -> Sequence[Any]:
        found = await self.services.admin.rows(who(request), self.listing, wanted)
        return [SimpleNamespace(**row) for row in found]

    async def act(self, request: Request, work: Awaitable[object], said: str) -> Response:
        """Runs an act and goes back to the page it was started on, with what came of it."""
        try:
            await work
        except FestoonError as refused:
            flash(request, refused.message, "error")
        else:
            flash(request, said, "success")
        fallback = str(request.url_for("admin:list", key=self.key))
        origin = request.query_params.get("_origin", "")
        return RedirectResponse(safe_redirect_url(origin or fallback, request, fallback), 303)


def who(request: Request) -> Actor:
    """The admin who asks."""
    actor: Actor = request.state.actor
    return actor


def _sought(q: str | None) -> str:
    return "" if q is None or unstorable(q) else q.strip()
