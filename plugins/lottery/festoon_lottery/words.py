"""What the lottery's templates are given: the state of the evening, in words and numbers.

Each page also carries its state as JSON, from which its script goes on when events arrive; a
page that is loaded again after them shows the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from festoon_lottery.codes import codes_of, written
from festoon_lottery.drumming import drum_words
from festoon_lottery.entry import admitted, missing
from festoon_lottery.entry.conditions import Conditions
from festoon_lottery.evening import Win, drum, next_prize, place, wins
from festoon_lottery.options import Options
from festoon_lottery.results import claims_of
from festoon_lottery.tickets import entitled, first_numbers, hand_out
from host import AppContext, JsonObject, Participant, Prize, Role, Room, iso

LISTED_NUMBERS = 6
"""Up to this many ticket numbers are written out; more are shown as ranges."""


SCREEN_NAMES = 30
"""More names than this do not fit on the big screen; the phones tell everyone."""


async def play_words(ctx: AppContext, room: Room, participant: Participant) -> dict[str, Any]:
    """The participant's page."""
    prizes, winners = await ctx.prizes(), await ctx.winners()
    asked = room.status == "ACTIVE" and await missing(ctx, participant)
    takes_part = participant.role is Role.PARTICIPANT and not asked
    held = entitled(participant, ctx.settings) if takes_part else 0
    numbers: list[int] = []
    if held and room.status == "ACTIVE":
        given = await hand_out(ctx.database(), room.id, [participant], ctx.settings)
        numbers = first_numbers(given[participant.id], held)
    told = wins(winners)
    drum = await drum_words(ctx, prizes, participant) if room.status != "DRAFT" else None
    return {
        **await won_words(ctx, participant, told),
        "drum": drum,
        "asked": asked,
        "draw_date": draw_date(ctx.settings),
        "tickets": len(numbers),
        "numbers": ticket_numbers(numbers),
        "guests": guests(room),
        "prizes": prize_lines(prizes, told),
        "latest": latest_draw(told),
        "left": any(one.quantity_remaining for one in prizes),
        "state": {
            "me": participant.id,
            "tickets": len(numbers),
            "guests": guests(room),
            "suspense": ctx.settings["suspenseSeconds"],
            "prizes": prizes_state(prizes),
            "wins": wins_state(told),
            "receipt": drum["receipt"] if drum else None,
        },
    }


async def won_words(
    ctx: AppContext, participant: Participant, told: Sequence[Win]
) -> dict[str, Any]:
    """What a participant won, with the codes that nobody else is told."""
    mine = [win for win in told if win.participant_id == participant.id]
    ids = [win.id for win in mine]
    codes = await codes_of(ctx.database(), participant.room_id, ids)
    claims = await claims_of(ctx) if mine else {}
    handed = {one: claims[one].claimed_at if one in claims else None for one in ids}
    return {
        "mine": mine,
        "claim_text": ctx.settings["claimText"],
        "codes": {one: written(code) for one, code in codes.items()},
        "handed": handed,
    }


async def screen_words(ctx: AppContext, room: Room) -> dict[str, Any]:
    """The big screen."""
    prizes, winners, people = await ctx.prizes(), await ctx.winners(), await ctx.participants()
    inside = await admitted(ctx, people)
    told = wins(winners, ctx.settings["screenNames"])
    latest = latest_draw(told)
    fixed = await drum_words(ctx, prizes, style=ctx.settings["screenNames"])
    called = called_before(fixed, prizes)
    return {
        "fixed": fixed,
        "called": called.get(latest[0].prize_id, []) if latest else [],
        "guests": guests(room),
        "newest": [one.user.name for one in people if one.role is Role.PARTICIPANT][-6:],
        "draw_date": draw_date(ctx.settings),
        "prizes": prize_lines(prizes, told),
        "latest": latest,
        "latest_names": fitting([win.name for win in latest]),
        "latest_place": place(prizes, latest[0].prize_id) if latest else (0, 0),
        "drum": drum(inside, winners, ctx.settings),
        "state": {
            "guests": guests(room),
            "suspense": ctx.settings["suspenseSeconds"],
            "names": ctx.settings["screenNames"],
            "called": called,
            "most": ctx.settings["ticketsPerGuest"],
            "one": ctx.settings["onePrizePerPerson"],
            "prizes": prizes_state(prizes),
            "wins": wins_state(told),
            "people": {
                one.id: [one.user.name, entitled(one, ctx.settings)]
                for one in inside
                if one.role is Role.PARTICIPANT
            },
        },
    }


