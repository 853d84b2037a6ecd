"""Which ids an application may have, and what its id gives its name to.

An id begins the names of the application's tables (`<id>_`), events and actions (`<id>:`), and
the addresses of its pages (`/apps/<id>/`), so it must not be one that the host itself uses.
"""

from __future__ import annotations

from collections.abc import Iterable

from host.store.tables import metadata

PLATFORM = "platform"
"""The application that answers where no other does."""

_TAKEN = {
    **dict.fromkeys(
        ("room", "participant", "prize", "winner", "presence", "notification"), "events"
    ),
    **dict.fromkeys(("auth", "ping", "user", "app"), "messages"),
    **dict.fromkeys(("token", "apps", "static"), "addresses"),
    **dict.fromkeys(("alembic", "sqlite", "pg"), "tables"),
}


def reserved_reason(app_id: str) -> str | None:
    """Why the host cannot give an application this id, or None."""
    prefix = table_prefix(app_id)
    if any(name.startswith(prefix) for name in metadata.tables):
        return "begins the names of the host's own tables"
    return f"is a name of the host's own {_TAKEN[app_id]}" if app_id in _TAKEN else None


def table_prefix(app_id: str) -> str:
    """What the names of the application's tables begin with: `wine_tasting_`."""
    return app_id.replace("-", "_") + "_"


def version_table(app_id: str) -> str:
    """The table that says which of the application's migrations ran."""
    return f"alembic_version_{app_id.replace('-', '_')}"


def owner_of_table(table: str, app_ids: Iterable[str]) -> str | None:
    """Whose table this is: of `quiz` and `quiz-pro`, `quiz_pro_rounds` is the longer one's."""
    owners = (one for one in app_ids if table.startswith(table_prefix(one)))
    return max(owners, key=len, default=None)
