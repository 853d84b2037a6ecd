"""The `dev` command on machines that lack something, and when there is nothing to do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def dev(checkout: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [checkout / "dev", *arguments],
        env=os.environ | environ,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout without an environment."""
    for name in ("dev", "constraints.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def program(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    (folder / name).chmod(0o755)


def test_a_machine_without_python_is_told_what_to_install(checkout: Path) -> None:
    tools = checkout / "tools"
    for name in ("sh", "dirname"):
        program(tools, name, f'#!/bin/sh\nexec {shutil.which(name)} "$@"\n')
    answer = dev(checkout, "test", PATH=str(tools), PYTHON="")
    assert answer.returncode == 1
    assert "needs a Python from 3.11 to 3.13" in answer.stderr


def test_a_python_that_is_found_but_does_not_run_is_passed_over(checkout: Path) -> None:
    tools = checkout / "tools"
    program(tools, "python3", "#!/bin/sh\necho 'no such version' >&2\nexit 127\n")
    program(tools, "python3.13", "#!/bin/sh\nexit 127\n")
    program(tools, "python3.12", f'#!/bin/sh\nexec {shutil.which("python3")} "$@"\n')
    answer = dev(checkout, "help", PATH=f"{tools}:{os.environ['PATH']}", PYTHON="")
    assert answer.returncode == 0
    assert "./dev run" in answer.stdout


def test_a_python_without_ensurepip_is_told_which_package_brings_it(checkout: Path) -> None:
    # As Debian's python3 is without python3-venv: importing it fails.
    hidden = checkout / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text(
        "import sys, importlib.machinery as m\n"
        "class Without(m.PathFinder):\n"
        "    @classmethod\n"
        "    def find_spec(cls, name, path=None, target=None):\n"
        "        hidden = name == 'ensurepip'\n"
        "        return None if hidden else m.PathFinder.find_spec(name, path, target)\n"
        "sys.meta_path[:] = [Without if f is m.PathFinder else f for f in sys.meta_path]\n"
    )
    answer = dev(checkout, "setup", PYTHONPATH=str(hidden))
    assert answer.returncode == 1
    assert "-venv" in answer.stderr
    assert not (checkout / ".venv").exists()


def test_an_unknown_command_is_refused_with_the_known_ones(checkout: Path) -> None:
    answer = dev(checkout, "tset")
    assert answer.returncode == 2
    assert "./dev test" in answer.stderr


def test_setting_up_again_costs_nothing(checkout: Path) -> None:
    python = checkout / ".venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", checkout / ".venv"], check=True)
    subprocess.run([python, checkout / "dev", "stamp"], check=True)
    answer = dev(checkout, "setup")
    # Whatever it installs, it says.
    assert (answer.returncode, answer.stderr) == (0, "")
