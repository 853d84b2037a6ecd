"""The benchmark of REST runs: every call of Festoon, beside Node where its packages are here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.realtime.tools import CACHE, Missing, compiler
from benchmarks.rest.command import main
from benchmarks.rest.goals import GOALS, Goal, judged
from benchmarks.rest.results import MEMORY, Results, rate

ROOT = Path(__file__).parent.parent.parent
FIVE = {"room", "page", "list", "join", "draw"}


@pytest.fixture
def _c_compiler() -> None:
    try:
        compiler()
    except Missing as missing:
        pytest.skip(str(missing))


@pytest.mark.usefixtures("_c_compiler")
def test_every_call_is_answered_as_by_the_others_and_written_as_it_was_answered(
    tmp_path: Path,
) -> None:
    out, kept = tmp_path / "report.md", tmp_path / "rounds.json"
    # Installing is no test's business: where somebody has run the benchmark, the packages are here.
    peers = (
        ["festoon", "drizzle"] if (CACHE / "rest-node" / "node_modules").is_dir() else ["festoon"]
    )
    # Each call is made and compared before the measures, whichever of them are measured then.
    short = ["--quick", "--seconds", "0.1", "--warm", "0.05", "--calls", "room,join,draw"]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "benchmarks",
            "rest",
            *short,
            "--only",
            ",".join(peers),
            "--keep",
            kept,
            "--out",
            out,
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.rstrip() == out.read_text(encoding="utf-8").rstrip()
    measured = ("room", "join", "draw", MEMORY)
    figures = {
        (peer, name): rounds for peer, name, rounds in json.loads(kept.read_text())["figures"]
    }
    assert figures.keys() == {(peer, name) for peer in peers for name in measured}
    for rounds in figures.values():
        assert len(rounds) == 1
        assert rounds[0]["rate"] > 0


@pytest.mark.parametrize(("option", "name"), [("--only", "nobody"), ("--calls", "nothing")])
def test_an_unknown_server_or_call_is_refused_by_name(option: str, name: str) -> None:
    with pytest.raises(SystemExit, match=f"unknown: {name}; known: "):
        main([option, name])


def test_a_goal_is_judged_by_the_median_of_the_rounds_ratios() -> None:
    results = Results()
    for mine, theirs in ((60.0, 10.0), (40.0, 10.0), (30.0, 20.0)):
        results.add("festoon", ["draw"], {"draw": {"rate": mine, "p99": 2.0}})
        results.add("prisma", ["draw"], {"draw": {"rate": theirs, "p99": 2.0}})
    found = dict(judged(results))
    assert {goal.call for goal in found} == {"draw"}
    draw = next(goal for goal in found if goal.read is rate)
    assert found[draw] == 4.0
    assert not draw.met_by(found[draw])
    level = next(goal for goal in found if goal.at_most)
    assert found[level] == 1.0
    assert not level.met_by(found[level]), "as slow as the other is not ahead"


def test_there_is_a_goal_for_each_of_the_five_calls() -> None:
    def calls(chosen: list[Goal]) -> set[str]:
        return {goal.call for goal in chosen}

    assert calls([goal for goal in GOALS if goal.read is rate and goal.to == "drizzle"]) == FIVE
    assert calls([goal for goal in GOALS if goal.at_most and goal.to == "prisma"]) == FIVE | {
        MEMORY
    }
