"""What an application tells people, in the words that its manifest has for it."""

from __future__ import annotations

from collections.abc import Mapping

from host.apps.messages import Wording, Words, wording_of
from host.contract import JsonObject
from host.errors import ValidationFailed
from host.services.core import Core
from host.services.letters import brand_of
from host.store.inbox import Notice


def need_values(core: Core, notice: Notice) -> None:
    """Raises `ValidationFailed` where `data` lacks what the words of this kind name."""
    wording = _wording(core, notice.app_id, notice.kind)
    if wording is not None and (lacking := wording.missing(notice.data)):
        raise ValidationFailed(
            f"The words of '{notice.kind}' need {', '.join(lacking)} in its data, as a text or a "
            "number."
        )


def words_of(
    core: Core, app_id: str | None, room: str, kind: str, data: JsonObject
) -> Mapping[str, Words]:
    """The words by language; none where those stand that the notification came with.

    None as well for what another version told, whose data lacks what this one's words name.
    """
    wording = _wording(core, app_id, kind)
    if wording is None:
        return {}
    try:
        return wording.filled(data, {"room": room, "brand": brand_of(core)})
    except ValidationFailed:
        return {}


def _wording(core: Core, app_id: str | None, kind: str) -> Wording | None:
    entry = core.registry.get(app_id) if app_id is not None else None
    if entry is None or entry.manifest is None:
        return None
    return wording_of(entry.manifest.raw, kind)
