"""What an application may answer: anything that the host could not read is a failure of the app."""

from __future__ import annotations

from typing import Any

import pytest

from host.apps.answers import wrong_answer
from host.contract import (
    Delivery,
    Panel,
    Pick,
    Place,
    PrizeDraft,
    Refusal,
    Registration,
    Selection,
    SettingsPanel,
)
from host.hookspecs import DELEGATED

GOOD = [
    ("registration_form", {"type": "object", "properties": {"team": {"type": "string"}}}),
    ("register_participant", Registration({"team": "red"})),
    ("register_participant", Refusal("The hall is full.")),
    ("prize_fund", ()),
    ("prize_fund", [PrizeDraft("Wine", 3, "Red", {"year": 2020})]),
    ("check_prize", None),
    ("check_prize", Refusal("Too dear.")),
    ("select_winner", Selection((Pick("p1"), Pick("p2", {"ticket": 7})))),
    ("select_winner", Refusal("Too few are here.")),
    ("notify", Delivery(False)),
    ("settings_panel", SettingsPanel("Questions")),
    ("settings_panel", SettingsPanel("Questions", "/apps/quiz/settings")),
    ("settings_panel", SettingsPanel("Questions", "/apps/quiz/settings", ("questions",))),
    ("check_settings", None),
    ("panels", [Panel(Place.SCREEN, "Reveal", url="/apps/quiz/screen")]),
    ("panels", (Panel(Place.ORGANIZER, "Draw", html="<p>Draw</p>"),)),
    ("client_message", None),
    ("client_message", {"taken": True}),
    ("export_person", {}),
    ("winner_selected", "whatever"),
]
BAD: list[tuple[str, Any, str]] = [
    *[(hook, object(), "it answered object where") for hook in DELEGATED],
    *[
        (hook, None, "it answered NoneType where")
        for hook, delegated in DELEGATED.items()
        if type(None) not in delegated.answers
    ],
    ("registration_form", {"type": "array"}, "its form is no usable JSON Schema: /type"),
    ("registration_form", {"properties": {"a": {"pattern": "(?=x)"}}}, "/properties/a/pattern"),
    ("register_participant", Registration("red"), "its metadata is no object"),  # type: ignore[arg-type]
    ("register_participant", Refusal(""), "its reason is no text"),
    ("prize_fund", ["Wine"], "it answered str where PrizeDraft is expected"),
    ("prize_fund", [PrizeDraft("Wine", True)], "the quantity of a prize"),
    ("prize_fund", [PrizeDraft("Wine", 1.5)], "the quantity of a prize"),  # type: ignore[arg-type]
    ("prize_fund", [PrizeDraft(" ", 1)], "its name is no text"),
    ("prize_fund", [PrizeDraft("Wine", 1, 7)], "the description of a prize"),  # type: ignore[arg-type]
    ("prize_fund", [PrizeDraft("Wine", 1, None, [])], "its metadata is no object"),  # type: ignore[arg-type]
    ("select_winner", Selection(None), "its winners are no tuple"),  # type: ignore[arg-type]
    ("select_winner", Selection(("p1",)), "it answered str where Pick is expected"),  # type: ignore[arg-type]
    ("select_winner", Selection((Pick(7),)), "something that is no id"),  # type: ignore[arg-type]
    ("select_winner", Selection((Pick("p", None),)), "its metadata is no object"),  # type: ignore[arg-type]
    ("notify", Delivery("yes"), "whether it delivered"),  # type: ignore[arg-type]
    ("notify", Delivery(True, ""), "its channel is no text"),
    ("settings_panel", SettingsPanel("", "/apps/quiz/"), "its title is no text"),
    ("settings_panel", SettingsPanel("Q", "https://example.org"), "begin with /apps/quiz/"),
    ("settings_panel", SettingsPanel("Q", "/apps/other/x"), "begin with /apps/quiz/"),
    ("settings_panel", SettingsPanel("Q", "/apps/quiz/../other"), "begin with /apps/quiz/"),
    ("settings_panel", SettingsPanel("Q", "/apps/quiz/%2E%2e/other"), "begin with /apps/quiz/"),
    ("settings_panel", SettingsPanel("Q", "/apps/quiz/..\\other"), "begin with /apps/quiz/"),
    ("settings_panel", SettingsPanel("Q", "/apps/quiz/", "all"), "are no list of names"),  # type: ignore[arg-type]
    ("settings_panel", SettingsPanel("Q", 7), "begin with /apps/quiz/"),  # type: ignore[arg-type]
    ("panels", None, "it answered NoneType"),
    ("panels", [SettingsPanel("Q")], "it answered SettingsPanel where Panel is expected"),
    ("panels", [Panel("screen", "Q")], "its panel stands nowhere"),  # type: ignore[arg-type]
    ("panels", [Panel(Place.SCREEN, "Q", html=b"")], "the html of its panel"),  # type: ignore[arg-type]
    ("panels", [Panel(Place.SCREEN, "Q", url="javascript:alert(1)")], "begin with /apps/quiz/"),
    ("client_message", "ok", "it answered str"),
    ("export_person", None, "it answered NoneType"),
]


@pytest.mark.parametrize(("hook", "answer"), GOOD)
def test_an_answer_that_can_be_read_passes(hook: str, answer: Any) -> None:
    assert wrong_answer(hook, "quiz", answer) is None


@pytest.mark.parametrize(("hook", "answer", "said"), BAD)
def test_an_answer_that_cannot_be_read_is_told_for_what_it_is(
    hook: str, answer: Any, said: str
) -> None:
    assert said in str(wrong_answer(hook, "quiz", answer))
