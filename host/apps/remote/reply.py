"""The answer of a service, read into what an application in the process would have returned."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import orjson

from host.apps.remote.problems import NoAnswer
from host.apps.remote.where import Where
from host.contract import (
    Delivery,
    Pick,
    PrizeDraft,
    Refusal,
    Registration,
    Selection,
    SettingsPanel,
)

if TYPE_CHECKING:
    from host.apps.remote.client import Reply

SMALL = 64 * 1024
MOST_BYTES = {
    "select_winner": 1024 * 1024,
    "prize_fund": 512 * 1024,
    "registration_form": 256 * 1024,
}
"""The largest answer that is read, by hook; `SMALL` for the others."""


class _Wrong(Exception):
    """What is wrong with the data."""


def most_bytes(hook: str) -> int:
    """The largest answer to a hook."""
    return MOST_BYTES.get(hook, SMALL)


def decision(hook: str, reply: Reply, where: Where) -> Any:
    """The value of the contract that the answer holds.

    Its types are looked at as those of any application's answer; here only what it takes to read
    it. Raises `NoAnswer` for whatever is not 200 with `{"data": …}` of the hook's shape.
    """
    if 300 <= reply.status < 400:
        raise NoAnswer(
            f"it answered {reply.status}, and redirects are not followed", status=reply.status
        )
    if reply.status != 200:
        raise NoAnswer(f"it answered {reply.status}", status=reply.status)
    try:
        # By what it is, and not by what it is called: small services leave the type out.
        answer = orjson.loads(reply.body)
    except orjson.JSONDecodeError as error:
        kind = reply.content_type.partition(";")[0].strip()[:60]
        kind = "something" if not kind or "json" in kind else kind
        raise NoAnswer(f"it answered {kind} that is not JSON", status=200) from error
    if not isinstance(answer, dict) or "data" not in answer:
        raise NoAnswer('it answered JSON without "data"', status=200)
    try:
        return _READERS[hook](answer["data"], where)
    except _Wrong as wrong:
        raise NoAnswer(f"it gave an answer that is none: {wrong}", status=200) from None


def _object(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise _Wrong("data is no object")
    return data


def _listed(data: Any, name: str) -> list[dict[str, Any]]:
    found = _object(data).get(name)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise _Wrong(f"{name} is no list of objects")
    return found


def _kept(data: dict[str, Any], name: str = "metadata") -> Any:
    found = data.get(name)
    return {} if found is None else found


def _refusal(data: Any) -> Refusal | None:
    """None where it accepts."""
    accept = _object(data).get("accept")
    if accept is True:
        return None
    if accept is not False:
        raise _Wrong("accept is neither true nor false")
    return Refusal(data.get("reason"))


def _selection(data: Any, _: Where) -> Selection | Refusal:
    if _object(data).get("accept") is False:
        return Refusal(data.get("reason"))
    picks = [Pick(one.get("participantId"), _kept(one)) for one in _listed(data, "winners")]  # type: ignore[arg-type]
    return Selection(tuple(picks), _kept(data, "record"))


def _registration(data: Any, _: Where) -> Registration | Refusal:
    return _refusal(data) or Registration(_kept(data))


def _fund(data: Any, _: Where) -> list[PrizeDraft]:
    return [
        PrizeDraft(one.get("name"), one.get("quantity"), one.get("description"), _kept(one))  # type: ignore[arg-type]
        for one in _listed(data, "prizes")
    ]


def _panel(data: Any, where: Where) -> SettingsPanel:
    url = _object(data).get("url")
    if isinstance(url, str):
        # What begins with a slash is on the service, too.
        url = urljoin(where.url, url) if url.startswith("/") else url
    return SettingsPanel(data.get("title"), url, data.get("settings"))


def _delivery(data: Any, _: Where) -> Delivery:
    return Delivery(
        _object(data).get("delivered"),  # type: ignore[arg-type]
        data.get("channel", "service"),
        data.get("failed"),
        data.get("final", False),
        data.get("againIn"),
    )


_READERS: dict[str, Callable[[Any, Where], Any]] = {
    "select_winner": _selection,
    "register_participant": _registration,
    "registration_form": lambda data, _: data,
    "settings_panel": _panel,
    "prize_fund": _fund,
    "check_prize": lambda data, _: _refusal(data),
    "check_settings": lambda data, _: _refusal(data),
    "notify": _delivery,
}
