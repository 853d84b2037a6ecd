"""The call that is found for a path is the one that Starlette's patterns would find."""

from __future__ import annotations

import pytest
from starlette.routing import Match, Route

from host.web.api.call import Call
from host.web.api.calls import CALLS
from host.web.api.router import CallRouter

ROUTER = CallRouter(CALLS)


def _by_patterns(method: str, path: str) -> tuple[str, object] | None:
    scope = {"type": "http", "method": method, "path": path, "root_path": ""}
    for route in ROUTER.routes:
        assert isinstance(route, Route)
        match, found = route.matches(scope)
        if match is Match.FULL:
            return route.name, found["path_params"]
    return None


def _by_parts(method: str, path: str) -> tuple[str, object] | None:
    found = ROUTER.find(method, path)
    return (found[0].name, found[1]) if found else None


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.method} {call.path}")
def test_every_call_is_found_by_the_parts_of_its_path(call: Call) -> None:
    words = [
        call.path.replace("{", "").replace("}", ""),
        *(call.path.format_map(_Given(word)) for word in ("me", "by-code", "a b", "é%", "draws")),
    ]
    for path in words:
        assert _by_parts(call.method, path) == _by_patterns(call.method, path) is not None


class _Given(dict[str, str]):
    def __init__(self, word: str) -> None:
        super().__init__()
        self._word = word

    def __missing__(self, name: str) -> str:
        return self._word


@pytest.mark.parametrize(
    "path",
    ["", "/", "/rooms/", "//rooms", "/rooms//participants", "/rooms/a/b/c/d/e", "/ROOMS", "rooms"],
)
def test_what_is_no_call_is_found_by_neither(path: str) -> None:
    assert _by_parts("GET", path) is None
    assert _by_patterns("GET", path) is None
