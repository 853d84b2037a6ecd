"""How the rows of the administration can be narrowed down: the library's form, our conditions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from starlette_admin.filters import (
    BaseFilter,
    FilterApplyContext,
    FilterDataType,
    FilterGroup,
    FilterRule,
    FilterValidationError,
)

from host.services.text import unstorable
from host.store.listings import Test, Tests


class _Filter(BaseFilter):
    """A filter of ours is told by its name; see `tests_of`."""

    def parse_value(self, raw: str) -> Any:
        """The text, unless no database could hold it."""
        if why := unstorable(raw):
            raise FilterValidationError(f"The text {why}.")
        return raw

    def apply(self, ctx: FilterApplyContext) -> Any:
        """Unused: rows are read by the services."""
        return ctx.query


class Is(_Filter):
    """Exactly this text."""

    name, label, data_type = "is", "Is", FilterDataType.STRING


class Contains(_Filter):
    """This text somewhere, whatever its case."""

    name, label, data_type = "contains", "Contains", FilterDataType.STRING


class Yes(_Filter):
    """The field is true."""

    name, label, data_type = "yes", "Yes", FilterDataType.NONE


class No(_Filter):
    """The field is false."""

    name, label, data_type = "no", "No", FilterDataType.NONE


class Since(_Filter):
    """At this time (UTC, unless it names a zone) or later."""

    name, label, data_type = "since", "Since (UTC)", FilterDataType.DATETIME

    def parse_value(self, raw: str) -> Any:
        """An ISO 8601 time."""
        try:
            moment = datetime.fromisoformat(raw)
        except ValueError:
            raise FilterValidationError("This is not a time.") from None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class Until(Since):
    """At this time or earlier."""

    name, label = "until", "Until (UTC)"


TEXT: list[type[BaseFilter]] = [Contains, Is]
SWITCH: list[type[BaseFilter]] = [Yes, No]
TIME: list[type[BaseFilter]] = [Since, Until]


def tests_of(group: FilterGroup | None) -> Tests:
    """What the library's filter form asks for, as conditions of a listing."""
    if group is None:
        return Tests()
    parts = tuple(
        tests_of(rule) if isinstance(rule, FilterGroup) else _test(rule) for rule in group.rules
    )
    return Tests(parts, either=group.logic == "or")


def _test(rule: FilterRule) -> Test:
    if rule.filter in ("yes", "no"):
        return Test(rule.field, "is", rule.filter == "yes")
    if rule.filter == "contains":
        return Test(rule.field, "contains", rule.value)
    if rule.filter == "since":
        return Test(rule.field, "since", rule.value)
    return Test(rule.field, "until" if rule.filter == "until" else "is", rule.value)
