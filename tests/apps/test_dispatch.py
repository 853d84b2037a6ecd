"""One is asked and must answer; many are told and may fail; the host goes on in every case."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest

from host.apps.dispatch import Answer, Dispatch
from host.apps.registry import Registry
from host.apps.states import AppRecord, AppState
from host.contract import Participant, Person, Pick, Place, Role, Room, Selection
from host.errors import Conflict, DelegationFailed, DelegationTimeout
from tests.apps.conftest import NOW, LoadBroken, a_room, make_context

SEED = bytes(32)


def entrants(count: int = 5) -> list[Participant]:
    return [
        Participant(
            f"p{n}",
            f"u{n}",
            "room1",
            Role.PARTICIPANT,
            {},
            NOW,
            NOW,
            None,
            Person(f"u{n}", f"P{n}"),
        )
        for n in range(count)
    ]


def dispatch_of(registry: Registry, **options: Any) -> Dispatch:
    dispatch = Dispatch(registry, make_context, observer_seconds=0.2, **options)
    dispatch.freeze()
    return dispatch


async def draw(dispatch: Dispatch, answerer: str, *, fallback: bool = False) -> Answer:
    return await dispatch.ask(
        "select_winner",
        answerer,
        a_room(answerer),
        fallback=fallback,
        prize=None,
        entrants=entrants(),
        count=2,
        seed=SEED,
    )


async def test_the_rooms_answerer_is_asked_and_nobody_else(load: LoadBroken) -> None:
    dispatch = dispatch_of(await load("well", "raises"))
    answer = await draw(dispatch, "well")
    assert answer == Answer(Selection((Pick("p0"), Pick("p1"))), "well")
    by_platform = await draw(dispatch, "platform")
    assert by_platform.app_id == "platform"
    assert not by_platform.fell_back
    assert len(by_platform.value.winners) == 2


async def test_the_table_is_frozen_and_says_who_implements_what(load: LoadBroken) -> None:
    dispatch = dispatch_of(await load("well", "sync_hook"))
    assert set(dispatch.table["select_winner"]) == {"platform", "well"}
    assert set(dispatch.table["winner_selected"]) == {"well"}
    assert dispatch.table["select_winner"]["well"].arguments == ("entrants", "count")
    with pytest.raises(TypeError):
        dispatch.table["select_winner"]["intruder"] = None  # type: ignore[index]


FAILS = {
    "raises": (DelegationFailed, "it raised RuntimeError"),
    "hangs": (DelegationTimeout, "no answer within 0.1 s"),
    "blocks": (DelegationTimeout, "it blocked the host for 0.3 s"),
    "exits": (DelegationFailed, "it raised SystemExit"),
    "cancels_itself": (DelegationFailed, "it cancelled itself"),
    "answers_none": (
        DelegationFailed,
        "it answered NoneType where Selection or Refusal is expected",
    ),
    "answers_nonsense": (
        DelegationFailed,
        "it answered dict where Selection or Refusal is expected",
    ),
}


@pytest.mark.parametrize("name", FAILS)
async def test_an_answerer_that_fails_is_the_contracts_error_with_the_reason(
    load: LoadBroken, name: str
) -> None:
    kind, reason = FAILS[name]
    app_id = name.replace("_", "-")
    dispatch = dispatch_of(await load("well", name, delegation_seconds=0.1))
    with pytest.raises(kind) as failed:
        await draw(dispatch, app_id)
    assert failed.value.details["appId"] == app_id
    assert failed.value.details["hook"] == "select_winner"
    assert reason in failed.value.details["reason"]
    assert "secret" not in str(failed.value.as_json())
    assert (await draw(dispatch, "well")).app_id == "well", "the others go on"


@pytest.mark.parametrize("name", FAILS)
async def test_with_fallback_the_platform_answers_and_says_why(load: LoadBroken, name: str) -> None:
    app_id = name.replace("_", "-")
    dispatch = dispatch_of(await load(name, delegation_seconds=0.1))
    answer = await draw(dispatch, app_id, fallback=True)
    assert (answer.app_id, answer.fell_back) == ("platform", True)
    assert answer.failure is not None
    assert app_id in answer.failure
    assert isinstance(answer.value, Selection)


@pytest.mark.parametrize("name", ["sync_hook", "never-installed"])
async def test_an_answerer_that_is_not_running_fails_as_clearly(
    load: LoadBroken, name: str
) -> None:
    registry = await load("well", "sync_hook")
    dispatch = dispatch_of(registry)
    app_id = name.replace("_", "-")
    with pytest.raises(DelegationFailed, match="it is not running here") as failed:
        await draw(dispatch, app_id)
    assert registry.record(app_id).state in failed.value.details["reason"]
    assert (await draw(dispatch, app_id, fallback=True)).fell_back


async def test_an_answerer_that_does_not_answer_this_hook_fails(load: LoadBroken) -> None:
    dispatch = dispatch_of(await load("well"))
    with pytest.raises(DelegationFailed, match="does not answer prize_fund"):
        await dispatch.ask("prize_fund", "well", a_room())


async def test_where_the_hooks_policy_is_default_the_platform_steps_in_unasked(
    load: LoadBroken,
) -> None:
    dispatch = dispatch_of(await load("well"))
    answer = await dispatch.ask("settings_panel", "well", a_room())
    assert (answer.app_id, answer.fell_back) == ("platform", True)


async def test_where_none_is_a_decision_it_is_taken_for_one(load: LoadBroken) -> None:
    dispatch = dispatch_of(await load("well"))
    answer = await dispatch.ask("check_prize", "platform", a_room(), prize=None)
    assert answer == Answer(None, "platform")


async def test_the_platform_that_fails_is_not_asked_again(load: LoadBroken) -> None:
    dispatch = dispatch_of(await load("well"))
    with pytest.raises(DelegationFailed, match="'platform' failed: it raised KeyError"):
        await dispatch.ask("select_winner", "platform", a_room(), fallback=True, count=1)


async def test_a_request_that_is_gone_ends_its_question(load: LoadBroken) -> None:
    registry = await load("hangs", delegation_seconds=60.0)
    asking = asyncio.create_task(draw(dispatch_of(registry), "hangs", fallback=True))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await registry.guard.settle(30)
    assert not registry.guard.left_behind


async def test_an_answerer_that_ignores_its_cancellation_holds_nobody_up(load: LoadBroken) -> None:
    registry = await load("unheeding", delegation_seconds=0.1)
    dispatch = dispatch_of(registry)
    answer = await draw(dispatch, "unheeding", fallback=True)
    assert answer.fell_back
    assert len(registry.guard.left_behind) == 1
    sys.modules["broken_unheeding"].LET_GO.set()
    await registry.guard.settle(30)
    assert not registry.guard.left_behind


async def test_a_host_that_cannot_make_a_context_does_not_blame_the_application(
    load: LoadBroken,
) -> None:
    async def no_context(app_id: str, room: Room | None, actor: Any) -> Any:
        raise ConnectionError("no database")

    registry = await load("well")
    dispatch = Dispatch(registry, no_context, quarantine_after=1)
    dispatch.freeze()
    with pytest.raises(ConnectionError):
        await draw(dispatch, "well")
    (failure,) = await dispatch.tell("winner_selected", ["well"], a_room(), winner=None)
    assert "ConnectionError" in failure.reason
    assert registry.record("well").state is AppState.ACTIVE


async def test_everybody_is_told_side_by_side_and_each_failure_stays_its_own(
    load: LoadBroken, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    dispatch = dispatch_of(await load("well", "raises", "hangs", "answers_nonsense", "sync_hook"))
    app_ids = [
        "raises",
        "hangs",
        "well",
        "sync-hook",
        "never-installed",
        "answers-nonsense",
        "well",
    ]
    async with asyncio.timeout(30):
        failures = await dispatch.tell("winner_selected", app_ids, a_room(), winner="Anna")
    assert {failure.app_id: failure.reason for failure in failures} == {
        "raises": failures[0].reason,
        "hangs": "no answer within 0.2 s",
    }
    assert failures[0].reason.startswith("RuntimeError: a secret of the application (__init__.py")
    assert caplog.text.count("heard of Anna") == 1
    assert [f.app_id for f in await dispatch.tell("app_selected", app_ids, a_room())] == []


async def test_an_application_that_keeps_failing_is_quarantined_and_no_longer_told(
    load: LoadBroken,
) -> None:
    heard: list[AppRecord] = []

    async def on_quarantine(record: AppRecord) -> None:
        heard.append(record)

    registry = await load("well", "raises")
    dispatch = dispatch_of(registry, quarantine_after=3, on_quarantine=on_quarantine)
    for _ in range(2):
        await dispatch.tell("winner_selected", ["raises", "well"], a_room(), winner=None)
    assert registry.record("raises").state is AppState.ACTIVE
    await asyncio.gather(
        *(dispatch.tell("winner_selected", ["raises"], a_room(), winner=None) for _ in range(4))
    )
    record = registry.record("raises")
    assert record.state is AppState.QUARANTINED
    assert "failed 3 times in a row, the last time in winner_selected: RuntimeError" in str(
        record.reason
    )
    assert heard == [record]
    assert not await dispatch.tell("winner_selected", ["raises"], a_room(), winner=None)
    with pytest.raises(DelegationFailed, match="QUARANTINED"):
        await draw(dispatch, "raises")
    assert registry.record("well").state is AppState.ACTIVE
    assert (await load("well", "raises")).record("raises").state is AppState.QUARANTINED


async def test_one_success_in_between_starts_the_count_again(load: LoadBroken) -> None:
    registry = await load("fickle")
    dispatch = dispatch_of(registry, quarantine_after=2)
    for winner in ("bad", "good", "bad"):
        await dispatch.tell("winner_selected", ["fickle"], a_room(), winner=winner)
        assert registry.record("fickle").state is AppState.ACTIVE
    await dispatch.tell("winner_selected", ["fickle"], a_room(), winner="bad")
    assert registry.record("fickle").state is AppState.QUARANTINED


async def test_a_quarantine_that_cannot_be_made_known_still_holds(load: LoadBroken) -> None:
    async def on_quarantine(record: AppRecord) -> None:
        raise ConnectionError("nobody listens")

    registry = await load("raises")
    dispatch = dispatch_of(registry, quarantine_after=1, on_quarantine=on_quarantine)
    await dispatch.tell("winner_selected", ["raises"], a_room(), winner=None)
    assert registry.record("raises").state is AppState.QUARANTINED


async def test_one_application_is_called_for_what_only_it_can_say(load: LoadBroken) -> None:
    dispatch = dispatch_of(await load("well", "fickle", "sync_hook"))
    assert await dispatch.call("client_message", "fickle", a_room(), message="hello") == {
        "said": "hello"
    }
    assert await dispatch.call("panels", "well", a_room(), place=Place.SCREEN) is None
    (panel,) = await dispatch.call("panels", "fickle", a_room(), place=Place.ORGANIZER)
    assert panel.url == "/apps/fickle/"
    with pytest.raises(DelegationFailed, match="not running"):
        await dispatch.call("client_message", "sync-hook", a_room(), message=None)


async def test_what_an_application_refuses_a_client_comes_through(load: LoadBroken) -> None:
    dispatch = dispatch_of(await load("fickle"))
    with pytest.raises(Conflict, match="Too late"):
        await dispatch.call("client_message", "fickle", a_room(), message="late")


@pytest.mark.parametrize(
    ("hook", "arguments", "reason"),
    [
        ("client_message", {"message": "broken"}, "it raised RuntimeError"),
        ("client_message", {"message": "strange"}, "it answered str"),
        ("panels", {"place": Place.SCREEN}, "its url does not begin with /apps/fickle/"),
    ],
)
async def test_an_application_that_is_called_and_fails_is_the_contracts_error(
    load: LoadBroken, hook: str, arguments: dict[str, Any], reason: str
) -> None:
    dispatch = dispatch_of(await load("fickle"))
    with pytest.raises(DelegationFailed) as failed:
        await dispatch.call(hook, "fickle", a_room(), **arguments)
    assert failed.value.details["reason"] == reason
