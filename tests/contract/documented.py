"""Holds every answer that a test gets to the OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import httpx
from jsonschema import Draft202012Validator
from jsonschema.protocols import Validator

from host.web.failures import API
from host.web.openapi import document

NO_CALL = frozenset({"HEAD", "OPTIONS"})


class Undocumented(AssertionError):
    """An answer of which the document says nothing, or something else."""


class Documented:
    """A hook for clients; `seen` are the calls and statuses that it held to the document."""

    def __init__(self) -> None:
        self.document = document("http://testserver")
        self.seen: set[tuple[str, str, int]] = set()
        self._validators: dict[int, Validator] = {}
        self._paths = sorted(self.document["paths"], key=lambda path: path.count("{"))
        self._patterns = {
            path: re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + r"\Z") for path in self._paths
        }

    async def __call__(self, response: httpx.Response) -> None:
        """Raises `Undocumented`."""
        request = response.request
        path = self._path(request.url.raw_path.decode().partition("?")[0])
        if path is None or request.method in NO_CALL:
            return
        operation = self.document["paths"][path].get(request.method.lower())
        if operation is None:
            return
        await response.aread()
        self.seen.add((request.method, path, response.status_code))
        if problems := list(self.problems(operation, response)):
            where = f"{request.method} {path} {response.status_code}"
            raise Undocumented(f"{where}: {'; '.join(problems)}\n{response.text[:2000]}")

    def problems(self, operation: Any, response: httpx.Response) -> Iterator[str]:
        """What the document does not say of this answer."""
        described = operation["responses"].get(str(response.status_code))
        if described is None:
            yield "the status is not documented"
            return
        if "$ref" in described:
            name = described["$ref"].rpartition("/")[2]
            described = self.document["components"]["responses"][name]
        for name, header in described["headers"].items():
            at = self.document["components"]["headers"][header["$ref"].rpartition("/")[2]]
            if at.get("required") and name not in response.headers:
                yield f"the header {name} is missing"
            if name in response.headers:
                yield from self._wrong(at["schema"], response.headers[name])
        kind = response.headers.get("content-type", "").partition(";")[0]
        content = described.get("content", {})
        if response.content and kind not in content:
            yield f"the content type {kind} is not documented"
        elif kind == "application/json":
            yield from self._wrong(content[kind]["schema"], response.json())

    def _wrong(self, schema: Any, value: Any) -> Iterator[str]:
        validator = self._validators.get(id(schema))
        if validator is None:
            parts = {"components": self.document["components"]}
            validator = Draft202012Validator({**schema, **parts})
            self._validators[id(schema)] = validator
        for error in validator.iter_errors(value):
            yield f"{error.json_path}: {error.message[:500]}"

    def _path(self, path: str) -> str | None:
        if not path.startswith(API):
            return None
        below = path.removeprefix(API)
        return next((one for one in self._paths if self._patterns[one].match(below)), None)


@cache
def documented() -> Documented:
    """The one that all clients of a test run share."""
    return Documented()
