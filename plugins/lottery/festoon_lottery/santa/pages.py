"""Secret Santa's pages: a phone that shows one name, and the organizer's, which shows none."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from festoon_lottery.santa import book, circles, telling
from festoon_lottery.santa.words import lead_words, phone_words, screen_words
from host import Conflict, NotFound, Role, RoomRequest, ValidationFailed, room_page

SANTA, PROOF, RECEIPT = "santa", "santa-proof.json", "santa-receipt.json"
SCREEN, NOTES, VERIFY = "santa-screen", "santa-notes", "santa-verify"
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
    if here.role in (Role.ORGANIZER, Role.ADMIN):
        words = await lead_words(here.ctx, of)
        words |= {"problem": problem, "faults": faults, "typed": typed}
        template = "lottery/santa_lead.html"
    else:
        words = await phone_words(here.ctx, of, here.participant)
        template = "lottery/santa.html"
    return here.render(template, words, status=409 if problem else 422 if faults else 200)


async def screen(request: Request, here: RoomRequest) -> Response:
    """The big screen, which gives nothing away."""
    _need_on(here)
    of = await book.finish(here.ctx)
    return here.render("lottery/santa_screen.html", await screen_words(here.ctx, of))


async def notes(request: Request, here: RoomRequest) -> Response:
    """Notes for people without a phone: names are on the paper, and not on the screen."""
    _need_on(here)
    of = await book.finish(here.ctx)
    words = {"of": of, "notes": await telling.notes(here.ctx)}
    return here.render("lottery/santa_notes.html", words)


async def verify(request: Request, here: RoomRequest) -> Response:
    """The check in the visitor's own browser."""
    _need_on(here)
    of = await book.finish(here.ctx)
    number = _number(request.query_params.get("round", "")) or of.number
    mine = await phone_words(here.ctx, of, here.participant)
    words = {
        "round": number,
        "proof_url": f"{here.url(PROOF)}?round={number}",
        "receipt_url": here.url(RECEIPT) if mine["to"] and number == of.number else "",
    }
    return here.render("lottery/santa_verify.html", words)


async def look(request: Request, here: RoomRequest) -> Response:
    """A phone says that it showed its owner the name."""
    _need_on(here)
    if here.participant is not None:
        await telling.shown(here.ctx, here.participant.id)
    return Response(status_code=204)


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


def _act(run: Act, then: str = SANTA) -> Callable[[Request, RoomRequest], Awaitable[Response]]:
    async def handle(request: Request, here: RoomRequest) -> Response:
        _need_on(here)
        try:
            await run(here, await request.form())
        except Conflict as refused:
            return await _page(here, problem=refused.message)
        except ValidationFailed as refused:
            return await _page(here, faults=[refused.message])
        return _on(here, then)

    return handle


async def _choose(here: RoomRequest, form: Any) -> None:
    """One pair, chosen from the list: the way for two people of one name."""
    people = {one.id: one for one in await here.ctx.participants(Role.PARTICIPANT)}
    giver, receiver = (people.get(str(form.get(name, ""))) for name in ("giver", "receiver"))
    if giver is None or receiver is None:
        raise ValidationFailed("Choose two people who are here.")
    if giver.id == receiver.id:
        raise ValidationFailed("Nobody gives to themselves anyway: choose two different people.")
    both = form.get("both") == "yes"
    pairs = [(giver, receiver), (receiver, giver)] if both else [(giver, receiver)]
    await circles.add(here.ctx, pairs)


async def _remove(here: RoomRequest, form: Any) -> None:
    await circles.remove(here.ctx, str(form.get("giver", "")), str(form.get("receiver", "")))


async def _draw(here: RoomRequest, form: Any) -> None:
    await book.draw(here.ctx)


async def _print(here: RoomRequest, form: Any) -> None:
    await telling.printed(here.ctx)


async def _again(here: RoomRequest, form: Any) -> None:
    reason = " ".join(str(form.get("reason", "")).split())[:LONGEST_REASON]
    if not reason:
        raise ValidationFailed("Say why it is drawn again: everybody can read it.")
    if number := _number(str(form.get("round", ""))):
        await book.again(here.ctx, number, reason)


async def _reveal(here: RoomRequest, form: Any) -> None:
    await book.reveal(here.ctx)


async def proof(request: Request, here: RoomRequest) -> Response:
    """What anyone may check."""
    _need_on(here)
    return _json(await book.proof(here.ctx, _number(request.query_params.get("round", ""))))


async def receipt(request: Request, here: RoomRequest) -> Response:
    """One's own pair, which nobody else gets."""
    _need_on(here)
    found = await book.receipt(here.ctx, here.participant.id) if here.participant else None
    if found is None:
        raise NotFound("You give to nobody in this round, or it is not drawn yet.")
    return _json(found)


def _number(text: str) -> int | None:
    whole = text.isascii() and text.isdigit() and len(text) < 9
    return int(text) if whole else None


def _json(document: Any) -> Response:
    content = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(content, media_type="application/json", headers={"Cache-Control": "no-store"})


def _need_on(here: RoomRequest) -> None:
    if not is_on(here.ctx.settings):
        raise NotFound("There is no Secret Santa in this room.")


def _on(here: RoomRequest, then: str = SANTA) -> Response:
    return RedirectResponse(here.url(then), 303)


def santa_pages() -> Sequence[BaseRoute]:
    """The routes. What is done is the organizer's; the document is for whoever sees the room."""
    post, role = ("POST",), Role.ORGANIZER
    return [
        room_page(SANTA, santa, role=Role.VIEWER),
        room_page(SCREEN, screen, role=None),
        room_page(NOTES, notes, role=role),
        room_page(VERIFY, verify, role=None),
        room_page(f"{SANTA}/look", look, methods=post, role=Role.VIEWER),
        room_page(f"{SANTA}/apart", apart, methods=post, role=role),
        room_page(f"{SANTA}/choose", _act(_choose), methods=post, role=role),
        room_page(f"{SANTA}/remove", _act(_remove), methods=post, role=role),
        room_page(f"{SANTA}/draw", _act(_draw), methods=post, role=role),
        room_page(f"{SANTA}/print", _act(_print, NOTES), methods=post, role=role),
        room_page(f"{SANTA}/again", _act(_again), methods=post, role=role),
        room_page(f"{SANTA}/reveal", _act(_reveal), methods=post, role=role),
        room_page(PROOF, proof, role=None),
        room_page(RECEIPT, receipt, role=Role.VIEWER),
    ]
