"""What pages say of the room's round: open, closed or told, one's own entry, who was left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from festoon_lottery import proving, rounds
from festoon_lottery.levels import how
from festoon_lottery.results import called_off, passed_over
from festoon_lottery.rounds import Round, State
from host import AppContext, Participant, Prize


async def drum_words(
    ctx: AppContext,
    prizes: Sequence[Prize],
    participant: Participant | None = None,
    style: str = "full",
) -> dict[str, Any] | None:
    """The latest round in words; None where the room has none yet.

    With a `participant` also their receipt: by asking for it they enter a round that is open.
    """
    receipt = await proving.receipt(ctx, participant) if participant else None
    every = await rounds.everything(ctx)
    if not every:
        return None
    # A round that was called off lives on in the list of those only.
    of = next((one for one in every if one.state is not State.VOID), every[0])
    void = [one for one in every if one.state is State.VOID]
    place = receipt["entry"] if receipt else None
    return {
        "number": of.number,
        "state": of.state.value,
        "level": of.level.value,
        "how": how(of),
        "closes_at": of.closes_at,
        "closed": of.closed,
        "root": short(of),
        "entry": place + 1 if place is not None else None,
        "receipt": receipt,
        "passed": await passed_over(ctx, of, prizes, style),
        "void": await called_off(ctx, void) if void else {},
    }


def short(of: Round) -> str:
    """The root as people compare it: its beginning and its end."""
    if of.closed is None:
        return ""
    text = of.closed.root.hex()
    return f"{text[:4]} {text[4:8]} … {text[-8:-4]} {text[-4:]}"
