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


def patch_between(before: JsonObject, after: JsonObject) -> JsonObject:
    """The smallest patch that makes `after` of `before`; no patch can set a null."""
    patch: JsonObject = dict.fromkeys(before.keys() - after.keys())
    for name, value in after.items():
        if name in before and before[name] == value:
            continue
        held = before.get(name)
        if isinstance(held, dict) and isinstance(value, dict):
            patch[name] = patch_between(held, value)
        else:
            patch[name] = value
    return patch
