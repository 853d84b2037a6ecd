"""Taking a person out of JSON that tells of them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from host.store.users import ERASED_NAME


def without_person(value: Any, ids: Collection[str], names: Collection[str] = ()) -> Any:
    """`value` without the person who has these ids: of the user, and of their part in the room.

    In every object that names one of the ids as a value the name becomes that of the erased, and
    picture, address and number go; so does the metadata of what is the person's own. Text that is
    exactly one of `names` is replaced wherever it stands: give names only for a document that is
    known to be about the person.
    """
    if isinstance(value, str):
        return ERASED_NAME if value in names else value
    if isinstance(value, list):
        return [without_person(one, ids, names) for one in value]
    if not isinstance(value, dict):
        return value
    kept = {key: without_person(one, ids, names) for key, one in value.items()}
    if not any(isinstance(one, str) and one in ids for one in value.values()):
        return kept
    for key in ("avatar", "email", "phone"):
        if key in kept:
            kept[key] = None
    if "metadata" in kept and (value.get("id") in ids or value.get("userId") in ids):
        kept["metadata"] = {}
    if isinstance(kept.get("name"), str) and not _is_a_thing(value):
        kept["name"] = ERASED_NAME
    return kept


def _is_a_thing(value: dict[str, Any]) -> bool:
    """A room or a prize, whose name is its own, though it may name who made it."""
    return "createdBy" in value or "quantity" in value
