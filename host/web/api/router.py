"""Finds the call of a path by its parts: to try one pattern after the other takes sixty times as
long, for as many calls as there are.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from host.web.api.call import Call

Pattern = tuple[tuple[str | None, str], ...]
"""For each part of a path the word that it has to be, or None and the name it is given."""


def _pattern(path: str) -> Pattern:
    return tuple(
        (None, part[1:-1]) if part.startswith("{") else (part, "") for part in path[1:].split("/")
    )


class CallRouter(Router):
    """As Starlette's, in whose words it speaks of what is no call."""

    def __init__(self, calls: Sequence[Call]) -> None:
        """Of several that fit a path the first counts."""
        # A redirect to the path without its slash would be an answer without JSON.
        super().__init__([call.route() for call in calls], redirect_slashes=False)
        self._known: dict[tuple[str, int], list[tuple[Pattern, Route]]] = {}
        for call, route in zip(calls, self.routes, strict=True):
            assert isinstance(route, Route)
            pattern = _pattern(call.path)
            self._known.setdefault((call.method, len(pattern)), []).append((pattern, route))

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """The route of a call, and what its path names."""
        first, *parts = path.split("/")
        if first:
            return None
        for pattern, route in self._known.get((method, len(parts)), ()):
            given = _given(pattern, parts)
            if given is not None:
                return route, given
        return None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI. What is raised goes to the handlers of the application around it."""
        if scope["type"] == "http":
            path: str = scope["path"].removeprefix(scope.get("root_path", ""))
            if found := self.find(scope["method"], path):
                route, given = found
                scope["path_params"] = {**scope.get("path_params", {}), **given}
                scope["endpoint"] = route.endpoint
                answer = await route.endpoint(Request(scope, receive, send))
                await answer(scope, receive, send)
                return
        await super().__call__(scope, receive, send)


def _given(pattern: Pattern, parts: Sequence[str]) -> dict[str, str] | None:
    given = {}
    for (word, name), part in zip(pattern, parts, strict=True):
        if word is None:
            if not part:
                return None
            given[name] = part
        elif word != part:
            return None
    return given
