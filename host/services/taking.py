"""Which capabilities an application takes over in a room, and what may be delegated to it."""

from __future__ import annotations

from collections.abc import Iterable

from host.access import Actor
from host.apps.manifest import Manifest
from host.contract import Capability, JsonObject, RoomApp
from host.errors import DelegationConflict
from host.services.audit import record
from host.services.core import Core
from host.services.delegation import review_missing, withheld
from host.services.writer import RoomTransaction
from host.store import room_apps as store


async def taken_over(core: Core, manifest: Manifest, settings: JsonObject) -> list[Capability]:
    """What an application takes over in a room with these settings, where nobody else has it.

    What it may not have before review is left out.
    """
    return [
        capability
        for capability in sorted(manifest.takes(settings))
        if not await withheld(core, capability, manifest.id)
    ]


async def follow(
    core: Core,
    tx: RoomTransaction,
    actor: Actor,
    app_id: str,
    before: Iterable[Capability],
    after: Iterable[Capability],
) -> None:
    """Delegates what an application's settings ask for now, and did not ask for before.

    What they do not ask for any more goes back to the platform. Somebody's own choice stays: of
    what is asked for as before nothing is changed. Raises `DelegationConflict` where another
    application answers, or this one may not, because settings without effect would look as if
    they had one.
    """
    first, second = frozenset(before), frozenset(after)
    app = await store.get(tx.conn, tx.room.id, app_id)
    if first == second or app is None or not app.enabled:
        return
    answerers = await store.answerers(tx.conn, tx.room.id)
    held = {one: kept.app_id for one, kept in answerers.items()}
    given_back = {one for one in first - second if held.get(one) == app_id}
    taken = {one for one in second - first if held.get(one) != app_id}
    for capability in sorted(given_back):
        await store.delegate(tx.conn, tx.room.id, capability, None)
    for capability in sorted(taken):
        if other := held.get(capability):
            raise DelegationConflict(
                f"These settings need {capability}, for which '{other}' answers in this room. "
                "Give it back to the platform first: see Applications.",
                details={"appId": other, "capability": capability},
            )
        await check_delegation(core, tx, app, app_id, capability)
        await store.delegate(tx.conn, tx.room.id, capability, app_id)
    if given_back or taken:
        was = {one.value: app_id if one in given_back else None for one in given_back | taken}
        now = {one.value: app_id if one in taken else None for one in given_back | taken}
        await record(tx, actor, "app:delegate", before=was, after=now)


async def let_go(tx: RoomTransaction, app_id: str) -> None:
    """Gives back to the platform all that an application answers for."""
    for capability, answerer in (await store.answerers(tx.conn, tx.room.id)).items():
        if answerer.app_id == app_id:
            await store.delegate(tx.conn, tx.room.id, capability, None)


async def check_delegation(
    core: Core, tx: RoomTransaction, app: RoomApp | None, app_id: str, capability: Capability
) -> None:
    """Raises `DelegationConflict` for a capability that an application cannot have here.

    It is not on in the room, does not declare the capability, or may not have it before review.
    """
    if app is None or not app.enabled:
        raise DelegationConflict(f"The application '{app_id}' is not on in this room.")
    raw = await store.manifest(tx.conn, app_id, app.manifest_version)
    manifest = core.registry.kept(app_id, raw or {})
    if capability not in manifest.capabilities:
        raise DelegationConflict(
            f"The application '{app_id}' does not offer {capability}.",
            details={"appId": app_id, "capability": capability, "version": manifest.version},
        )
    running = core.registry.get(app_id)
    # A separate service is asked by the manifest of the room's version, code that is here not.
    here = running.manifest if running and not running.is_service else None
    if here and capability not in here.capabilities:
        version = here.version
        raise DelegationConflict(
            f"The application '{app_id}' does not offer {capability} since version {version}.",
            details={"appId": app_id, "capability": capability, "version": version},
        )
    if state := await review_missing(core, tx.conn, capability, app_id):
        raise DelegationConflict(
            f"The application '{app_id}' may take over {capability} only after review.",
            details={"appId": app_id, "capability": capability, "reviewState": state},
        )
