"""Telling people something: into their inboxes, live, and to whoever brings it by other ways.

All of it is written in the transaction of what is told, so that nothing is told that was not
so, and nothing that was so is lost. What has to be brought is then the deliverer's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from host.contract import Audience, Category, JsonObject, Room, Winner, iso
from host.services.core import Core
from host.services.writer import RoomTransaction
from host.store import inbox, participants, sending
from host.store.inbox import Notice

RECEIVED = "notification:received"
UNREAD = "notification:unread"
MOST_IN_A_WORD = 100
"""People that one word between processes names: it has to fit into 8,000 bytes."""
WON = "winner:selected"


async def tell(
    core: Core,
    connection: AsyncConnection,
    told: Sequence[tuple[str, Notice]],
    *,
    room_id: str | None,
    brought: bool = True,
) -> list[tuple[str, Notice]]:
    """Writes notices of one room into inboxes, by user id; those of them that are new.

    With `brought` they go out by other ways as well, where the room has somebody for that.
    """
    now = core.sources.now()
    new = await inbox.put(connection, told, now)
    if new and brought and room_id is not None and await sending.answered(connection, room_id):
        await sending.put(connection, new, now)
        core.db.after_commit(connection, core.to_deliver.set)
    return new


async def tell_organizers(
    core: Core,
    tx: RoomTransaction,
    kind: str,
    title: str,
    body: str,
    data: JsonObject,
    *,
    notice_id: str | None = None,
    brought: bool = True,
    by: str | None = None,
) -> bool:
    """Tells the organizers of a room, once for a `notice_id`. Whether anybody heard it anew.

    `by` is the user who did it and knows: it is not in their inbox.
    """
    notice = Notice(
        id=notice_id or tx.sources.new_id(),
        kind=kind,
        title=title,
        body=body,
        data=data,
        category=Category.ROOM,
        room_id=tx.room.id,
    )
    people = await participants.organizer_ids(tx.conn, tx.room.id)
    told = [(one, notice) for one in people if one != by]
    new = await tell(core, tx.conn, told, room_id=tx.room.id, brought=brought)
    nudge_after(core, tx, [user_id for user_id, _ in new])
    if new or not told:
        tx.emit(RECEIVED, said(notice), audience=Audience.ORGANIZERS)
    return bool(new)


async def tell_winners(
    core: Core, tx: RoomTransaction, won: Iterable[Winner]
) -> list[tuple[str, Notice]]:
    """Tells these winners; what has to be shown to them live once it is committed."""
    told = [(one.participant.user_id, won_notice(tx.room, one)) for one in won]
    return await tell(core, tx.conn, told, room_id=tx.room.id)


async def untell_winner(tx: RoomTransaction, winner: Winner) -> None:
    """Takes the news of a win back that is revoked: who has not heard of it never does."""
    await inbox.take_back(tx.conn, winner.participant.user_id, winner.id)


def nudge_after(core: Core, tx: RoomTransaction, user_ids: Sequence[str]) -> None:
    """As `nudge`, once the transaction is committed."""
    if user_ids and core.hub.anybody:
        core.db.after_commit(tx.conn, lambda: core.background.start(nudge(core, user_ids)))


async def nudge(core: Core, user_ids: Sequence[str]) -> None:
    """Has the open pages of these people look again: there is something new in their inbox.

    For those pages that do not listen to the room in which it was told.
    """
    frame = orjson.dumps(
        {
            "event": UNREAD,
            "data": {"unread": None, "read": []},
            "at": iso(core.sources.now()),
        }
    )
    for first in range(0, len(user_ids), MOST_IN_A_WORD):
        await core.hub.tell_people(user_ids[first : first + MOST_IN_A_WORD], frame)


async def show(core: Core, told: Sequence[tuple[str, Notice]]) -> None:
    """Shows notices on the open screens of their people, after the commit.

    What is missed by it stands in the inbox.
    """
    at = iso(core.sources.now())
    for user_id, notice in told:
        frame = {"event": RECEIVED, "roomId": notice.room_id, "data": said(notice), "at": at}
        await core.hub.tell_people([user_id], orjson.dumps(frame))


def won_notice(room: Room, winner: Winner) -> Notice:
    """The news of a win, under the id of the win."""
    return Notice(
        id=winner.id,
        kind=WON,
        title="You won!",
        body=f"“{winner.prize.name}” in {room.name} is yours.",
        data={
            "winnerId": winner.id,
            "prizeId": winner.prize_id,
            "prize": winner.prize.name,
            "room": room.name,
        },
        category=Category.RESULT,
        room_id=room.id,
    )


def said(notice: Notice) -> dict[str, Any]:
    """The `data` of `notification:received`."""
    return {
        "id": notice.id,
        "kind": notice.kind,
        "title": notice.title,
        "body": notice.body,
        "data": notice.data,
    }
