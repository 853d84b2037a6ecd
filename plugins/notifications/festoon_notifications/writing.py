"""Makes the words of one notification: the room's own templates, else the catalog's."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from festoon_notifications.catalog import Catalog, Template, catalog, nearest
from festoon_notifications.channels.base import Asked
from festoon_notifications.sandbox import WORDS
from festoon_notifications.tables import words
from festoon_notifications.wording import Text
from host import AsyncDatabase, Category, Notification, ValidationFailed, iso

TEST = "notifications:test"
"""The kind of a test that organizers send to themselves: its words come along."""
KNOWN_SECONDS = 3.0
"""How long another process may go on with a room's words after they were changed."""
MOST_KNOWN = 500
_HOLE = re.compile(r"\{\{ (\w+) \}\}")


class Writing:
    """The words of one host's notifications."""

    def __init__(self, database: AsyncDatabase) -> None:
        self._database = database
        self._lately: dict[tuple[str, Category, str], tuple[float, Template | None]] = {}

    async def text(self, asked: Asked, template: Template | None = None) -> Text:
        """What this reader is told; `template` is tried out instead of what is kept.

        A kept template that cannot be filled in any more stands back for the catalog's.
        """
        told = asked.notification
        if template is None and told.kind == TEST:
            asked, template = _as_tried(asked)
            told = asked.notification
        locale = nearest(told.locale, asked.settings.get("language", "en"))
        theirs = catalog(locale)
        if template is not None:
            return composed(asked, theirs, template)
        own = await self._kept_lately(asked, told.category, locale)
        if own is not None:
            try:
                return composed(asked, theirs, own)
            except ValidationFailed as failed:
                asked.ctx.log.warning("a template of room %s: %s", asked.ctx.room_id, failed)
        return composed(asked, theirs, theirs.template(told.category))

    async def kept(self, room_id: str, category: Category, locale: str) -> Template | None:
        """The room's own words."""
        query = sa.select(words.c.subject, words.c.body).where(*_same(room_id, category, locale))
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
        return Template(row.subject, row.body) if row else None

    async def _kept_lately(self, asked: Asked, category: Category, locale: str) -> Template | None:
        """As `kept`, of some seconds ago at most: an announcement asks thousands of times."""
        if asked.room is None:
            return None
        key, now = (asked.room.id, category, locale), time.monotonic()
        until, template = self._lately.get(key, (0.0, None))
        if until < now:
            template = await self.kept(*key)
            if len(self._lately) >= MOST_KNOWN:
                self._lately.clear()
            self._lately[key] = now + KNOWN_SECONDS, template
        return template

    async def keep(self, asked: Asked, category: Category, locale: str, template: Template) -> None:
        """Has a room use its own words, once they were tried out; raises `ValidationFailed`."""
        assert asked.room is not None
        WORDS.check(template.subject, "subject")
        WORDS.check(template.body, "body")
        composed(asked, catalog(locale), template)
        row = {
            "room_id": asked.room.id,
            "category": category.value,
            "locale": locale,
            "subject": template.subject,
            "body": template.body,
            "at": iso(asked.ctx.now()),
        }
        async with self._database.write() as connection:
            same = _same(asked.room.id, category, locale)
            if not (await connection.execute(words.update().where(*same).values(row))).rowcount:
                await connection.execute(words.insert(), row)
        self._lately.clear()

    async def give_back(self, room_id: str, category: Category, locale: str) -> None:
        """Has a room use the catalog's words again."""
        async with self._database.write() as connection:
            await connection.execute(words.delete().where(*_same(room_id, category, locale)))
        self._lately.clear()


def composed(asked: Asked, theirs: Catalog, template: Template) -> Text:
    """The text; raises `ValidationFailed` for a template that is not right."""
    told, ctx = asked.notification, asked.ctx
    named = told.recipient.name if told.recipient else ""
    values = {
        "name": named,
        "room": asked.room.name if asked.room else "",
        "brand": ctx.brand,
        "link": link_of(asked) or "",
        "kind": told.kind,
    }
    title, body = _own(told, theirs, values)
    values |= {"title": title, "body": body}
    place = _place(asked)
    subject = " ".join(WORDS.render(template.subject, values).split())
    said = WORDS.render(template.body, values)
    note = "account" if asked.room is None else "room"
    return Text(
        locale=theirs.locale,
        subject=subject or title,
        title=title,
        paragraphs=paragraphs(said),
        act=theirs.acts[place],
        link=link_of(asked),
        note=WORDS.render(theirs.notes[note], values),
        stop=theirs.stop,
        unsubscribe=told.unsubscribe,
    )


def paragraphs(text: str) -> tuple[str, ...]:
    """A text apart by its empty lines."""
    found = ("\n".join(line.rstrip() for line in text.strip().splitlines())).split("\n\n")
    return tuple(one.strip() for one in found if one.strip())


def link_of(asked: Asked) -> str | None:
    """What the button opens: a page of this host, which asks who is there; no session goes along.

    An application may name a path of this host in `data.path`.
    """
    told, base = asked.notification, asked.ctx.public_url
    path = told.data.get("path")
    if isinstance(path, str) and path.startswith("/") and not path.startswith("//"):
        return base + "".join(path.split())
    link = told.data.get("link")
    if told.category is Category.ACCOUNT and isinstance(link, str) and link.startswith(base + "/"):
        return link
    if asked.room is None:
        return None
    page = "rooms" if told.category is Category.ROOM else "r"
    return f"{base}/{page}/{asked.room.id}"


def _as_tried(asked: Asked) -> tuple[Asked, Template]:
    """A test as the message that it is an example of."""
    told = asked.notification
    data = {"prize": "A weekend in Suzdal", "appId": "quiz"}
    meant = replace(
        told,
        kind=str(told.data.get("example", "")),
        locale=str(told.data.get("locale", "en")),
        data=data,
    )
    words = Template(str(told.data.get("subject", "")), str(told.data.get("text", "")))
    return replace(asked, notification=meant), words


def _own(told: Notification, theirs: Catalog, values: Mapping[str, str]) -> tuple[str, str]:
    """Title and body in the reader's language, where the catalog has them; else as they came."""
    shipped = told.words.get(theirs.locale)
    if shipped and told.locale is None:
        # They said nothing of languages, so all of the letter is in the room's.
        return shipped["title"], shipped["body"]
    own = theirs.own_words(told.kind)
    if own is None or told.words:
        return told.title, told.body
    facts: dict[str, Any] = {**told.data, **values, "title": told.title, "body": told.body}
    try:
        return _filled(own["title"], facts), _filled(own["body"], facts)
    except KeyError:
        return told.title, told.body


def _filled(source: str, facts: Mapping[str, Any]) -> str:
    """The catalog's own words need no more than names in braces."""
    return _HOLE.sub(lambda hole: str(facts[hole[1]]), source)


def _place(asked: Asked) -> str:
    if asked.room is None:
        return "account"
    return "organizer" if asked.notification.category is Category.ROOM else "room"


def _same(room_id: str, category: Category, locale: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        words.c.room_id == room_id,
        words.c.category == category.value,
        words.c.locale == locale,
    )
