"""Rounds of Secret Santa in rooms: opened, closed, assigned, revealed; or called off.

Every step holds the round's row, so two clicks or two processes make it once. Between closing and
assigning a process may be killed: `finish` goes on from there, and comes to the same.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from festoon_lottery.proof.encoding import Plain
from festoon_lottery.santa import circles, document
from festoon_lottery.santa.document import Circle, Link, commitment, drawn, identity, linked
from festoon_lottery.santa.matching import stuck
from festoon_lottery.santa.tables import people, santas
from festoon_lottery.tables import unless_there
from host import AppContext, AsyncDatabase, Conflict, JsonObject, NotFound, Participant, iso

EVENT = "lottery:santa"


class State(StrEnum):
    """How far a round is."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"
    DRAWN = "DRAWN"
    REVEALED = "REVEALED"
    VOID = "VOID"


@dataclass(frozen=True)
class Santa:
    """A round. `seed` (hexadecimal) is secret until it is revealed."""

    id: str
    room_id: str
    number: int
    state: State
    seed: str = field(repr=False)
    log: Sequence[Link]
    told: int
    apart: Sequence[Sequence[int]]


@dataclass(frozen=True)
class Member:
    """Somebody in a round. Name and salt are None once they were forgotten."""

    position: int
    participant_id: str
    salt: str | None
    name: str | None
    identity: str
    receiver: int | None
    knows: bool
    """Whether their phone showed it to them, or a note was printed."""


async def current(ctx: AppContext) -> Santa:
    """The room's latest round; the first opens by itself."""
    query = sa.select(santas).where(santas.c.room_id == ctx.room_id)
    query = query.order_by(santas.c.number.desc()).limit(1)
    async with ctx.database().read() as connection:
        row = (await connection.execute(query)).one_or_none()
    if row is None:
        async with ctx.database().write() as connection:
            await _open(ctx, connection, 1)
        return await current(ctx)
    found = _read(row)
    if found.told < len(found.log):
        await _tell(ctx, found)
    return found


async def members(ctx: AppContext, of: Santa) -> list[Member]:
    """Who takes part in a round, once that is fixed."""
    query = sa.select(people).where(people.c.santa_id == of.id).order_by(people.c.position)
    async with ctx.database().read() as connection:
        return [_member(row) for row in await connection.execute(query)]


async def draw(ctx: AppContext) -> Santa:
    """Fixes who takes part and assigns them. Raises `Conflict` with the names of whom to free."""
    of = await current(ctx)
    takers = await circles.takers(ctx)
    if len(takers) > circles.MOST_PEOPLE:
        raise Conflict(f"At most {circles.MOST_PEOPLE} people can take part.")
    pairs = await circles.pairs(ctx)
    place = {one.id: n for n, one in enumerate(takers)}
    apart = sorted([place[a], place[b]] for a, b in pairs if a in place and b in place)
    if of.state is State.OPEN:
        by_giver = _by_giver(len(takers), apart)
        why = await asyncio.to_thread(stuck, len(takers), by_giver) if len(takers) > 1 else ([], [])
        if why is not None:
            raise Conflict(_in_the_way(takers, *why))
        rows = [_row(of, n, one) for n, one in enumerate(takers)]
        circle = Circle(
            of.room_id, of.number, [bytes.fromhex(row["identity"]) for row in rows], by_giver
        )
        async with ctx.database().write() as connection:
            held = await _hold(connection, of.id)
            if held.state is State.OPEN:
                await connection.execute(people.insert(), rows)
                data = circle.closing()
                await _step(ctx, connection, held, State.CLOSED, document.CLOSED, data, apart=apart)
    return await finish(ctx)


