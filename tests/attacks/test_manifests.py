"""Manifests that clash, fetch, or never end."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from host.apps.manifest import manifest_problems, read_manifest
from host.apps.schema import schema_problems
from host.apps.settings import check_settings
from host.errors import InvalidManifest, ValidationFailed

META = {"name": "Tasting", "version": "1.0.0", "description": "Sip and guess."}
EVIL = ("^(a+)+$", "^(a|a)*$", "(x+x+)+y", "^(([a-z])+.)+[A-Z]([a-z])+$", "(.*)*=.*")
QUICK = 2.0
"""Seconds of work; what never ends takes more on any machine."""
"""Seconds that a check may take on a busy machine; by backtracking these take years."""


def _manifest(settings: dict[str, Any]) -> dict[str, Any]:
    whole = {"type": "object", **settings}
    return {"meta": META, "capabilities": [], "permissions": [], "settings": whole}


def test_an_id_that_two_manifests_have_mixes_nothing_up() -> None:
    one = read_manifest(
        _manifest({"$id": "https://x.example/s", "properties": {"a": {"type": "string"}}}), "one"
    )
    two = read_manifest(
        _manifest({"$id": "https://x.example/s", "properties": {"a": {"type": "integer"}}}), "two"
    )
    again = read_manifest(one.raw, "one")
    for manifest, good, bad in ((one, "x", 5), (two, 5, "x"), (again, "x", 5)):
        assert check_settings(manifest, {"a": good}, at="/settings") == {"a": good}
        with pytest.raises(ValidationFailed):
            check_settings(manifest, {"a": bad}, at="/settings")


@pytest.mark.parametrize("inside", ["$id", "$anchor", "$dynamicAnchor", "$dynamicRef"])
def test_a_name_below_the_root_is_refused(inside: str) -> None:
    settings = {"properties": {"a": {inside: "https://x.example/s"}}}
    assert manifest_problems(_manifest(settings))


async def test_a_reference_to_elsewhere_is_refused_and_fetched_by_nobody() -> None:
    asked: list[bytes] = []

    async def heard(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.close()

    server = await asyncio.start_server(heard, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        for place in (f"http://127.0.0.1:{port}/s", f"//127.0.0.1:{port}/s", "file:///etc/passwd"):
            for settings in (
                {"properties": {"a": {"$ref": place}}},
                {"$ref": place},
                {"$id": place, "properties": {"a": {"$ref": "other.json"}}},
                {"$schema": place},
            ):
                with pytest.raises(InvalidManifest):
                    read_manifest(_manifest(settings), "tasting")
    assert asked == []


@pytest.mark.parametrize("pattern", EVIL)
def test_a_pattern_that_would_never_end_ends_at_once(pattern: str) -> None:
    manifest = read_manifest(
        _manifest({"properties": {"a": {"type": "string", "pattern": pattern}}}), "tasting"
    )
    began = time.thread_time()
    for text in ("a" * 999 + "!", "x" * 1000, "a" * 100_000):
        try:
            check_settings(manifest, {"a": text}, at="/settings")
        except ValidationFailed:
            continue
    assert time.thread_time() - began < QUICK


@pytest.mark.parametrize("pattern", ["(?=a)a", r"(a)\1", "a{1000}{1000}", r"\C+(?P<"])
def test_a_pattern_that_cannot_be_bounded_is_refused(pattern: str) -> None:
    began = time.thread_time()
    assert schema_problems({"type": "object", "properties": {"a": {"pattern": pattern}}})
    assert time.thread_time() - began < QUICK


def test_a_schema_that_multiplies_or_refers_to_itself_is_refused() -> None:
    doubling: dict[str, Any] = {"d0": {"type": "string"}}
    for level in range(1, 40):
        below = {"$ref": f"#/$defs/d{level - 1}"}
        doubling[f"d{level}"] = {"allOf": [below, below]}
    began = time.thread_time()
    wrong: list[dict[str, Any]] = [
        {"$defs": doubling, "properties": {"a": {"$ref": "#/$defs/d39"}}},
        {"properties": {"a": {"$ref": "#"}}},
        {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
        {"patternProperties": {"^(a+)+$": {}}},
    ]
    for settings in wrong:
        assert manifest_problems(_manifest(settings)), settings
    assert time.thread_time() - began < QUICK
