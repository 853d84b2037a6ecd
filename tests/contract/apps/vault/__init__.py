"""An application that takes over four capabilities and does as its settings in the room say."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute

from host import (
    AppContext,
    AppRequest,
    JsonObject,
    Participant,
    Person,
    Pick,
    PrizeDraft,
    Refusal,
    Registration,
    Role,
    Room,
    RoomRequest,
    Selection,
    SettingsPanel,
    app_page,
    hookimpl,
    room_page,
)

LET_GO = asyncio.Event()
"""What a call waits for in the mood for that, before it fails."""


async def _in_its_mood(ctx: AppContext, well: Any) -> Any:
    mood = ctx.settings["mood"]
    if mood == "refuses":
        return Refusal("The vault stays shut.")
    if mood == "fails":
        raise RuntimeError("the hinge broke")
    if mood == "hangs":
        await asyncio.Event().wait()
    if mood.startswith("waits"):
        await LET_GO.wait()
        if mood == "waits and refuses":
            return Refusal("The vault stays shut.")
        raise RuntimeError("the hinge broke in the end")
    return "nonsense" if mood == "nonsense" else well


@hookimpl
async def prize_fund(ctx: AppContext, room: Room) -> Sequence[PrizeDraft]:
    """One gold bar for a start, where its theme is gold."""
    return [PrizeDraft("Gold bar", 3)] if room.app_settings["theme"] == "gold" else []


@hookimpl
async def check_prize(ctx: AppContext, prize: PrizeDraft) -> Refusal | None:
    """Refuses lead."""
    return Refusal("No lead in here.") if prize.name == "Lead" else None


@hookimpl
async def registration_form(ctx: AppContext) -> JsonObject:
    """Asks nothing."""
    return {"type": "object"}


@hookimpl
async def register_participant(ctx: AppContext, person: Person, form: JsonObject) -> Any:
    """Keeps who opened the door."""
    return await _in_its_mood(ctx, Registration({"openedBy": "vault"}))


@hookimpl
async def select_winner(ctx: AppContext, entrants: Sequence[Participant], count: int) -> Any:
    """Draws those who came first."""
    picks = tuple(Pick(one.id, {"drawnBy": "vault"}) for one in entrants[:count])
    return await _in_its_mood(ctx, Selection(picks))


@hookimpl
async def settings_panel(ctx: AppContext) -> SettingsPanel:
    """The platform's form will do."""
    return SettingsPanel("Vault")


@hookimpl
async def check_settings(ctx: AppContext, settings: JsonObject) -> Refusal | None:
    """Refuses a secret that everyone knows."""
    return Refusal("Everyone knows that.") if settings.get("secret") == "1234" else None


async def _ledger(request: Request, given: RoomRequest) -> Response:
    return PlainTextResponse(f"what {given.role} may see")


async def _sign(request: Request, given: RoomRequest) -> Response:
    return given.render("vault/sign.html")


async def _bell(request: Request, given: AppRequest) -> Response:
    return PlainTextResponse("ding")


@hookimpl
def routes() -> Sequence[BaseRoute]:
    """A page for the staff of a room, one that tells its settings, and one for everybody."""
    return [
        room_page("ledger", _ledger, methods=["GET", "POST"], role=Role.MODERATOR),
        room_page("sign", _sign, role=Role.VIEWER),
        app_page("bell", _bell, methods=["POST"]),
    ]
