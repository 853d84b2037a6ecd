"""Who's First?, the quiz: its settings and their checks.

The rounds themselves come with the quiz's own release; until then a quiz room is served by the
platform's pages.
"""

from __future__ import annotations

from festoon_quiz.questions import problems
from host import AppContext, JsonObject, Refusal, Room, SettingsPanel, hookimpl


@hookimpl
async def settings_panel(ctx: AppContext, room: Room) -> SettingsPanel:
    """The platform's own form, made from the settings schema, is the quiz's settings page."""
    return SettingsPanel("Questions")


@hookimpl
async def check_settings(ctx: AppContext, room: Room, settings: JsonObject) -> Refusal | None:
    """Refuses questions that nobody could answer, all of them at once."""
    found = problems(settings)
    return Refusal(" ".join(found)) if found else None
