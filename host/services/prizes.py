"""The prize fund of a room."""

from __future__ import annotations

from dataclasses import replace

from host.access import Act, Actor
from host.contract import JsonObject, Prize, PrizeDraft, Refusal, wire
from host.errors import Conflict, NotFound
from host.services.audit import difference, record
from host.services.core import Core
from host.services.delegation import decide
from host.services.entry import Entry, enter
from host.services.versions import Tags, need_match
from host.services.writer import RoomTransaction
from host.store import prizes as store
from host.store.paging import Page, PageRequest

COLUMNS = {
    "name": "name",
    "description": "description",
    "imageUrl": "image_url",
    "quantity": "quantity",
    "metadata": "metadata",
}


class Prizes:
    """Prizes and their units. A unit is taken and given back only with its winner."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def list(
        self, actor: Actor, room_id: str, page: PageRequest, *, deleted: bool = False
    ) -> Page[Prize]:
        """The fund, oldest first."""
        entry = await enter(self._core, actor, room_id, Act.SEE_PRIZES)
        if deleted:
            entry.need(Act.SEE_DELETED)
        async with self._core.db.read() as conn:
            return await store.page(conn, room_id, page, deleted=deleted)

    async def get(
        self,
        actor: Actor,
        room_id: str,
        prize_id: str,
        *,
        deleted: bool = False,
        act: Act = Act.SEE_PRIZES,
    ) -> Prize:
        """One prize; with `deleted` also one that was taken out, for organizers.

        `act` is what it is looked for: to change a prize does not take the right to see all.
        """
        entry = await enter(self._core, actor, room_id, act)
        if deleted:
            entry.need(Act.SEE_DELETED)
        async with self._core.db.read() as conn:
            return _found(await store.get(conn, room_id, prize_id, deleted=deleted))

    async def create(self, actor: Actor, room_id: str, fields: JsonObject) -> Prize:
        """Adds a prize of `{name, quantity=1, description?, imageUrl?, metadata?}`."""
        entry = await enter(self._core, actor, room_id, Act.CHANGE_PRIZES)
        quantity = fields.get("quantity", 1)
        await self._check(
            entry,
            PrizeDraft(
                fields["name"], quantity, fields.get("description"), fields.get("metadata", {})
            ),
        )

        async def write(tx: RoomTransaction) -> Prize:
            prize_id = tx.sources.new_id()
            await store.insert(
                tx.conn,
                prize_id=prize_id,
                room_id=room_id,
                name=fields["name"],
                description=fields.get("description"),
                image_url=fields.get("imageUrl"),
                quantity=quantity,
                metadata=fields.get("metadata", {}),
                now=tx.now,
            )
            tx.count(prizes=1)
            prize = _found(await store.get(tx.conn, room_id, prize_id))
            tx.emit("prize:created", wire(prize))
            await record(tx, actor, "prize:create", subject_id=prize_id, after=_told(prize))
            return prize

        return await self._core.writer.write(room_id, write)

    async def change(
        self,
        actor: Actor,
        room_id: str,
        prize_id: str,
        fields: JsonObject,
        if_match: Tags = None,
    ) -> Prize:
        """Changes a prize; its quantity never falls below what is awarded."""
        entry = await enter(self._core, actor, room_id, Act.CHANGE_PRIZES)
        async with self._core.db.read() as conn:
            before = _found(await store.get(conn, room_id, prize_id))
        await self._check(
            entry,
            PrizeDraft(
                fields.get("name", before.name),
                fields.get("quantity", before.quantity),
                fields.get("description", before.description),
                fields.get("metadata", before.metadata),
            ),
        )

        async def write(tx: RoomTransaction) -> Prize:
            current = _found(await store.get(tx.conn, room_id, prize_id))
            need_match(if_match, current.updated_at)
            awarded = current.quantity - current.quantity_remaining
            if fields.get("quantity", current.quantity) < awarded:
                raise Conflict(
                    f"{awarded} of this prize are already won, so there cannot be fewer.",
                    details={"awarded": awarded},
                )
            changes = {COLUMNS[name]: value for name, value in fields.items()}
            if changes:
                await store.update(tx.conn, prize_id, tx.now, **changes)
            prize = _found(await store.get(tx.conn, room_id, prize_id))
            if replace(prize, updated_at=current.updated_at) != current:
                tx.emit("prize:updated", wire(prize))
            if differs := difference(_told(current), _told(prize)):
                await record(
                    tx,
                    actor,
                    "prize:change",
                    subject_id=prize_id,
                    before=differs[0],
                    after=differs[1],
                )
            return prize

        return await self._core.writer.write(room_id, write)

    async def delete(
        self, actor: Actor, room_id: str, prize_id: str, if_match: Tags = None
    ) -> None:
        """Takes a prize out of the fund, unless somebody won it."""
        await enter(self._core, actor, room_id, Act.CHANGE_PRIZES)

        async def write(tx: RoomTransaction) -> None:
            prize = _found(await store.get(tx.conn, room_id, prize_id))
            need_match(if_match, prize.updated_at)
            if prize.quantity_remaining < prize.quantity:
                raise Conflict("This prize has winners. Revoke them before deleting it.")
            await store.update(tx.conn, prize_id, tx.now, deleted_at=tx.now)
            tx.count(prizes=-1)
            tx.emit("prize:deleted", wire(replace(prize, deleted_at=tx.now, updated_at=tx.now)))
            await record(tx, actor, "prize:delete", subject_id=prize_id, before=_told(prize))

        await self._core.writer.write(room_id, write)

    async def _check(self, entry: Entry, draft: PrizeDraft) -> None:
        decision = await decide(self._core, entry.actor, entry.room, "check_prize", prize=draft)
        if isinstance(decision.value, Refusal):
            raise Conflict(decision.value.reason)


def _told(prize: Prize) -> JsonObject:
    shown = wire(prize)
    return {name: shown[name] for name in COLUMNS}


def _found(prize: Prize | None) -> Prize:
    if prize is None:
        raise NotFound("There is no such prize in this room.")
    return prize