async def panel_words(ctx: AppContext, room: Room) -> dict[str, Any]:
    """The organizer's panel."""
    prizes, winners, people = await ctx.prizes(), await ctx.winners(), await ctx.participants()
    return {
        "room": room,
        "drum": drum(await admitted(ctx, people), winners, ctx.settings),
        "asks": bool(Conditions.of(ctx.settings)),
        "next": next_prize(prizes),
        "settings": ctx.settings,
        "draw_date": draw_date(ctx.settings),
        "fixed": await drum_words(ctx, prizes),
        "itself": Options.of(ctx.settings).draws_itself,
    }


def called_before(fixed: Mapping[str, Any] | None, prizes: Sequence[Prize]) -> dict[str, list[str]]:
    """By prize, who was called for it and did not get it: `Timur A. (not in the hall)`."""
    found: dict[str, list[str]] = {}
    for prize in prizes:
        passed = [one for one in fixed["passed"] if one.prize_id == prize.id] if fixed else []
        if passed:
            found[prize.id] = [f"{one.name} ({one.reason})" for one in passed]
    return found


def guests(room: Room) -> int:
    """How many are in the room besides the one who made it."""
    return max(0, room.counts.participants - 1)


def draw_date(settings: Mapping[str, Any]) -> datetime | None:
    """When the draw is announced for; None where nobody said, or said something that is no time."""
    given = settings["drawDate"]
    try:
        moment = datetime.fromisoformat(given) if given else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


def ticket_numbers(numbers: Sequence[int]) -> str:
    """`0417 · 0418 · 0419`, or `0417–0436 · 0512` for many."""
    if len(numbers) <= LISTED_NUMBERS:
        return " · ".join(f"{number:04d}" for number in numbers)
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return " · ".join("–".join(f"{end:04d}" for end in run) for run in runs)


def latest_draw(told: Sequence[Win]) -> list[Win]:
    """The wins of the last draw: those of one prize that end the list, made at one moment."""
    last = told[-1] if told else None
    return [win for win in told if last and (win.prize_id, win.at) == (last.prize_id, last.at)]


def fitting(names: Sequence[str]) -> list[str]:
    """As many names as the big screen holds, the last place saying how many more there are."""
    if len(names) <= SCREEN_NAMES:
        return list(names)
    shown = SCREEN_NAMES - 1
    return [*names[:shown], f"and {len(names) - shown} more"]


def prize_lines(prizes: Sequence[Prize], told: Sequence[Win]) -> list[dict[str, Any]]:
    """The prizes in their order, each with the names of those who won it."""
    return [
        {"prize": one, "names": [win.name for win in told if win.prize_id == one.id]}
        for one in prizes
    ]


def prizes_state(prizes: Sequence[Prize]) -> list[JsonObject]:
    """What the scripts keep of the prizes."""
    return [{"id": one.id, "name": one.name, "quantity": one.quantity} for one in prizes]


def wins_state(told: Sequence[Win]) -> list[JsonObject]:
    """What the scripts keep of the wins."""
    return [
        {
            "id": win.id,
            "participantId": win.participant_id,
            "name": win.name,
            "prizeId": win.prize_id,
            "prize": win.prize,
            "at": iso(win.at),
            "ticket": win.ticket,
            "of": win.of,
            "guests": win.guests,
        }
        for win in told
    ]
