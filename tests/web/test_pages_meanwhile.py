"""Two organizers with one form: the second hears that it changed, and loses nothing they typed."""

from __future__ import annotations

import pytest

from tests.web.visitor import Hall

TOLD = "Somebody else saved this while you were typing."


@pytest.mark.parametrize(
    ("path", "form", "field", "first", "second"),
    [
        ("settings", "/settings", "/name", "Old New Year", "Midsummer"),
        ("settings", "/settings/lottery", "lottery/ticketsPerGuest", "4", "7"),
        ("settings", "/names", "names/longest", "20", "30"),
        ("prizes/{prize}", "/prizes/{prize}", "/name", "A bicycle", "A balloon"),
    ],
)
async def test_the_second_to_save_is_told_and_may_save_over_it(
    hall: Hall, path: str, form: str, field: str, first: str, second: str
) -> None:
    olga, room_id, _ = await hall.evening()
    made = await olga.open(f"/rooms/{room_id}/prizes/new")
    home = await olga.send(made, "/prizes/new", slashname="Bicycle", slashquantity="2")
    prize = home.html.rpartition("/prizes/")[2].partition('"')[0]
    place, form = f"/rooms/{room_id}/{path.format(prize=prize)}", form.format(prize=prize)
    key = field.replace("/", "slash")
    mine, theirs = await olga.open(place), await olga.open(place)

    assert (await olga.send(theirs, form, **{key: first})).status == 200
    told = await olga.send(mine, form, **{key: second})
    assert told.status == 409
    assert TOLD in told.text
    assert told.form(form).values[field] == [second]
    assert (await olga.open(place)).form(form).values[field] == [first]

    # Pressed once more after the warning, it is meant.
    assert (await olga.send(told, form)).status == 200
    assert (await olga.open(place)).form(form).values[field] == [second]


async def test_a_form_with_a_mistake_does_not_forget_what_it_showed(hall: Hall) -> None:
    olga, room_id, _ = await hall.evening()
    place = f"/rooms/{room_id}/settings"
    mine, theirs = await olga.open(place), await olga.open(place)
    await olga.send(theirs, "/settings", slashname="Theirs")
    wrong = await olga.send(mine, "/settings", slashname="")
    assert wrong.status == 422
    assert TOLD in (await olga.send(wrong, "/settings", slashname="Mine")).text


async def test_what_changed_elsewhere_on_the_page_is_no_matter(hall: Hall) -> None:
    olga, room_id, _ = await hall.evening()
    place = f"/rooms/{room_id}/settings"
    mine, theirs = await olga.open(place), await olga.open(place)
    await olga.send(theirs, "/settings/lottery", lotteryslashticketsPerGuest="4")
    await olga.send(theirs, "/names", namesslashlongest="20")
    saved = await olga.send(mine, "/settings", slashname="Mine")
    assert saved.status == 200
    assert "Mine" in saved.text


async def test_who_does_what_is_not_chosen_over_another_choice(hall: Hall) -> None:
    olga, room_id, _ = await hall.evening()
    place = f"/rooms/{room_id}/apps"
    mine, theirs = await olga.open(place), await olga.open(place)
    assert (await olga.send(theirs, "/delegations", winnerSelection="")).status == 200
    told = await olga.send(mine, "/delegations", winnerSelection="lottery")
    assert told.status == 409
    assert "Somebody else changed who does what meanwhile." in told.text
    assert told.form("/delegations").values["winnerSelection"] == [""]
    saved = await olga.send(told, "/delegations", winnerSelection="lottery")
    assert saved.form("/delegations").values["winnerSelection"] == ["lottery"]
