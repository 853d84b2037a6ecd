"""A winner's code is a secret of their phone, and is not found by trying."""

from __future__ import annotations

from datetime import timedelta

import pytest

from festoon_lottery.codes import MOST_WRONG, SIGNS, WINDOW, codes_of, typed, winner_of, written
from host import AsyncDatabase, Conflict, NotFound
from plugins.lottery.tests.conftest import START


async def test_a_code_stays_and_is_nobody_elses(database: AsyncDatabase) -> None:
    ids = [f"winner-{number}" for number in range(300)]
    found = await codes_of(database, "room", ids)
    assert len(set(found.values())) == len(ids)
    assert await codes_of(database, "room", ids[::-1]) == found
    assert await codes_of(database, "room", []) == {}


async def test_a_code_is_found_however_it_is_typed_and_only_in_its_room(
    database: AsyncDatabase,
) -> None:
    code = (await codes_of(database, "room", ["winner"]))["winner"]
    for text in (code, code.lower(), written(code), f" {code[:2]}-{code[2:]} "):
        assert await winner_of(database, "room", text, START) == "winner"
    with pytest.raises(NotFound):
        await winner_of(database, "elsewhere", code, START)


async def test_who_tries_codes_has_to_wait(database: AsyncDatabase) -> None:
    code = (await codes_of(database, "room", ["winner"]))["winner"]
    wrong = next(sign * 4 for sign in SIGNS if sign * 4 != code)
    for _ in range(MOST_WRONG):
        with pytest.raises(NotFound):
            await winner_of(database, "room", wrong, START)
    later = START + WINDOW - timedelta(seconds=30)
    with pytest.raises(Conflict, match="Wait 1 min"):
        await winner_of(database, "room", code, later)
    assert await winner_of(database, "room", code, START + WINDOW) == "winner"
    with pytest.raises(NotFound):
        await winner_of(database, "room", "", START + WINDOW)


def test_what_is_read_wrongly_is_in_no_code() -> None:
    assert not set("01ILO") & set(SIGNS)
    assert typed("k7 · 42!") == "K742"
