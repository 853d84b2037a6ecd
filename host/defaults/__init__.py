"""The application `platform`: it answers where no other does, by the same hooks as any other."""

from __future__ import annotations

from collections.abc import Sequence

from host import (
    AppContext,
    Delivery,
    JsonObject,
    Notification,
    Participant,
    Person,
    Pick,
    Prize,
    PrizeDraft,
    Refusal,
    Registration,
    Room,
    Selection,
    SettingsPanel,
    hookimpl,
)
from host.defaults.sampling import sample


@hookimpl
async def registration_form() -> JsonObject:
    """Nothing is asked but the name."""
    return {"type": "object", "properties": {}}


@hookimpl
async def register_participant(person: Person, form: JsonObject) -> Registration | Refusal:
    """Everyone may join."""
    return Registration(metadata=form)


@hookimpl
async def prize_fund() -> Sequence[PrizeDraft]:
    """A new room has no prizes yet."""
    return ()


@hookimpl
async def check_prize(prize: PrizeDraft) -> Refusal | None:
    """Any prize will do."""
    return None


@hookimpl
async def select_winner(
    prize: Prize, entrants: Sequence[Participant], count: int, seed: bytes
) -> Selection | Refusal:
    """Every entrant has the same chance, and the same seed draws the same people."""
    if count > len(entrants):
        return Refusal(f"{count} winners cannot be drawn from {len(entrants)} people.")
    drawn = sample(len(entrants), count, seed)
    return Selection(tuple(Pick(entrants[place].id) for place in drawn))


@hookimpl
async def notify(ctx: AppContext, notification: Notification) -> Delivery:
    """Into the person's inbox, live."""
    return Delivery(delivered=await ctx.notify(notification), channel="in-app")


@hookimpl
async def settings_panel(room: Room) -> SettingsPanel:
    """The form that the platform makes from the settings schema."""
    return SettingsPanel("Settings")


@hookimpl
async def check_settings(settings: JsonObject) -> Refusal | None:
    """What fits the schema makes sense."""
    return None
