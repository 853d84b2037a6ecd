"""What the tables are made of: their metadata and the types of their columns.

Times are stored as UTC; JSON is JSONB on PostgreSQL.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(sa.types.TypeDecorator[datetime]):
    """An aware UTC time; SQLite, which keeps no zone, stores it naive."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> Any:
        """Refuses a naive time, whose zone nobody could know."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time must carry its zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:
        """Gives the zone back."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Any:
        """The same in one go for SQLite, where every time of every row comes as a text."""
        if dialect.name == "sqlite":
            return _from_text
        return super().result_processor(dialect, coltype)


def _from_text(text: str | None) -> datetime | None:
    # As SQLAlchemy writes it, without a zone.
    return None if text is None else datetime.fromisoformat(f"{text}+00:00")


Json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
# None is SQL's NULL here, not JSON's null.
NullableJson = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True), "postgresql"
)
Id = sa.String(64)


def one_of(column: str, *values: str) -> sa.CheckConstraint:
    """A check that a column holds one of these words."""
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def created() -> sa.Column[datetime]:
    """When the row was written."""
    return sa.Column("created_at", Moment, nullable=False)


def updated() -> sa.Column[datetime]:
    """When the row changed last."""
    return sa.Column("updated_at", Moment, nullable=False)


def deleted() -> sa.Column[datetime]:
    """When the row stopped to count; None while it does."""
    return sa.Column("deleted_at", Moment)
