"""A person's inbox: what they were told, and what of it they have read, on all their devices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import orjson

from host.access import Actor, need_person
from host.apps.messages import nearest
from host.contract import iso
from host.errors import NotFound
from host.services.core import Core
from host.services.notices import UNREAD
from host.services.words import words_of
from host.store import inbox as store
from host.store import preferences
from host.store.inbox import InboxItem
from host.store.paging import Page, PageRequest
from host.store.preferences import Preferences


@dataclass(frozen=True)
class Unread:
    """How many are unread, counted up to 100."""

    unread: int


class Inbox:
    """One's own, for the person alone."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def list(
        self, actor: Actor, page: PageRequest, *, unread: bool = False
    ) -> Page[InboxItem]:
        """What the person was told, the newest first."""
        user = need_person(actor)
        async with self._core.db.read() as connection:
            found = await store.page(connection, user.id, page, unread=unread)
            wishes = await preferences.get(connection, user.id)
        return replace(found, items=[self._worded(one, wishes) for one in found.items])

    def _worded(self, item: InboxItem, wishes: Preferences) -> InboxItem:
        name = item.room_name or ""
        words = words_of(self._core, item.app_id, name, item.kind, item.data)
        if not words:
            return item
        said = nearest(words, wishes.locale)
        return replace(item, title=said.title, body=said.body)

    async def unread(self, actor: Actor) -> Unread:
        """How many the person has not read."""
        user = need_person(actor)
        async with self._core.db.read() as connection:
            return Unread(await store.unread(connection, user.id))

    async def read(self, actor: Actor, notification_id: str) -> InboxItem:
        """Marks one as read; the time of the first time stays."""
        user = need_person(actor)
        async with self._core.db.write() as connection:
            item = await store.read(connection, user.id, notification_id, self._core.sources.now())
            left = await store.unread(connection, user.id)
        if item is None:
            raise NotFound("There is no such notification.")
        await self._say(user.id, left, [notification_id])
        return item

    async def read_all(self, actor: Actor, until: datetime | None = None) -> Unread:
        """Marks what came up to `until` (now) as read; what is left."""
        user, now = need_person(actor), self._core.sources.now()
        async with self._core.db.write() as connection:
            await store.read_all(connection, user.id, until or now, now)
            left = await store.unread(connection, user.id)
        await self._say(user.id, left, None)
        return Unread(left)

    async def _say(self, user_id: str, left: int, read: Sequence[str] | None) -> None:
        """Tells the person's other devices; `read` None is all of them."""
        frame = {
            "event": UNREAD,
            "data": {"unread": left, "read": read},
            "at": iso(self._core.sources.now()),
        }
        await self._core.hub.tell_people([user_id], orjson.dumps(frame))