async def finish(ctx: AppContext) -> Santa:
    """Assigns where a round is closed and nobody is assigned yet; the latest round."""
    of = await current(ctx)
    if of.state is not State.CLOSED:
        return of
    circle = circle_of(of, await members(ctx, of))
    found = await asyncio.to_thread(drawn, circle, bytes.fromhex(of.seed))
    async with ctx.database().write() as connection:
        held = await _hold(connection, of.id)
        if held.state is State.CLOSED:
            await connection.execute(
                people.update()
                .where(people.c.santa_id == of.id, people.c.position == sa.bindparam("giver"))
                .values(receiver=sa.bindparam("to")),
                [{"giver": n, "to": to} for n, to in enumerate(found.assignment.to)],
            )
            await _step(ctx, connection, held, State.DRAWN, document.ASSIGNED, found.told())
    return await current(ctx)


async def again(ctx: AppContext, number: int, reason: str) -> Santa:
    """Calls a round off, for a reason that everybody reads, and opens the next.

    Pressed twice it is done once: a round that is not the latest was called off before.
    """
    of = await current(ctx)
    if of.number != number:
        return of
    async with ctx.database().write() as connection:
        held = await _hold(connection, of.id)
        if held.state is State.REVEALED:
            raise Conflict("Everybody knows by now who gave to whom: this round is over.")
        if held.state is not State.VOID:
            await _step(ctx, connection, held, State.VOID, document.VOIDED, {"reason": reason})
        await _open(ctx, connection, of.number + 1)
    await _tell(ctx, await numbered(ctx, of.number))
    return await current(ctx)


async def reveal(ctx: AppContext) -> Santa:
    """Tells everybody who gave to whom."""
    of = await current(ctx)
    async with ctx.database().write() as connection:
        held = await _hold(connection, of.id)
        if held.state is State.REVEALED:
            return held
        if held.state is not State.DRAWN:
            raise Conflict("Nobody is assigned yet: there is nothing to reveal.")
        data = {"seed": held.seed}
        await _step(ctx, connection, held, State.REVEALED, document.REVEALED, data)
    return await current(ctx)


def circle_of(of: Santa, who: Sequence[Member]) -> Circle:
    """What is fixed of a round."""
    identities = [bytes.fromhex(one.identity) for one in who]
    return Circle(of.room_id, of.number, identities, _by_giver(len(who), of.apart))


async def proof(ctx: AppContext, number: int | None = None) -> JsonObject:
    """The document of the latest round, or of another, with no more in it than is told.

    Raises `NotFound` for a round that there is not.
    """
    of = await finish(ctx)
    if number is not None and number != of.number:
        of = await numbered(ctx, number)
    seed = bytes.fromhex(of.seed) if of.state is State.REVEALED else None
    return document.document(circle_of(of, await members(ctx, of)), of.log, seed)


async def receipt(ctx: AppContext, participant_id: str) -> JsonObject | None:
    """A giver's own pair; None for who has none."""
    of = await finish(ctx)
    who = await members(ctx, of)
    mine = next((one for one in who if one.participant_id == participant_id), None)
    if mine is None or mine.receiver is None:
        return None
    opened = (await asyncio.to_thread(drawn, circle_of(of, who), bytes.fromhex(of.seed))).opening(
        mine.position
    )
    return {**opened, "participant": _shown(mine), "other": _shown(who[mine.receiver])}


async def export(database: AsyncDatabase, user_id: str) -> list[JsonObject]:
    """The rounds in which a person takes part; whom they give to is about somebody else."""
    query = (
        sa.select(santas.c.room_id, santas.c.number, people)
        .join(santas, santas.c.id == people.c.santa_id)
        .where(people.c.user_id == user_id)
    )
    async with database.read() as connection:
        return [
            {"roomId": row.room_id, "round": row.number, "name": row.name, "salt": row.salt}
            for row in await connection.execute(query)
        ]


async def forget(connection: AsyncConnection, user_id: str) -> None:
    """Takes name and salt away; the hash stays, so the proof stays valid."""
    await circles.forget(connection, user_id)
    await connection.execute(
        people.update()
        .where(people.c.user_id == user_id)
        .values(user_id=None, salt=None, name=None)
    )


