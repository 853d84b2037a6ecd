"""Asking whoever answers for a capability in a room, and telling the organizer of failures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from host.access import Actor
from host.contract import Capability, OnFailure, Refusal, ReviewState, Room
from host.errors import DelegationFailed, DelegationTimeout
from host.hookspecs import DELEGATED
from host.services.core import Core
from host.services.notices import tell_organizers
from host.services.text import unstorable
from host.services.writer import RoomTransaction
from host.store import apps as catalogue
from host.store import room_apps

PLATFORM = "platform"


@dataclass(frozen=True)
class Decision:
    """An answer that passed the checks, and who gave it."""

    value: Any
    app_id: str
    fell_back: bool


Check = Callable[[Any], str | None]
"""Holds an answer against the rules that no application may break; says what is wrong, or None."""


async def decide(
    core: Core,
    actor: Actor,
    room: Room,
    hook: str,
    check: Check | None = None,
    *,
    answerers: Mapping[Capability, room_apps.Answerer] | None = None,
    **arguments: Any,
) -> Decision:
    """Asks the room's answerer for `hook`; `answerers` are the room's, where they are known.

    Raises `DelegationFailed` or `DelegationTimeout` when it fails, or its answer breaks
    `check`, and nobody may step in. In every case of failure the organizers are told in the
    room's event log.
    """
    capability = DELEGATED[hook].capability
    if answerers is None:
        async with core.db.read() as conn:
            answerers = await room_apps.answerers(conn, room.id)
    chosen = answerers.get(capability)
    answerer = chosen.app_id if chosen else PLATFORM
    fallback = chosen.fallback if chosen else False
    try:
        decision, failure = await ask(
            core, actor, room, hook, answerer, check, fallback=fallback, **arguments
        )
    except (DelegationFailed, DelegationTimeout) as error:
        # Of a service that is left out they were told when that began, and not by each guest.
        if "retryAfter" not in error.details:
            await report(core, room, hook, answerer, error.message, fell_back=False)
        raise
    if decision.fell_back:
        await report(core, room, hook, answerer, failure or "", fell_back=True)
    return decision


async def ask(
    core: Core,
    actor: Actor,
    room: Room,
    hook: str,
    answerer: str,
    check: Check | None = None,
    *,
    fallback: bool = False,
    **arguments: Any,
) -> tuple[Decision, str | None]:
    """Asks a named application without telling anybody; the second is why it fell back.

    One that needs a review for it and has none is not asked, which is a failure like any other.
    """
    may_fall_back = fallback or DELEGATED[hook].on_failure is OnFailure.DEFAULT
    if state := await withheld(core, DELEGATED[hook].capability, answerer):
        refused = _unreviewed(hook, answerer, state)
        if not may_fall_back:
            raise refused
        answer = await core.dispatch.ask(hook, PLATFORM, room, actor=actor, **arguments)
        return Decision(answer.value, PLATFORM, True), refused.message
    answer = await core.dispatch.ask(
        hook, answerer, room, fallback=fallback, actor=actor, **arguments
    )
    wrong = _unsayable(answer.value) or (check(answer.value) if check else None)
    if wrong is None:
        return Decision(answer.value, answer.app_id, answer.fell_back), answer.failure
    said = f"The application '{answer.app_id}' gave no valid answer. {wrong}"
    if may_fall_back and answer.app_id != PLATFORM:
        again = await core.dispatch.ask(hook, PLATFORM, room, actor=actor, **arguments)
        if check is None or check(again.value) is None:
            return Decision(again.value, PLATFORM, True), said
    raise DelegationFailed(said, details={"appId": answer.app_id, "hook": hook, "reason": wrong})


async def withheld(core: Core, capability: Capability, app_id: str) -> ReviewState | None:
    """How the review of an application stands that may not answer for a capability; else None.

    Read at the moment of the decision: a review that is withdrawn counts at once everywhere.
    """
    if app_id == PLATFORM or capability not in core.config.protected_capabilities:
        return None
    async with core.db.read() as conn:
        return await review_missing(core, conn, capability, app_id)


async def review_missing(
    core: Core, conn: AsyncConnection, capability: Capability, app_id: str
) -> ReviewState | None:
    """As `withheld`, where a transaction is open."""
    if app_id == PLATFORM or capability not in core.config.protected_capabilities:
        return None
    known = await catalogue.get(conn, app_id)
    state = known.review_state if known else ReviewState.PENDING
    return None if state is ReviewState.APPROVED else state


def _unreviewed(hook: str, app_id: str, state: ReviewState) -> DelegationFailed:
    capability = DELEGATED[hook].capability
    reason = f"it answers for {capability} only after review, and its review is {state}"
    return DelegationFailed(
        f"The application '{app_id}' was not asked: {reason}.",
        details={"hook": hook, "appId": app_id, "reason": reason},
    )


def _unsayable(answer: Any) -> str | None:
    if isinstance(answer, Refusal) and (why := unstorable(answer.reason)):
        return f"The reason of its refusal {why}."
    return None


async def report(
    core: Core,
    room: Room,
    hook: str,
    app_id: str,
    reason: str,
    *,
    fell_back: bool,
    notice_id: str | None = None,
) -> None:
    """Tells the organizers that an application failed, and what happened instead.

    Of what has the same `notice_id` they are told once.
    """
    capability: Capability = DELEGATED[hook].capability
    ended = (
        "The platform did it instead."
        if fell_back
        else "Nothing was changed. Try again, or let the platform do it: see Applications."
    )

    about = {
        "appId": app_id,
        "hook": hook,
        "capability": capability.value,
        "fellBack": fell_back,
    }
    # Who brings notifications cannot be asked to bring that it fails.
    brought = capability is not Capability.NOTIFICATIONS

    async def write(tx: RoomTransaction) -> None:
        await tell_organizers(
            core,
            tx,
            "app:failed",
            f"The application '{app_id}' failed",
            f"{reason} {ended}",
            about,
            notice_id=notice_id,
            brought=brought,
        )

    await core.writer.write(room.id, write, answers_call=False)


async def report_quarantine(core: Core, app_id: str) -> None:
    """Closes the application's sockets and tells the organizers of every room it is on in."""
    await core.hub.app_off(app_id)
    async with core.db.read() as conn:
        concerned = await room_apps.rooms_of(conn, app_id)

    async def write(tx: RoomTransaction) -> None:
        await tell_organizers(
            core,
            tx,
            "app:quarantined",
            f"The application '{app_id}' was switched off",
            "It failed too often. Ask those who run this platform to look at it.",
            {"appId": app_id},
            brought=False,
        )

    for room_id in concerned:
        await core.writer.write(room_id, write, answers_call=False)
