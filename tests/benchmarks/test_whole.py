"""The benchmarks of a hall and of the whole path run, with a handful of people."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.realtime.tools import Missing, compiler

ROOT = Path(__file__).parent.parent.parent
PEOPLE = 12


@pytest.fixture(autouse=True)
def _c_compiler() -> None:
    try:
        compiler()
    except Missing as missing:
        pytest.skip(str(missing))


def _run(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_an_event_is_followed_from_its_call_to_the_last_socket() -> None:
    said = _run("path", "--sockets", str(PEOPLE), "--seconds", "0.1", "--database", "sqlite")
    rows = [line for line in said.splitlines() if line.endswith("%")]
    assert [row[:34].split(",")[0].strip() for row in rows] == [
        *3 * ["REST"],
        "an application's own",
    ]
    assert all(float(row[34:43]) > 0 for row in rows)


def test_a_hall_fills_while_somebody_guesses_passwords_at_its_address() -> None:
    # How long it takes is no matter here, beside all other tests.
    quiet = ("--seconds", "1", "--wrong", "5", "--join", "60")
    said = _run("hall", "--people", str(PEOPLE), *quiet)
    assert f"{PEOPLE} of {PEOPLE} guests listen" in said
    assert f"on the organizer's list: {PEOPLE + 1} of {PEOPLE + 1}" in said
    assert "at one account {'401': " in said
