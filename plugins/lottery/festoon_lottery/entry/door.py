"""The lottery at the door: what it asks, whom it lets in, and what somebody inside still lacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from festoon_lottery.entry.admission import admitted
from festoon_lottery.entry.answers import keep
from festoon_lottery.entry.conditions import EMAIL, Conditions, Refused
from host import AppContext, Conflict, JsonObject, Participant, Person, Refusal, Registration, Role


def form(ctx: AppContext) -> JsonObject:
    """The questions as the platform's form shows them."""
    return Conditions.of(ctx.settings).schema()


async def register(ctx: AppContext, person: Person, sent: JsonObject) -> Registration | Refusal:
    """Lets somebody in whose answers will do.

    Where nothing is asked, what they sent is kept as in any room. Where something is, only the
    lottery keeps it: everybody in the room can read a participant's metadata.
    """
    asked = Conditions.of(ctx.settings)
    if not asked:
        return Registration()
    try:
        await answer(ctx, person.id, sent)
    except Conflict as refused:
        return Refusal(refused.message)
    names = asked.names()
    rest = {name: value for name, value in sent.items() if name not in names}
    return Registration(rest, keeps_form=False)


async def answer(ctx: AppContext, user_id: str, sent: Mapping[str, Any]) -> None:
    """Keeps somebody's answers; raises `Conflict` where they will not do, in words for them."""
    asked = Conditions.of(ctx.settings)
    try:
        given = asked.judged(sent)
    except Refused as refused:
        raise Conflict(str(refused)) from refused
    once = asked.only_once(given)
    if not await keep(ctx, user_id, given, once):
        what = "this address or code" if len(once) > 1 else "this code"
        what = "this address" if set(once) == {EMAIL} else what
        raise Conflict(
            f"Somebody has come in with {what} before. If that was not you, tell the organizer."
        )


async def missing(ctx: AppContext, participant: Participant) -> bool:
    """Whether somebody in the room has to answer something before they take part."""
    if participant.role is not Role.PARTICIPANT or not Conditions.of(ctx.settings):
        return False
    return not await admitted(ctx, [participant])
