"""What a full hall reads all the time, by one statement a call where the database has a lane.

The answers are those of `Rooms` and `Participants`, as JSON. Applications are not served here:
what they may see depends on the version that a room is locked to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from host.access import RULES, Act, Actor, let_in, need_permission
from host.apps.settings import has_secrets, public_settings
from host.apps.states import AppState
from host.contract import JsonObject, Permission, Role
from host.errors import NotFound
from host.services.core import Core
from host.store import hot as store
from host.store.hot import HotRoom, Place
from host.store.lane import Lane
from host.store.paging import Page, PageRequest
from host.store.rooms import RoomFilter

INCLUDED = {
    "participants": Act.SEE_PARTICIPANTS,
    "prizes": Act.SEE_PRIZES,
    "winners": Act.SEE_WINNERS,
}
MOST_KEPT, LONGEST_KEPT = 100, 4_000
"""Of so many settings of one version, with so many characters, it is kept what others may see."""


@dataclass(frozen=True)
class Served:
    """A thing, or a list with its `meta`, as plain JSON.

    `updated_at` is when the thing was changed last, in microseconds since 1970.
    """

    data: Any
    updated_at: int | None = None
    meta: JsonObject | None = None


@dataclass
class _Public:
    """What everybody may see of settings under one manifest, by their text."""

    content: JsonObject
    secretive: bool
    texts: dict[str, orjson.Fragment] = field(default_factory=dict)


class Hot:
    """Reads by the lane. Ask `Core.lane_for` first."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._public: dict[tuple[str, str], _Public] = {}

    async def room(
        self, lane: Lane, actor: Actor, room_id: str, names: Sequence[str], limit: int
    ) -> Served:
        """One room, with the first `limit` of each list that is named; as `Rooms.get` otherwise."""
        found = await store.room(lane, room_id, _id_of(actor), frozenset(names), limit)
        if found is None:
            raise NotFound("There is no such room.")
        for act in (Act.SEE_ROOM, *(INCLUDED[name] for name in names)):
            _let_in(actor, act, found.place)
        fields = await self._whole(lane, actor, found)
        state = self._core.registry.record(found.app_id).state
        if state is not AppState.ACTIVE:
            fields["appState"] = state.value
        return Served(fields, found.updated_at)

    async def participants(
        self, lane: Lane, actor: Actor, room_id: str, request: PageRequest
    ) -> Served:
        """As `Participants.list` by number, of all who are in."""
        found = await store.people(lane, room_id, _id_of(actor), request)
        if found is None:
            raise NotFound("There is no such room.")
        place, people, total = found
        _let_in(actor, Act.SEE_PARTICIPANTS, place)
        return Served(people, meta=Page(people, request, total=total).meta())

    async def rooms(
        self, lane: Lane, actor: Actor, filters: RoomFilter, request: PageRequest
    ) -> Served:
        """As `Rooms.list`; no filter by a text."""
        need_permission(actor, Permission.ROOMS_READ)
        found, total = await store.rooms(
            lane, filters, request, user_id=_id_of(actor), see_all=actor.is_admin
        )
        whole = [await self._whole(lane, actor, one) for one in found]
        return Served(whole, meta=Page(whole, request, total=total).meta())

    async def _whole(self, lane: Lane, actor: Actor, found: HotRoom) -> JsonObject:
        kept = await lane.manifests.get(found.app_id, found.version)
        fields = found.fields
        fields["appSettings"] = (
            orjson.Fragment(found.settings)
            if _sees_secrets(actor, found.place)
            else self._shown(found, kept.content)
        )
        fields["app"] = kept.text
        return fields

    def _shown(self, found: HotRoom, content: JsonObject) -> orjson.Fragment:
        """A room's settings without what is secret in the manifest that it is locked to."""
        of, schema = (found.app_id, found.version), content.get("settings", {})
        known = self._public.get(of)
        if known is None or known.content is not content:
            known = self._public[of] = _Public(content, has_secrets(schema))
        if not known.secretive:
            return orjson.Fragment(found.settings)
        shown = known.texts.get(found.settings)
        if shown is None:
            public = public_settings(schema, orjson.loads(found.settings))
            shown = orjson.Fragment(orjson.dumps(public))
            if len(found.settings) <= LONGEST_KEPT:
                if len(known.texts) >= MOST_KEPT:
                    del known.texts[next(iter(known.texts))]
                known.texts[found.settings] = shown
        return shown


def _id_of(actor: Actor) -> str:
    return actor.user.id if actor.user else ""


def _role(actor: Actor, place: Place) -> Role | None:
    return Role.ADMIN if actor.is_admin else place.role


def _let_in(actor: Actor, act: Act, place: Place) -> None:
    let_in(actor, act, _role(actor, place), is_public=place.is_public)


def _sees_secrets(actor: Actor, place: Place) -> bool:
    return _role(actor, place) in RULES[Act.SEE_SECRETS].roles
