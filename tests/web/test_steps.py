"""What an organizer is told to do next, whatever state the evening is in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from host.contract import AppRef, Person, Prize, Room, RoomCounts, RoomStatus
from host.web.pages.filters import initials, listed, tally, title_size, win_code
from host.web.pages.garland import SCREEN, garland
from host.web.pages.steps import Game, Kind, about_prizes, next_step, steps
from host.web.pages.templating import make_environment

NOW = datetime(2026, 12, 31, 21, 30, tzinfo=UTC)


def room(status: RoomStatus, guests: int = 0, winners: int = 0) -> Room:
    return Room(
        id="r",
        name="New Year",
        description=None,
        app_id="lottery",
        app_settings={},
        app_manifest_version="1.0.0",
        status=status,
        is_public=False,
        join_code="K7QX4P",
        created_by="olga",
        created_at=NOW,
        updated_at=NOW,
        deleted_at=None,
        app=AppRef("lottery", {}, "1.0.0"),
        organizer=Person("olga", "Olga"),
        counts=RoomCounts(guests + 1, 0, winners),
    )


def prize(name: str, left: int, quantity: int = 1) -> Prize:
    return Prize(name, "r", name, None, None, quantity, left, {}, NOW, NOW, None)


DRAFT, ACTIVE = RoomStatus.DRAFT, RoomStatus.ACTIVE


@pytest.mark.parametrize(
    ("status", "guests", "fund", "kind"),
    [
        (DRAFT, 0, [], Kind.PRIZE),
        (DRAFT, 0, [prize("Sledge", 1)], Kind.OPEN),
        (ACTIVE, 0, [], Kind.PRIZE),
        (ACTIVE, 0, [prize("Sledge", 1)], Kind.GATHER),
        (ACTIVE, 3, [prize("Sledge", 1)], Kind.DRAW),
        (ACTIVE, 3, [prize("Sledge", 0)], Kind.FINISH),
        (RoomStatus.COMPLETED, 3, [prize("Sledge", 0)], Kind.OVER),
        (RoomStatus.CANCELLED, 3, [prize("Sledge", 1)], Kind.OVER),
    ],
)
def test_there_is_one_next_step_in_every_state(
    status: RoomStatus, guests: int, fund: list[Prize], kind: Kind
) -> None:
    here = room(status, guests)

    following = next_step(here, fund)

    assert following.kind is kind
    assert following.title
    assert sum(step.state == "now" for step in steps(here, following)) <= 1


@pytest.mark.parametrize(
    ("status", "guests", "kind", "now"),
    [
        (DRAFT, 0, Kind.OPEN, "Doors open"),
        (ACTIVE, 0, Kind.GATHER, "Doors open"),
        (ACTIVE, 3, Kind.PLAY, "The game"),
    ],
)
def test_an_evening_without_prizes_is_not_asked_for_any(
    status: RoomStatus, guests: int, kind: Kind, now: str
) -> None:
    here = room(status, guests)
    assert not about_prizes(here, [])
    assert about_prizes(here, [prize("Sledge", 1)]), "there are some now"
    assert about_prizes(here, [], ["winnerSelection"]), "another application draws"

    following = next_step(here, [], prizes=False)

    assert following.kind is kind
    stations = steps(here, following, prizes=False)
    assert [step.label for step in stations if step.state == "now"] == [now]


def test_an_application_with_a_page_for_its_game_leads_the_evening_there() -> None:
    here = room(ACTIVE, 3)
    drawing = {"capabilities": ["winnerSelection"], "meta": {"name": "Lottery"}}
    here = replace(here, app=replace(here.app, manifest=drawing))
    game = Game("Secret Santa", "/apps/lottery/rooms/1/santa")
    assert about_prizes(here, [])
    assert not about_prizes(here, [], game=game)
    assert about_prizes(here, [prize("Sledge", 1)], game=game), "somebody put one up all the same"

    following = next_step(here, [], prizes=False, game=game)

    assert (following.kind, following.url) == (Kind.PLAY, game.url)
    assert "3 guests are in" in following.words


def test_prizes_are_drawn_in_the_order_in_which_they_were_put_up() -> None:
    fund = [prize("Hamper", 0), prize("Socks", 2, 3), prize("Main prize", 1)]

    following = next_step(room(ACTIVE, 9), fund)

    assert following.prize is fund[1]
    assert following.most == 2


def test_no_more_winners_are_offered_than_there_are_guests() -> None:
    assert next_step(room(ACTIVE, 2), [prize("Socks", 50, 50)]).most == 2


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (tally(1, "guest"), "1 guest"),
        (tally(0, "guest"), "0 guests"),
        (tally(2000, "guest"), "2\u202f000 guests"),
        (listed(["Ann"]), "Ann"),
        (listed(["Ann", "Bo"]), "Ann and Bo"),
        (listed(["Ann", "Bo", "Cy"]), "Ann, Bo and Cy"),
        (listed(["Ann", "Bo", "Cy", "Di", "Ed"]), "Ann, Bo, Cy and 2 more"),
        (listed([]), ""),
        (initials("Masha Korneva"), "MK"),
        (initials("olga"), "O"),
        (initials("🎉 !"), "·"),
        (win_code("01hx7k42"), "7K·42"),
        (title_size("Masha K."), "short"),
        (title_size("x" * 60), "longer"),
    ],
)
def test_values_read_as_people_say_them(value: Any, said: str) -> None:
    assert value == said


def test_bulbs_hang_on_the_wire_between_its_hooks() -> None:
    string = garland((100, 200), per_span=4, sag=10, hook=5)

    assert len(string.bulbs) == 8
    assert string.width == 300
    assert all(5 < bulb.y <= 15 for bulb in string.bulbs)
    assert [bulb.x for bulb in string.bulbs] == sorted(bulb.x for bulb in string.bulbs)


def test_every_guest_lights_another_bulb() -> None:
    order = make_environment().globals["garland_order"]

    assert sorted(order) == list(range(len(SCREEN.bulbs)))
