"""The benchmark runs: a handful of sockets, Festoon and the C sender."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.realtime.tools import Missing, compiler

ROOT = Path(__file__).parent.parent.parent
SOCKETS = 6


@pytest.fixture(autouse=True)
def _c_compiler() -> None:
    try:
        compiler()
    except Missing as missing:
        pytest.skip(str(missing))


def _rows(report: str, title: str) -> list[list[str]]:
    lines = [line for line in report.splitlines() if line.startswith(f"| {title} |")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_measure_comes_to_an_end_and_loses_nothing(tmp_path: Path) -> None:
    out = tmp_path / "report.md"
    chosen = ["--only", "festoon,sender", "--sockets", str(SOCKETS), "--seconds", "0.05"]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "realtime", "--quick", *chosen, "--out", str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report = out.read_text(encoding="utf-8")
    assert done.stdout.rstrip() == report.rstrip()
    assert f"## {SOCKETS} sockets" in report
    festoon, sender = _rows(report, "Festoon"), _rows(report, "C, one `send` per socket")
    # By the clock, by processor time, how busy, versions.
    assert len(festoon) == len(sender) == 4
    assert all(cell not in ("", "failed") for row in festoon for cell in row)
    assert float(sender[0][1].replace(",", "")) > 0
    assert sender[0][6] == "", "the C sender parses nothing, so it has no rate of receiving"


def test_an_unknown_server_is_refused_by_name() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "realtime", "--only", "nobody"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 1
    assert "no server is called nobody" in done.stderr


def test_a_machine_without_a_compiler_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    with pytest.raises(Missing, match="Install one"):
        compiler()
