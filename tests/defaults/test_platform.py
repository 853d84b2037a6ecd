"""The platform is a plugin like any other, and answers for everything."""

from __future__ import annotations

from typing import Any

import pytest

from host.apps.dispatch import Dispatch
from host.contract import (
    AppContext,
    Delivery,
    Notification,
    Participant,
    Person,
    Refusal,
    Registration,
    Role,
    Room,
    SettingsPanel,
)
from host.hookspecs import DELEGATED
from tests.apps.conftest import NOW, LoadBroken, a_room, db, load

__all__ = ["db", "load"]

ANNA = Person("anna", "Anna")


class Inbox:
    """A context that keeps what the platform tells people."""

    def __init__(self, delivers: bool) -> None:
        self.delivers = delivers
        self.told: list[Notification] = []

    async def notify(self, notification: Notification) -> bool:
        self.told.append(notification)
        return self.delivers


async def dispatch_of(load: LoadBroken, inbox: Inbox | None = None) -> Dispatch:
    async def make_context(app_id: str, room: Room | None, actor: Any) -> AppContext:
        assert app_id == "platform"
        return inbox  # type: ignore[return-value]

    dispatch = Dispatch(await load(strict=True), make_context)
    dispatch.freeze()
    return dispatch


async def ask(dispatch: Dispatch, hook: str, **arguments: Any) -> Any:
    answer = await dispatch.ask(hook, "platform", a_room(), **arguments)
    assert answer.app_id == "platform"
    return answer.value


def person(number: int) -> Participant:
    user = Person(f"u{number}", f"P{number}")
    return Participant(f"p{number}", user.id, "room1", Role.PARTICIPANT, {}, NOW, NOW, None, user)


async def test_it_implements_every_delegated_hook(load: LoadBroken) -> None:
    dispatch = await dispatch_of(load)
    assert all("platform" in dispatch.table[hook] for hook in DELEGATED)


async def test_everyone_may_join_with_what_they_sent(load: LoadBroken) -> None:
    dispatch = await dispatch_of(load)
    assert await ask(dispatch, "registration_form") == {"type": "object", "properties": {}}
    joined = await ask(dispatch, "register_participant", person=ANNA, form={"team": "red"})
    assert joined == Registration({"team": "red"})


async def test_a_new_room_has_no_prizes_and_any_may_be_added(load: LoadBroken) -> None:
    dispatch = await dispatch_of(load)
    assert list(await ask(dispatch, "prize_fund")) == []
    assert await ask(dispatch, "check_prize", prize=None) is None


async def test_settings_have_a_page_and_no_further_check(load: LoadBroken) -> None:
    dispatch = await dispatch_of(load)
    assert await ask(dispatch, "settings_panel") == SettingsPanel("Settings")
    assert await ask(dispatch, "check_settings", settings={}) is None


async def test_winners_are_drawn_from_the_entrants_by_the_seed(load: LoadBroken) -> None:
    dispatch = await dispatch_of(load)
    entrants = [person(number) for number in range(30)]

    async def draw(seed: bytes) -> list[str]:
        found = await ask(
            dispatch, "select_winner", prize=None, entrants=entrants, count=7, seed=seed
        )
        return [pick.participant_id for pick in found.winners]

    first = await draw(bytes(32))
    assert len(set(first)) == 7
    assert set(first) <= {entrant.id for entrant in entrants}
    assert await draw(bytes(32)) == first
    assert await draw(bytes(range(32))) != first


async def test_more_winners_than_people_are_refused_with_the_reason(load: LoadBroken) -> None:
    dispatch = await dispatch_of(load)
    refused = await ask(
        dispatch, "select_winner", prize=None, entrants=[person(1)], count=2, seed=bytes(32)
    )
    assert isinstance(refused, Refusal)
    assert "2 winners cannot be drawn from 1" in refused.reason


@pytest.mark.parametrize("delivers", [True, False])
async def test_people_are_told_in_the_app(load: LoadBroken, delivers: bool) -> None:
    inbox = Inbox(delivers)
    note = Notification("n1", "anna", "winner:selected", "You won", "A sled")
    delivery = await ask(await dispatch_of(load, inbox), "notify", notification=note)
    assert delivery == Delivery(delivers, "in-app")
    assert inbox.told == [note]
