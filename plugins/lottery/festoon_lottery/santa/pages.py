"""Secret Santa's pages: a phone that shows one name, and the organizer's, which shows none."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from festoon_lottery.santa import book, circles
from festoon_lottery.santa.book import Member, Santa, State
from host import Conflict, NotFound, Role, RoomRequest, ValidationFailed, room_page

SANTA, PROOF, RECEIPT = "santa", "santa-proof.json", "santa-receipt.json"
OUTCOME, SECRET_SANTA = "outcome", "secret-santa"
LONGEST_REASON = 200
Act = Callable[[RoomRequest, Any], Awaitable[object]]


def is_on(settings: Any) -> bool:
    """Whether the room is one of Secret Santa."""
    return bool(settings.get(OUTCOME) == SECRET_SANTA)


async def santa(request: Request, here: RoomRequest) -> Response:
    """Whom one gives to; for the organizer how far it is, and what to do next."""
    _need_on(here)
    return await _page(here)


async def _page(
    here: RoomRequest, problem: str = "", faults: Sequence[str] = (), typed: str = ""
) -> Response:
    of = await book.finish(here.ctx)
    who = await book.members(here.ctx, of)
    words: dict[str, Any] = {"of": of, "problem": problem, "faults": faults, "typed": typed}
    words["pairs"] = _pairs(who) if of.state is State.REVEALED else []
    if here.role in (Role.ORGANIZER, Role.ADMIN):
        words |= await _for_organizer(here, of, who)
        template = "lottery/santa_lead.html"
    else:
        part = here.participant
        mine = next((one for one in who if part and one.participant_id == part.id), None)
        to = who[mine.receiver] if mine is not None and mine.receiver is not None else None
        words |= {"mine": mine, "to": (to.name or "Deleted user") if to else ""}
        template = "lottery/santa.html"
    return here.render(template, words, status=409 if problem else 422 if faults else 200)


async def _for_organizer(here: RoomRequest, of: Santa, who: Sequence[Member]) -> dict[str, Any]:
    people = await here.ctx.participants(Role.PARTICIPANT)
    takers = await circles.takers(here.ctx)
    names = {one.id: one.user.name for one in people}
    pairs = await circles.pairs(here.ctx)
    kept = [
        {"giver": a, "receiver": b, "both": (b, a) in pairs, "names": (names[a], names[b])}
        for a, b in sorted(pairs)
        if a in names and b in names and not ((b, a) in pairs and a > b)
    ]
    drawn = of.state in (State.CLOSED, State.DRAWN)
    return {
        "takers": len(takers),
        "silent": len(people) - len(takers),
        "kept": sorted(kept, key=lambda pair: pair["names"]),
        "left": [one.name for one in who if drawn and one.participant_id not in names],
        "late": [one.user.name for one in takers if one.id not in {w.participant_id for w in who}]
        if drawn
        else [],
        "count": len(who),
    }


def _pairs(who: Sequence[Member]) -> list[tuple[str, str]]:
    return [
        (one.name or "Deleted user", who[one.receiver].name or "Deleted user")
        for one in who
        if one.receiver is not None
    ]


async def apart(request: Request, here: RoomRequest) -> Response:
    """Adds couples, households and whom somebody must not get."""
    _need_on(here)
    text = str((await request.form()).get("apart", ""))
    found = circles.read(text, await here.ctx.participants(Role.PARTICIPANT))
    if not found.pairs and not found.faults:
        return await _page(here, faults=["Write who must not give to whom."])
    await circles.add(here.ctx, found.pairs)
    if found.faults:
        return await _page(here, faults=found.faults, typed=text)
    return _on(here)


def _act(run: Act) -> Callable[[Request, RoomRequest], Awaitable[Response]]:
    async def handle(request: Request, here: RoomRequest) -> Response:
        _need_on(here)
        try:
            await run(here, await request.form())
        except Conflict as refused:
            return await _page(here, problem=refused.message)
        except ValidationFailed as refused:
            return await _page(here, faults=[refused.message])
        return _on(here)

    return handle


async def _remove(here: RoomRequest, form: Any) -> None:
    await circles.remove(here.ctx, str(form.get("giver", "")), str(form.get("receiver", "")))


async def _draw(here: RoomRequest, form: Any) -> None:
    await book.draw(here.ctx)


async def _again(here: RoomRequest, form: Any) -> None:
    reason = " ".join(str(form.get("reason", "")).split())[:LONGEST_REASON]
    if not reason:
        raise ValidationFailed("Say why it is drawn again: everybody can read it.")
    number = str(form.get("round", ""))
    if number.isascii() and number.isdigit() and len(number) < 9:
        await book.again(here.ctx, int(number), reason)


async def _reveal(here: RoomRequest, form: Any) -> None:
    await book.reveal(here.ctx)


async def proof(request: Request, here: RoomRequest) -> Response:
    """What anyone may check."""
    _need_on(here)
    wanted = request.query_params.get("round", "")
    whole = wanted.isascii() and wanted.isdigit() and len(wanted) < 9
    return _json(await book.proof(here.ctx, int(wanted) if whole else None))


async def receipt(request: Request, here: RoomRequest) -> Response:
    """One's own pair, which nobody else gets."""
    _need_on(here)
    found = await book.receipt(here.ctx, here.participant.id) if here.participant else None
    if found is None:
        raise NotFound("You give to nobody in this round, or it is not drawn yet.")
    return _json(found)


def _json(document: Any) -> Response:
    content = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(content, media_type="application/json", headers={"Cache-Control": "no-store"})


def _need_on(here: RoomRequest) -> None:
    if not is_on(here.ctx.settings):
        raise NotFound("There is no Secret Santa in this room.")


def _on(here: RoomRequest) -> Response:
    return RedirectResponse(here.url(SANTA), 303)


def santa_pages() -> Sequence[BaseRoute]:
    """The routes. What is done is the organizer's; the document is for whoever sees the room."""
    post, role = ("POST",), Role.ORGANIZER
    return [
        room_page(SANTA, santa, role=Role.VIEWER),
        room_page(f"{SANTA}/apart", apart, methods=post, role=role),
        room_page(f"{SANTA}/remove", _act(_remove), methods=post, role=role),
        room_page(f"{SANTA}/draw", _act(_draw), methods=post, role=role),
        room_page(f"{SANTA}/again", _act(_again), methods=post, role=role),
        room_page(f"{SANTA}/reveal", _act(_reveal), methods=post, role=role),
        room_page(PROOF, proof, role=None),
        room_page(RECEIPT, receipt, role=Role.VIEWER),
    ]
