"""Pictures and sounds that organizers upload: checked by their content, kept in the database."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from festoon_quiz.games import new_id
from festoon_quiz.tables import media
from host import Conflict, ValidationFailed

MOST_BYTES = 1024 * 1024
MOST_OF_ROOM = 100 * 1024 * 1024
"""Bytes that one room may keep: a hundred of the largest files."""


@dataclass(frozen=True)
class Medium:
    """An uploaded file; `type` is what its content says."""

    type: str
    content: bytes


def type_of(content: bytes) -> str | None:
    """The media type by the first bytes; None for what is no picture or sound that we take."""
    head = content[:16]
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "image/gif"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head.startswith(b"OggS"):
        return "audio/ogg"
    # An MP3 begins with a tag, or with a frame: eleven set bits, layer three, a known bit rate.
    if head.startswith(b"ID3"):
        return "audio/mpeg"
    if len(head) > 2 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2 and head[2] >> 4 not in (0, 15):
        return "audio/mpeg"
    return None


async def keep(connection: AsyncConnection, room_id: str, content: bytes, now: int) -> str:
    """Keeps an uploaded file; its id. Raises `ValidationFailed`, or `Conflict` for a full room."""
    found = type_of(content)
    if found is None:
        raise ValidationFailed(
            "This is no picture or sound that every phone can show.",
            {"file": ["PNG, JPEG, WebP, GIF, MP3 or Ogg."]},
        )
    used = sa.select(sa.func.coalesce(sa.func.sum(media.c.size), 0)).where(
        media.c.room_id == room_id
    )
    if int(await connection.scalar(used) or 0) + len(content) > MOST_OF_ROOM:
        raise Conflict("This room has no place for more files. Use addresses of pictures instead.")
    made = new_id()
    await connection.execute(
        media.insert().values(
            id=made, room_id=room_id, type=found, size=len(content), content=content, created_at=now
        )
    )
    return made


async def find(connection: AsyncConnection, room_id: str, media_id: str) -> Medium | None:
    """An uploaded file of a room."""
    query = sa.select(media.c.type, media.c.content).where(
        media.c.room_id == room_id, media.c.id == media_id
    )
    row = (await connection.execute(query)).first()
    return None if row is None else Medium(row.type, bytes(row.content))
