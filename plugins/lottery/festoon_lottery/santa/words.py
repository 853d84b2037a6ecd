"""What Secret Santa's templates are given, for a phone, for the organizer and for the hall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from festoon_lottery.entry import admitted, missing
from festoon_lottery.santa import book, circles, telling
from festoon_lottery.santa.book import Member, Santa, State
from host import AppContext, Participant, Role

GONE = "Deleted user"
BULBS = 24
"""On the string of the big screen."""
SCREEN_PAIRS = 12
"""More pairs than this do not fit on the big screen; phones show all of them."""


async def phone_words(ctx: AppContext, of: Santa, part: Participant | None) -> dict[str, Any]:
    """A guest's page: the one name that is theirs, and whether its owner is still there."""
    who = await book.members(ctx, of)
    mine = next((one for one in who if part and one.participant_id == part.id), None)
    to = who[mine.receiver] if mine is not None and mine.receiver is not None else None
    here = {one.id for one in await ctx.participants(Role.PARTICIPANT)} if to else set()
    return {
        "of": of,
        "to": (to.name or GONE) if to else "",
        "gone": bool(to and to.participant_id not in here and of.state is State.DRAWN),
        "count": len(who) or len(await circles.takers(ctx)),
        "off": await _why_off(ctx, of),
        "asked": part is not None and of.state is State.OPEN and await missing(ctx, part),
        "pairs": told_pairs(of, who),
    }


async def lead_words(ctx: AppContext, of: Santa) -> dict[str, Any]:
    """The organizer's page. No pair is in it before all is told."""
    who = await book.members(ctx, of)
    people = await ctx.participants(Role.PARTICIPANT)
    takers = await admitted(ctx, people)
    taking = {one.id for one in takers}
    names = {one.id: one.user.name for one in people}
    pairs = await circles.pairs(ctx)
    kept = [
        {"giver": a, "receiver": b, "both": (b, a) in pairs, "names": (names[a], names[b])}
        for a, b in sorted(pairs)
        if a in names and b in names and not ((b, a) in pairs and a > b)
    ]
    drawn = of.state in (State.CLOSED, State.DRAWN)
    inside = {one.participant_id for one in who}
    paper = {one.participant_id for one in await telling.on_paper(ctx, of, who)}
    return {
        "of": of,
        "pairs": told_pairs(of, who),
        "takers": len(takers),
        "out": [one.user.name for one in people if one.id not in taking],
        "chosen": told_apart(takers),
        "kept": sorted(kept, key=lambda pair: pair["names"]),
        "left": [one.name or GONE for one in who if drawn and one.participant_id not in names],
        "late": [one.user.name for one in takers if drawn and one.id not in inside],
        "count": len(who),
        "known": sum(one.knows for one in who),
        "waiting": [
            one.name or GONE
            for one in who
            if not one.knows and one.participant_id in names and one.participant_id not in paper
        ],
        "paper": len(paper),
        "printed": all(one.knows for one in who if one.participant_id in paper),
    }


async def screen_words(ctx: AppContext, of: Santa) -> dict[str, Any]:
    """The big screen: how many there are, and how many know."""
    who = await book.members(ctx, of)
    takers = await circles.takers(ctx)
    pairs = told_pairs(of, who)
    drawn = of.state in (State.DRAWN, State.REVEALED)
    count = len(who) if drawn else len(takers)
    known = sum(one.knows for one in who)
    return {
        "of": of,
        "drawn": drawn,
        "count": count,
        "known": known,
        # Bulbs that burn: one for everybody who comes, and then for everybody who knows.
        "guests": BULBS * known // count if drawn and count else count,
        "newest": [one.user.name for one in takers][-6:],
        "pairs": pairs[:SCREEN_PAIRS],
        "more": max(0, len(pairs) - SCREEN_PAIRS),
    }


async def _why_off(ctx: AppContext, of: Santa) -> str:
    """Why the round before was called off; "" where this is the first."""
    if of.number == 1:
        return ""
    before = await book.numbered(ctx, of.number - 1)
    data = before.log[-1]["data"]
    return str(data.get("reason", "")) if isinstance(data, Mapping) else ""


def told_pairs(of: Santa, who: Sequence[Member]) -> list[tuple[str, str]]:
    """Who gave to whom, once everybody may know."""
    if of.state is not State.REVEALED:
        return []
    return [
        (one.name or GONE, who[one.receiver].name or GONE)
        for one in who
        if one.receiver is not None
    ]


def told_apart(people: Sequence[Participant]) -> list[tuple[str, str]]:
    """Ids and names to choose from; of people of one name each has a number, by who came first."""
    counts: dict[str, int] = {}
    found = []
    for one in people:
        name = one.user.name
        counts[name] = counts.get(name, 0) + 1
        found.append((one.id, name if counts[name] == 1 else f"{name} ({counts[name]})"))
    return sorted(found, key=lambda pair: pair[1].casefold())
