"""What the command says when it cannot do what was asked: one line, and what to do."""

from __future__ import annotations

import pytest

from tests.conftest import FestoonFactory
from tests.servers.process import ServerFailed


@pytest.mark.parametrize("arguments", [("serve",), ("apps", "list")])
def test_without_its_tables_it_says_what_to_run(
    festoon_process: FestoonFactory, arguments: tuple[str, ...]
) -> None:
    host = festoon_process(start=False, DATABASE_URL="sqlite+aiosqlite:///nowhere/festoon.db")
    with pytest.raises(ServerFailed) as caught:
        host.run(*arguments)
    printed = str(caught.value).splitlines()[1:]
    assert len(printed) == 1
    assert "festoon migrate" in printed[0]


def test_a_wrong_setting_is_one_line(festoon_process: FestoonFactory) -> None:
    host = festoon_process(start=False, PORT="eighty")
    with pytest.raises(ServerFailed, match="FESTOON_PORT must be a whole number") as caught:
        host.run("serve")
    assert len(str(caught.value).splitlines()) == 2


def test_an_administrator_is_made_once(festoon_process: FestoonFactory) -> None:
    host = festoon_process(start=False)
    made = ("user", "create", "--email", "ada@example.com", "--password", "correct horse battery")
    assert "ada@example.com  (admin)" in host.run(*made, "--admin")
    with pytest.raises(ServerFailed, match="festoon: "):
        host.run(*made)
