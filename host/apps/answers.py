"""What an application may answer to a hook, by shape. A wrong answer is a failure of the app.

Whether an answer makes sense (the winners are entrants, the count fits) is for the service that
asked. What is checked here is what lets the service read the answer at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote

from host.apps.schema import schema_problems
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


def wrong_answer(hook: str, app_id: str, answer: Any, pages: str | None = None) -> str | None:
    """Why the answer of `app_id` to `hook` is none, or None for a good one.

    `pages` is where its own pages are: below `/apps/<id>/`, unless it is a service.
    """
    own = pages or f"/apps/{app_id}/"
    if hook in DELEGATED:
        types = DELEGATED[hook].answers
        if not isinstance(answer, types):
            wanted = " or ".join("None" if t is type(None) else t.__name__ for t in types)
            return f"it answered {type(answer).__name__} where {wanted} is expected"
    elif hook in _OTHERS and not isinstance(answer, _OTHERS[hook]):
        return f"it answered {type(answer).__name__}"
    if answer is None or type(answer) is dict:
        # A form is looked at all the same; nothing else is in them to be checked.
        return _form(answer) if hook == "registration_form" else None
    if hook == "registration_form":
        return _form(answer)
    if hook in ("prize_fund", "panels"):
        kind = PrizeDraft if hook == "prize_fund" else Panel
        return _first(_of_kind(one, kind, own) for one in answer)
    # By kind and not by type: an application may answer with a subclass of its own.
    return _first(check(answer, own) for kind, check in _CHECKS.items() if isinstance(answer, kind))


_OTHERS: dict[str, tuple[type, ...]] = {
    "panels": (list, tuple),
    "client_message": (dict, type(None)),
    "export_person": (dict,),
    "tasks": (list, tuple),
}
"""The types of the answers to hooks that are not delegated; the rest answer nothing."""


def _form(schema: Any) -> str | None:
    problems = schema_problems(schema)
    at, messages = next(iter(problems.items()), ("", [""]))
    return f"its form is no usable JSON Schema: {at or '/'} {messages[0]}" if problems else None


def _of_kind(value: Any, kind: type, own: str) -> str | None:
    if not isinstance(value, kind):
        return f"it answered {type(value).__name__} where {kind.__name__} is expected"
    return _CHECKS[kind](value, own)


def _selection(answer: Any, own: str) -> str | None:
    if not isinstance(answer.winners, tuple | list):
        return "its winners are no tuple"
    wrong = _first(_of_kind(pick, Pick, own) for pick in answer.winners)
    return wrong or _object(answer.record, "record")


def _pick(pick: Any, _: str) -> str | None:
    if not isinstance(pick.participant_id, str):
        return "it named a winner by something that is no id"
    return _object(pick.metadata, "metadata")


def _registration(answer: Any, _: str) -> str | None:
    return _object(answer.metadata, "metadata")


def _refusal(answer: Any, _: str) -> str | None:
    return _text(answer.reason, "reason")


def _prize_draft(draft: Any, _: str) -> str | None:
    if isinstance(draft.quantity, bool) or not isinstance(draft.quantity, int):
        return "the quantity of a prize is no whole number"
    if draft.description is not None and not isinstance(draft.description, str):
        return "the description of a prize is no text"
    return _text(draft.name, "name") or _object(draft.metadata, "metadata")


def _delivery(answer: Any, _: str) -> str | None:
    if not isinstance(answer.delivered, bool):
        return "it did not say whether it delivered"
    if not isinstance(answer.final, bool):
        return "it did not say whether trying again is any use"
    if answer.again_in is not None and not _seconds(answer.again_in):
        return "the seconds after which to ask again are no number above 0"
    if answer.failed is not None and (wrong := _text(answer.failed, "reason")):
        return wrong
    return _text(answer.channel, "channel")


def _seconds(value: Any) -> bool:
    whole = isinstance(value, int | float) and not isinstance(value, bool)
    return whole and 0 < value < float("inf")


def _settings_panel(panel: Any, own: str) -> str | None:
    names = panel.settings
    if names is not None and not _names(names):
        return "the settings of its page are no list of names"
    return _text(panel.title, "title") or _address(panel.url, own)


def _names(value: Any) -> bool:
    return isinstance(value, tuple | list) and all(isinstance(one, str) for one in value)


def _panel(panel: Any, own: str) -> str | None:
    if not isinstance(panel.place, Place):
        return "its panel stands nowhere"
    if panel.html is not None and not isinstance(panel.html, str):
        return "the html of its panel is no text"
    return _text(panel.title, "title") or _address(panel.url, own)


def _text(value: Any, what: str) -> str | None:
    return None if isinstance(value, str) and value.strip() else f"its {what} is no text"


def _object(value: Any, what: str) -> str | None:
    return None if isinstance(value, dict) else f"its {what} is no object"


def _address(url: Any, own: str) -> str | None:
    """A page outside the application's own would not be behind its guard."""
    if url is None or (isinstance(url, str) and url.startswith(own) and not _climbs(url)):
        return None
    return f"its url does not begin with {own}"


def _climbs(url: str) -> bool:
    """A browser takes `%2e%2e` and backslashes for a way up, too."""
    return ".." in unquote(url).replace("\\", "/").split("/")


def _first(problems: Iterable[str | None]) -> str | None:
    return next((problem for problem in problems if problem), None)


_CHECKS: dict[type, Callable[[Any, str], str | None]] = {
    Delivery: _delivery,
    Panel: _panel,
    Pick: _pick,
    PrizeDraft: _prize_draft,
    Refusal: _refusal,
    Registration: _registration,
    Selection: _selection,
    SettingsPanel: _settings_panel,
}
