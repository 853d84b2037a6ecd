"""§1 "Applications": sockets and the context that hooks are given, by permission."""

from __future__ import annotations

import inspect
from collections.abc import Collection
from datetime import timedelta
from typing import Any

import pytest

from host.access import Act, Actor
from host.context import make_context
from host.contract import AppContext, Notification, PersonDraft
from host.errors import AppPermissionDenied, FestoonError
from host.permissions import Permission
from tests.contract.cast import Cast, Stage
from tests.contract.grants import CONTEXT

ALL = frozenset(permission.value for permission in Permission)
ON = "lottery"


async def test_an_application_hears_a_room_by_its_permission(stage: Stage) -> None:
    """Permissions: … realtime:subscribe"""
    cast = await stage.cast()
    gate, need = stage.host.host.gate, Permission.REALTIME_SUBSCRIBE
    who = await gate.may_subscribe(
        Actor(app_id=ON, app_permissions=frozenset({need})), cast.room["id"]
    )
    assert (who.view, who.role, who.person) == ("public", None, None)
    with pytest.raises(AppPermissionDenied):
        await gate.may_subscribe(Actor(app_id=ON, app_permissions=ALL - {need}), cast.room["id"])


def test_the_table_speaks_of_every_method_of_the_context() -> None:
    """Permissions: a method that is not in the table needs a decision."""
    methods = {name for name, _ in inspect.getmembers(AppContext, inspect.isfunction)}
    assert {name for name in methods if name[0] != "_"} == {rule.name for rule in CONTEXT}


async def test_a_method_of_the_context_takes_its_permission_and_no_other(cast: Cast) -> None:
    """the app's manifest lacks the permission (`details.required`, `details.granted`)"""
    core = cast.host.host.core
    organizer = await _organizer(cast)
    room = (await cast.host.host.services.rooms.get(organizer, cast.room["id"])).room
    note = Notification("n", cast.organizer.id or "", "lottery:note", "Hello", "you", {})
    prize, won = await cast.prize(), await cast.award()
    arguments: dict[str, tuple[Any, ...]] = {
        "draw": (prize["id"],),
        "take_back": (won["id"],),
        "add_participants": ([PersonDraft("list 1", "Gran")],),
        "take_out_participants": (["list 1"],),
        "publish": ("lottery:wave", {}),
        "notify": (note,),
        "notify_all": ("winners", "Hello", "you"),
        "schedule": ("close", {}),
        "unschedule": ("night",),
        "configured": ("GREETING",),
    }
    named: dict[str, dict[str, Any]] = {
        "notify_all": {"kind": "lottery:note"},
        "schedule": {"at": core.sources.now() + timedelta(days=1), "key": "night"},
    }
    named["take_back"] = {"reason": "gone home"}

    async def call(name: str, granted: Collection[str]) -> Any:
        # Work for later is for an application that has the hook for it.
        app_id = "quiz" if "schedule" in name else ON
        ctx = await make_context(core, app_id, frozenset(granted), room)
        answer = getattr(ctx, name)(*arguments.get(name, ()), **named.get(name, {}))
        return await answer if inspect.isawaitable(answer) else answer

    for rule in CONTEXT:
        if rule.permission is None:
            assert await call(rule.name, ())
            continue
        await call(rule.name, {rule.permission})
        with pytest.raises(AppPermissionDenied) as denied:
            await call(rule.name, ALL - {rule.permission})
        assert denied.value.details["required"] == rule.permission


async def _organizer(cast: Cast) -> Actor:
    return await cast.host.host.services.identity.authenticate(cast.organizer.token or "")


async def test_no_act_is_left_to_applications_without_a_permission(cast: Cast) -> None:
    """APP_PERMISSION_DENIED: every act of the table of access names what it takes"""
    rooms = cast.host.host.services.rooms
    for act in Act:
        with pytest.raises(FestoonError) as refused:
            await rooms.authorize(Actor(app_id=ON), cast.room["id"], act)
        # What is the owner's is no application's.
        assert isinstance(refused.value, AppPermissionDenied) or act is Act.HAND_OVER, act
