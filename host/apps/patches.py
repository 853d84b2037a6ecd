"""JSON Merge Patch (RFC 7396): what `migrationData` does to the settings of a room.

An object is merged name by name, at any depth; null takes a name away; everything else, lists
too, takes the place of what was there.
"""

from __future__ import annotations

from typing import Any

from host.contract import JsonObject


def patched(value: Any, patch: Any) -> Any:
    """`value` with the patch on it; what was given stays as it is."""
    if not isinstance(patch, dict):
        return patch
    out: JsonObject = dict(value) if isinstance(value, dict) else {}
    for name, change in patch.items():
        if change is None:
            out.pop(name, None)
        else:
            out[name] = patched(out.get(name), change)
    return out


def patch_to(before: Any, after: JsonObject) -> JsonObject:
    """A patch that makes `after` of `before` and names all there is in it; it can set no null."""
    held = before if isinstance(before, dict) else {}
    patch: JsonObject = dict.fromkeys(sorted(held.keys() - after.keys()))
    for name, value in after.items():
        if value is not None:
            patch[name] = patch_to(held.get(name), value) if isinstance(value, dict) else value
    return patch
