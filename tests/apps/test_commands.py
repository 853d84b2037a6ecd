"""`festoon apps`: what an operator and an author of an application see."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from host.apps.commands import add_apps_commands
from host.config import Config
from host.contract import ReviewState
from host.errors import NotFound
from host.ids import Sources
from host.store import apps as store
from host.store.engine import Database
from tests.fixtures.broken import FOLDER

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(sqlite_url: str, capsys: pytest.CaptureFixture[str]) -> Run:
    """`run("apps", "list")`: the exit status and what was printed."""

    def command(*words: str) -> tuple[int, str]:
        parser = argparse.ArgumentParser()
        add_apps_commands(parser.add_subparsers(required=True))
        options = parser.parse_args(words)
        status: int = options.run(Config(database_url=sqlite_url), options)
        return status, capsys.readouterr().out

    return command


def test_list_shows_every_application_with_its_state(run: Run) -> None:
    status, out = run("apps", "list")
    assert status == 0
    head, *rows = (line.split() for line in out.splitlines())
    assert head == ["ID", "VERSION", "STATE", "SINCE", "REASON"]
    states = {row[0]: row[1:3] for row in rows}
    assert states["platform"] == ["1.0.0", "ACTIVE"]
    assert sorted(states) == [row[0] for row in rows]


def test_list_writes_nothing(run: Run, sqlite_url: str) -> None:
    run("apps", "list")
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite+aiosqlite:///"))) as database:
        assert database.execute("SELECT count(*) FROM apps").fetchone() == (0,)


async def keep(url: str, app_id: str) -> None:
    """Writes what a host that ran with the application has written."""
    db = Database(url)
    async with db.write() as connection:
        await store.keep(
            connection,
            app_id=app_id,
            version="1.0.0",
            manifest={"meta": {}},
            source=store.Source.IN_PROCESS,
            review_state=ReviewState.APPROVED,
            now=Sources().now(),
        )
    await db.close()


def test_disable_and_enable_are_kept_and_shown(run: Run, sqlite_url: str) -> None:
    asyncio.run(keep(sqlite_url, "old-app"))
    assert run("apps", "disable", "old-app", "--reason", "too loud") == (
        0,
        "old-app is off from the next start of the host\n",
    )
    _, out = run("apps", "list")
    (row,) = (line for line in out.splitlines() if line.startswith("old-app"))
    assert row.split()[2] == "MISSING", "it is not even installed"
    assert run("apps", "enable", "old-app") == (
        0,
        "old-app is on from the next start of the host\n",
    )


def test_what_is_installed_and_switched_off_is_shown_with_the_reason(
    run: Run, sqlite_url: str
) -> None:
    asyncio.run(keep(sqlite_url, "lottery"))
    run("apps", "disable", "lottery", "--reason", "too loud")
    _, out = run("apps", "list")
    (row,) = (line for line in out.splitlines() if line.startswith("lottery"))
    assert row.split()[2] == "DISABLED"
    assert row.endswith("too loud")
    run("apps", "enable", "lottery")
    _, out = run("apps", "list")
    (row,) = (line for line in out.splitlines() if line.startswith("lottery"))
    assert row.split()[2] == "ACTIVE"


@pytest.mark.parametrize("verb", ["enable", "disable", "check"])
def test_an_application_that_nobody_knows_is_said_to_be_unknown(run: Run, verb: str) -> None:
    with pytest.raises(NotFound, match="nobody-knows"):
        run("apps", verb, "nobody-knows")


def test_the_platform_stays_on(run: Run) -> None:
    with pytest.raises(NotFound, match="stays on"):
        run("apps", "disable", "platform")


def test_check_says_that_all_is_well_with_an_installed_application(run: Run) -> None:
    status, out = run("apps", "check", "platform")
    assert status == 0
    assert out.startswith("platform 1.0.0: all is well (check_prize, ")


def test_check_takes_a_project_that_is_not_installed(run: Run, tmp_path: Path) -> None:
    shutil.copytree(FOLDER / "sync_hook" / "broken_sync_hook", tmp_path / "src" / "a_project")
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "a-project"\n'
        '[project.entry-points."festoon.apps"]\na-project = "a_project"\n'
    )
    before = sys.path[:]
    assert run("apps", "check", str(tmp_path)) == (
        1,
        "a-project 1.0.0: CONTRACT_BROKEN\n  select_winner: must be async def\n",
    )
    assert sys.path == before


def test_check_prints_every_problem_with_its_pointer(run: Run) -> None:
    assert run("apps", "check", str(FOLDER / "unknown_key")) == (
        1,
        "unknown-key: INVALID_MANIFEST\n"
        "  /price: is not known here\n"
        "  /meta/version: must be a semantic version, like 1.4.0\n",
    )


def test_a_folder_without_an_application_is_said_to_have_none(run: Run, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        run("apps", "check", str(tmp_path))
    (tmp_path / "pyproject.toml").write_text("[tool.other]\n")
    with pytest.raises(NotFound, match="does not describe a project"):
        run("apps", "check", str(tmp_path))
