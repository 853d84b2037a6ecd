"""When somebody wants to be told something: quiet hours and digests, by their own clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from host.contract import Category
from host.store.preferences import EVERY, Preferences

ALWAYS = frozenset({Category.ACCOUNT})
"""What nobody can switch off, and nothing holds."""
MINUTES = 24 * 60


def muted(preferences: Preferences, category: Category) -> frozenset[str]:
    """The channels by which a person does not want this; `EVERY` among them is all."""
    if category in ALWAYS:
        return frozenset()
    return preferences.muted.get(category, frozenset())


def wants_none(preferences: Preferences, category: Category) -> bool:
    """Whether it goes nowhere but into the inbox."""
    return EVERY in muted(preferences, category)


def quiet_until(preferences: Preferences, now: datetime) -> datetime | None:
    """When the person's quiet hours end; None where it is not quiet now."""
    begin, finish = preferences.quiet_from, preferences.quiet_to
    if begin is None or finish is None or begin == finish:
        return None
    local = now.astimezone(zone(preferences))
    minute = local.hour * 60 + local.minute
    if (minute - begin) % MINUTES >= (finish - begin) % MINUTES:
        return None
    return _next(preferences, finish, now)


def digest_due(preferences: Preferences, now: datetime) -> datetime | None:
    """When the next digest goes out, after now; None for somebody who wants none."""
    if preferences.digest_at is None:
        return None
    return _next(preferences, preferences.digest_at, now)


def zone(preferences: Preferences) -> ZoneInfo:
    """The person's time zone; UTC where they named none, or it is not known here any more."""
    try:
        return ZoneInfo(preferences.time_zone or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def _next(preferences: Preferences, minute: int, now: datetime) -> datetime:
    # By wall clock: on the two days on which it jumps it is still that time of day.
    local = now.astimezone(zone(preferences))
    for days in (0, 1, 2):
        day = local.date() + timedelta(days=days)
        clock = datetime(day.year, day.month, day.day, minute // 60, minute % 60)
        moment = clock.replace(tzinfo=local.tzinfo).astimezone(UTC)
        if moment > now:
            return moment
    raise AssertionError("a day has an end")
