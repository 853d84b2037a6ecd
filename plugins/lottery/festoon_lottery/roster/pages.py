"""The organizer's page of the guest list: looking at a list, adding it, taking people out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute

from festoon_lottery import rounds
from festoon_lottery.roster import book, files
from festoon_lottery.roster.lines import Unreadable, read
from festoon_lottery.roster.plan import Listed, Plan, planned
from festoon_lottery.rounds import State
from festoon_lottery.tickets import entitled
from host import Conflict, FestoonError, Participant, Role, RoomRequest, ValidationFailed, room_page

ROSTER = "roster"
PAGE = 100
"""People on one page of the list."""
SHOWN = 30
"""Lines of a list that are shown before the rest is folded away."""
PHONE, NONE = "phone", "none"
DONE = {"added", "out"}


@dataclass(frozen=True)
class Guest:
    """Somebody on the page's list: in the room by phone, by the list, or refused by the room."""

    name: str
    note: str
    tickets: int
    phone: bool
    ident: str = ""
    twin: bool = False
    """Whether somebody of this name came by phone as well."""
    refused: str = ""


async def roster(request: Request, here: RoomRequest) -> Response:
    """The list as it is."""
    problem = ""
    try:
        # Where a process died in the middle, the rest of its work is done now.
        await book.finish(here.ctx)
    except Conflict as refused:
        problem = refused.message
    done = request.query_params.get("done", "")
    number = request.query_params.get("number", "")
    shown = number.isascii() and number.isdigit() and len(number) < 6
    words = {"done": done if done in DONE and shown else "", "number": int(number) if shown else 0}
    return await _list(request, here, {**words, "problem": problem})


async def look(request: Request, here: RoomRequest) -> Response:
    """What would come of a list. Nothing is written."""
    text = str((await request.form()).get("people", ""))
    try:
        plan = await _plan(here, text)
    except Unreadable as wrong:
        return await _list(request, here, {"typed": text, "wrong": str(wrong)}, 422)
    words = {"plan": plan, "typed": text, "shown": SHOWN, "closed": await _closed(here)}
    return here.render("lottery/roster_look.html", words)


async def add(request: Request, here: RoomRequest) -> Response:
    """Adds the people of a list who are not there yet."""
    form = await request.form()
    text = str(form.get("people", ""))
    try:
        plan = await _plan(here, text)
        chosen = plan.chosen(also_by_phone=form.get("alike") == "yes")
        await book.add(here.ctx, chosen)
    except Unreadable as wrong:
        return await _list(request, here, {"typed": text, "wrong": str(wrong)}, 422)
    except Conflict as refused:
        return await _list(request, here, {"problem": refused.message}, refused.status)
    return _on(here, "added", len(chosen))


async def out(request: Request, here: RoomRequest) -> Response:
    """Takes a person out again, or everybody whom one press added."""
    form = await request.form()
    ident, batch = (str(form.get(name, "")) for name in ("person", "batch"))
    if not ident and not batch:
        problem = "Choose whom to take out."
        return await _list(request, here, {"problem": problem}, 422)
    if await _closed(here):
        problem = (
            "Entries are closed, so the list stays as it is. Whoever is not there is passed over "
            "when their name comes up."
        )
        return await _list(request, here, {"problem": problem}, 409)
    try:
        number = await book.take_out(here.ctx, ident=ident, batch=batch)
    except Conflict as refused:
        return await _list(request, here, {"problem": refused.message}, refused.status)
    return _on(here, "out", number)


async def read_file(request: Request, here: RoomRequest) -> Response:
    """A file's list as text, for the page's script: `{data: {text}}`."""
    try:
        content = bytearray()
        async for part in request.stream():
            content += part
            if len(content) > files.MOST_BYTES:
                raise Unreadable("This file is too large. Add the list in parts.")
        text = files.as_text(bytes(content))
    except Unreadable as wrong:
        refusal: FestoonError = ValidationFailed(str(wrong), {"file": [str(wrong)]})
        return JSONResponse({"error": refusal.as_json()}, refusal.status)
    return JSONResponse({"data": {"text": text}})


async def _plan(here: RoomRequest, text: str) -> Plan:
    sheet = read(text)
    people = await book.listed(here.ctx)
    by_list = {one.participant_id for one in people}
    by_phone = [
        one.user.name
        for one in await here.ctx.participants(Role.PARTICIPANT)
        if one.id not in by_list
    ]
    return planned(sheet, {one.key: one for one in people}, by_phone)


async def _closed(here: RoomRequest) -> bool:
    """Whether it is settled who takes part in the present round."""
    found = await rounds.current(here.ctx)
    return found is not None and found.state in (State.CLOSING, State.CLOSED)


async def _list(
    request: Request, here: RoomRequest, words: dict[str, Any], status: int = 200
) -> Response:
    listed = await book.listed(here.ctx)
    guests = _guests(await here.ctx.participants(Role.PARTICIPANT), listed, here)
    wanted = request.query_params
    text, who = wanted.get("q", "").strip()[:80], wanted.get("who", "")
    found = [
        one
        for one in guests
        if text.casefold() in one.name.casefold()
        and (who not in (PHONE, NONE) or one.phone == (who == PHONE))
    ]
    page = wanted.get("page", "")
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1
    pages = max(1, -(-len(found) // PAGE))
    number = min(max(1, number), pages)
    newest = next((one.batch for one in reversed(listed) if not one.out), "")
    last = [one for one in listed if one.batch == newest and not one.out]
    every: dict[str, Any] = {
        "guests": found[(number - 1) * PAGE : number * PAGE],
        "total": len(found),
        "with_phone": sum(one.phone for one in guests),
        "without": sum(not one.phone and not one.refused for one in guests),
        "refused": sum(bool(one.refused) for one in guests),
        "wanted": {"q": text, "who": who, "page": number},
        "pages": pages,
        "last": {"batch": newest, "number": len(last)},
        "typed": "",
        "wrong": "",
        "problem": "",
        "done": "",
        "number": 0,
        "closed": await _closed(here),
        "santa": here.ctx.settings.get("outcome") == "secret-santa",
    }
    return here.render("lottery/roster.html", every | words, status=status)


def _guests(
    people: Sequence[Participant], listed: Sequence[Listed], here: RoomRequest
) -> list[Guest]:
    by_part = {one.participant_id: one for one in listed if one.participant_id and not one.out}
    phones = {_plain(one.user.name) for one in people if one.id not in by_part}
    found = [
        Guest(one.name, one.note, one.tickets or 0, False, one.id, refused=one.refused)
        for one in listed
        if one.refused and not one.out
    ]
    for one in people:
        known = by_part.get(one.id)
        tickets = entitled(one, here.ctx.settings)
        if known is None:
            found.append(Guest(one.user.name, "", tickets, True))
        else:
            twin = _plain(one.user.name) in phones
            found.append(Guest(one.user.name, known.note, tickets, False, known.id, twin))
    return found


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _on(here: RoomRequest, done: str, number: int) -> Response:
    return RedirectResponse(here.url(f"{ROSTER}?done={done}&number={number}"), 303)


def roster_pages() -> Sequence[BaseRoute]:
    """The routes, for whoever helps with the room."""
    post, role = ("POST",), Role.MODERATOR
    return [
        room_page(ROSTER, roster, role=role),
        room_page(f"{ROSTER}/look", look, methods=post, role=role),
        room_page(f"{ROSTER}/add", add, methods=post, role=role),
        room_page(f"{ROSTER}/out", out, methods=post, role=role),
        room_page(f"{ROSTER}/read", read_file, methods=post, role=role),
    ]