async def _open(ctx: AppContext, connection: AsyncConnection, number: int) -> None:
    seed = secrets.token_bytes(32)
    data: dict[str, Plain] = {
        "room": str(ctx.room_id),
        "round": number,
        "commitment": commitment(seed).hex(),
    }
    await connection.execute(
        unless_there(connection, santas).values(
            id=secrets.token_hex(16),
            room_id=ctx.room_id,
            number=number,
            state=State.OPEN.value,
            seed=seed.hex(),
            log=[linked(None, iso(ctx.now()), document.OPENED, data)],
            told=0,
            apart=[],
        )
    )


async def _hold(connection: AsyncConnection, ident: str) -> Santa:
    query = sa.select(santas).where(santas.c.id == ident).with_for_update()
    return _read((await connection.execute(query)).one())


async def numbered(ctx: AppContext, number: int) -> Santa:
    """The round with this number. Raises `NotFound`."""
    query = sa.select(santas).where(santas.c.room_id == ctx.room_id, santas.c.number == number)
    async with ctx.database().read() as connection:
        row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise NotFound("There is no such draw here.")
    return _read(row)


async def _step(
    ctx: AppContext,
    connection: AsyncConnection,
    held: Santa,
    state: State,
    kind: str,
    data: Any,
    **more: Any,
) -> None:
    last = held.log[-1]
    at = max(iso(ctx.now()), str(last["at"]))
    log = [*held.log, linked(last, at, kind, data)]
    await connection.execute(
        santas.update().where(santas.c.id == held.id).values(state=state.value, log=log, **more)
    )


async def _tell(ctx: AppContext, of: Santa) -> None:
    """Tells the room of each entry of the log, perhaps twice and never not at all."""
    for link in of.log[of.told :]:
        told = {"round": of.number, "n": link["n"], "kind": link["kind"], "hash": link["hash"]}
        await ctx.publish(EVENT, told)
    async with ctx.database().write() as connection:
        await connection.execute(
            santas.update()
            .where(santas.c.id == of.id, santas.c.told < len(of.log))
            .values(told=len(of.log))
        )


def _read(row: Any) -> Santa:
    return Santa(
        id=row.id,
        room_id=row.room_id,
        number=row.number,
        state=State(row.state),
        seed=row.seed,
        log=row.log,
        told=row.told,
        apart=row.apart,
    )


def _member(row: Any) -> Member:
    return Member(
        position=row.position,
        participant_id=row.participant_id,
        salt=row.salt,
        name=row.name,
        identity=row.identity,
        receiver=row.receiver,
        knows=row.known_at is not None,
    )


def _row(of: Santa, position: int, one: Participant) -> dict[str, Any]:
    salt = secrets.token_bytes(16)
    return {
        "santa_id": of.id,
        "position": position,
        "participant_id": one.id,
        "user_id": one.user_id,
        "salt": salt.hex(),
        "name": one.user.name,
        "identity": identity(salt, one.id, one.user.name).hex(),
        "receiver": None,
    }


def _by_giver(count: int, apart: Sequence[Sequence[int]]) -> list[set[int]]:
    found: list[set[int]] = [set() for _ in range(count)]
    for giver, receiver in apart:
        found[giver].add(receiver)
    return found


def _shown(one: Member) -> JsonObject:
    return {"id": one.participant_id, "name": one.name or "", "salt": one.salt or ""}


def _in_the_way(
    takers: Sequence[Participant], givers: Sequence[int], receivers: Sequence[int]
) -> str:
    if len(takers) < 2:
        return "It takes at least two people, and more are more fun."
    who = _listed([takers[n].user.name for n in givers])
    to = _listed([takers[n].user.name for n in receivers]) if receivers else "nobody"
    return (
        f"With these exclusions nobody can be assigned: {who} may give only to {to}, and they are "
        f"{len(givers)} for {len(receivers)}. Take away an exclusion of one of them."
    )


def _listed(names: Sequence[str]) -> str:
    shown = [*names[:8], f"{len(names) - 8} more"] if len(names) > 9 else list(names)
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
