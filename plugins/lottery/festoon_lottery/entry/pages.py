"""What somebody inside still has to answer, and the answers as the organizer sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from festoon_lottery import rounds
from festoon_lottery.entry.admission import ENTRY, admitted, salt_of
from festoon_lottery.entry.answers import of_room
from festoon_lottery.entry.conditions import CODE, Answers, Conditions
from festoon_lottery.entry.door import answer
from festoon_lottery.roster import phoneless
from festoon_lottery.rounds import Round
from host import Conflict, NotFound, Role, RoomRequest, room_page

ENTER, ANSWERS = "enter", "answers"
PAGE = 200
"""People on one page of the answers."""


async def enter_page(request: Request, here: RoomRequest) -> Response:
    """The form for whoever came in before it was asked, or whose answers do not do any more."""
    return await _form(here, {})


async def enter_act(request: Request, here: RoomRequest) -> Response:
    """Takes the answers; back to the guest's page where they do."""
    sent = await request.form()
    asked = _asked(here)
    typed: dict[str, Any] = {
        name: bool(sent.get(name)) if part["type"] == "boolean" else str(sent.get(name, ""))
        for name, part in asked.items()
    }
    if here.participant is None:
        raise NotFound("You are not in this room yet. Join it with its code.")
    try:
        await answer(here.ctx, here.participant.user_id, typed)
    except Conflict as refused:
        return await _form(here, typed, refused.message, refused.status)
    # To the guest's page, whichever it is in this room.
    return RedirectResponse(f"/r/{here.room.id}", 303)


def _asked(here: RoomRequest) -> Mapping[str, Any]:
    conditions = Conditions.of(here.ctx.settings)
    if not conditions:
        raise NotFound("Nothing is asked of guests in this room.")
    found: Mapping[str, Any] = conditions.schema()["properties"]
    return found


async def _form(
    here: RoomRequest, typed: Mapping[str, Any], problem: str = "", status: int = 200
) -> Response:
    words = {"asked": _asked(here), "typed": typed, "problem": problem}
    return here.render("lottery/enter.html", words, status=status)


async def answers_page(request: Request, here: RoomRequest) -> Response:
    """Who is in the room, whether they take part, and what they answered."""
    asked = Conditions.of(here.ctx.settings)
    people = await here.ctx.participants(Role.PARTICIPANT)
    inside = {one.id for one in await admitted(here.ctx, people)}
    given, by_list = await of_room(here.ctx), await phoneless(here.ctx)
    number = request.query_params.get("page", "")
    page = int(number) if number.isascii() and number.isdigit() and 0 < len(number) < 5 else 1
    shown = people[(max(page, 1) - 1) * PAGE : max(page, 1) * PAGE]
    words = {
        "asked": asked,
        "people": [
            {
                "name": one.user.name,
                "takes_part": one.id in inside,
                "by_list": one.id in by_list,
                "said": _said(asked, given.get(one.user_id, Answers())),
            }
            for one in shown
        ],
        "inside": len(inside),
        "everybody": len(people),
        "page": max(page, 1),
        "pages": -(-len(people) // PAGE),
        "sealed": await _sealed(here, await rounds.current(here.ctx)),
    }
    return here.render("lottery/answers.html", words)


def _said(asked: Conditions, given: Answers) -> Sequence[tuple[str, str]]:
    """What somebody answered, beside what it was asked as."""
    found = list(given.texts.items())
    if given.email:
        found.append(("E-mail", given.email))
    if given.code:
        found.append((asked.code_label, given.code))
    return [*found, *((label, "yes") for label in given.ticked)]


async def _sealed(here: RoomRequest, of: Round | None) -> tuple[str, str] | None:
    """Salt and hash of the codes of the present round, where it has any."""
    code = (of.rules.get(ENTRY) or {}).get(CODE) if of else None
    salt = await salt_of(here.ctx, of) if of and code else None
    return (salt, code["hash"]) if salt and code else None


def entry_pages() -> Sequence[BaseRoute]:
    """The routes."""
    return [
        room_page(ENTER, enter_page, role=Role.PARTICIPANT),
        room_page(ENTER, enter_act, methods=("POST",), role=Role.PARTICIPANT),
        room_page(ANSWERS, answers_page, role=Role.ORGANIZER),
    ]
