"""What people say about being told things, and the one click that switches mail off."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from host.access import Actor, need_person
from host.contract import Category, JsonObject
from host.errors import NotFound, ValidationFailed
from host.services import unsubscribing
from host.services.core import Core
from host.services.reading import ALWAYS
from host.store import preferences as store
from host.store.preferences import Preferences

MAIL = "mail"
"""The channel that an address in a letter switches off."""
MOST_CHANNELS = 20
CHANNEL = re.compile(r"\*|[a-z][a-z0-9:_-]{0,59}")
LOCALE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}")
CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
TIMES = {"quietFrom": "quiet_from", "quietTo": "quiet_to", "digestAt": "digest_at"}


@dataclass(frozen=True)
class PreferencesView:
    """A person's preferences. Times are `HH:MM` in `timeZone`, null where they said nothing.

    `muted` names the channels by category; `*` is every channel but the inbox.
    """

    muted: dict[str, list[str]]
    quiet_from: str | None
    quiet_to: str | None
    digest_at: str | None
    locale: str | None
    time_zone: str | None


class NotificationPreferences:
    """One's own, for the person alone."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def get(self, actor: Actor) -> PreferencesView:
        """What the person has said so far."""
        user = need_person(actor)
        async with self._core.db.read() as connection:
            return _view(await store.get(connection, user.id))

    async def change(self, actor: Actor, fields: JsonObject) -> PreferencesView:
        """Changes what is given, by the names of `PreferencesView` on the wire.

        Raises `ValidationFailed`. Quiet hours have a beginning and an end, or neither.
        """
        user = need_person(actor)
        changes, problems = _read(fields)
        async with self._core.db.write() as connection:
            after = replace(await store.lock(connection, user.id), **changes)
            if (after.quiet_from is None) != (after.quiet_to is None):
                missing = "quietTo" if after.quiet_to is None else "quietFrom"
                problems[missing] = ["Quiet hours need a beginning and an end."]
            if problems:
                raise ValidationFailed("Not all of this can be kept.", problems)
            await store.put(connection, user.id, after, self._core.sources.now())
        return _view(after)

    def unsubscribes(self, token: str) -> Category:
        """What an address of a letter is about; `NotFound` for one that is none of ours."""
        return self._known(token)[1]

    async def unsubscribe(self, token: str) -> Category:
        """Switches mail of that kind off, for whoever's letter it was; once is enough."""
        user_id, category = self._known(token)
        async with self._core.db.write() as connection:
            before = await store.lock(connection, user_id)
            channels = before.muted.get(category, frozenset()) | {MAIL}
            after = replace(before, muted={**before.muted, category: channels})
            await store.put(connection, user_id, after, self._core.sources.now())
        return category

    def _known(self, token: str) -> tuple[str, Category]:
        known = unsubscribing.read(self._core, token)
        if known is None:
            raise NotFound("This address is not whole. Open it again from the letter.")
        return known


def _read(fields: JsonObject) -> tuple[dict[str, Any], dict[str, list[str]]]:
    changes: dict[str, Any] = {}
    problems: dict[str, list[str]] = {}
    for name, column in TIMES.items():
        if name in fields:
            given = fields[name]
            found = CLOCK.fullmatch(given) if given else None
            if given and found is None:
                problems[name] = ["Write a time as 22:00."]
            changes[column] = int(found[1]) * 60 + int(found[2]) if found else None
    if "locale" in fields:
        changes["locale"] = fields["locale"] or None
        if fields["locale"] and not LOCALE.fullmatch(fields["locale"]):
            problems["locale"] = ["Write a language as en or ru-RU."]
    if "timeZone" in fields:
        changes["time_zone"] = fields["timeZone"] or None
        if fields["timeZone"] and fields["timeZone"] not in zones():
            problems["timeZone"] = ["Choose a time zone as Europe/Berlin."]
    if "muted" in fields:
        changes["muted"] = _muted(fields["muted"], problems)
    return changes, problems


def _muted(
    given: Mapping[str, Any], problems: dict[str, list[str]]
) -> dict[Category, frozenset[str]]:
    found: dict[Category, frozenset[str]] = {}
    for name, channels in given.items():
        if name not in Category.__members__ or Category(name) in ALWAYS:
            known = ", ".join(one for one in Category if one not in ALWAYS)
            problems["muted"] = [f"There is nothing called {name[:40]} to switch off, but {known}."]
        elif len(channels) > MOST_CHANNELS or not all(CHANNEL.fullmatch(one) for one in channels):
            problems["muted"] = ["A channel is called by small letters, and * is all of them."]
        else:
            found[Category(name)] = frozenset(channels)
    return found


@lru_cache(maxsize=1)
def zones() -> frozenset[str]:
    """The names of the time zones that this host knows."""
    return frozenset(available_timezones())


def _view(one: Preferences) -> PreferencesView:
    return PreferencesView(
        {category.value: sorted(channels) for category, channels in one.muted.items() if channels},
        _clock(one.quiet_from),
        _clock(one.quiet_to),
        _clock(one.digest_at),
        one.locale,
        one.time_zone,
    )


def _clock(minute: int | None) -> str | None:
    return None if minute is None else f"{minute // 60:02}:{minute % 60:02}"
