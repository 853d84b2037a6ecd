"""`festoon apps register` and its like, as the platform team uses them."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from host.cli import main
from host.testing.host import SECRET
from tests.contract.services import manifest

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def _own_logs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The command sends the logs of its process to where it is heard; here others come after."""
    root = logging.getLogger()
    before = {
        name: logging.getLogger(name).level for name in (None, *logging.root.manager.loggerDict)
    }
    for name in ("_srcfile", "logThreads", "logProcesses", "logMultiprocessing"):
        monkeypatch.setattr(logging, name, getattr(logging, name))
    handlers = root.handlers[:]
    yield
    root.handlers[:] = handlers
    for known, level in before.items():
        logging.getLogger(known).setLevel(level)


@pytest.fixture
def run(
    sqlite_url: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    _own_logs: None,
) -> Run:
    """`run("register", …)`: the exit status, and what was printed where."""
    monkeypatch.setenv("FESTOON_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("FESTOON_SECRET_KEY", SECRET)

    def command(*words: str) -> tuple[int, str, str]:
        status = main(["apps", *words])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return command


def _secret(text: str) -> str:
    found = re.findall(r"whsec_\S+", text)
    assert len(found) == 1, text
    secret: str = found[0]
    return secret


def test_a_service_lives_from_its_registration_to_its_end(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "manifest.json"
    file.write_text(json.dumps(manifest()))
    status, out, _ = run("register", str(file))
    assert status == 0
    assert "tombola 1.0.0 is registered; its review is PENDING" in out
    first = _secret(out)
    status, _, said = run("register", str(file))
    assert (status, "PATCH /apps/tombola" in said) == (1, True)
    file.write_text(json.dumps(manifest("1.1.0")))
    status, out, _ = run("update", "tombola", str(file))
    assert (status, "tombola has version 1.1.0 now" in out) == (0, True)
    status, out, _ = run("secret", "tombola", "--overlap", "60")
    assert (status, "is valid until" in out, _secret(out) != first) == (0, True, True)
    status, out, _ = run("secret", "tombola", "--end-old")
    assert (status, "has ended" in out) == (0, True)
    status, out, _ = run("list")
    assert re.search(r"^tombola +1\.1\.0 +ACTIVE", out, re.MULTILINE)
    status, out, _ = run("disable", "tombola", "--reason", "asks too much")
    assert (status, out) == (0, "tombola is off from now on\n")
    _, out, _ = run("list")
    assert re.search(r"^tombola +1\.1\.0 +DISABLED .* asks too much$", out, re.MULTILINE)
    assert run("remove", "tombola")[0] == 0
    assert "tombola" not in run("list")[1]


def test_what_cannot_be_registered_is_said_in_one_line(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "manifest.json"
    for words, text, expected in (
        (("register", str(file)), None, "cannot be read"),
        (("register", str(file)), "{", "is not JSON"),
        (("register", str(file)), "[]", "must be a JSON object"),
        (("register", str(file)), "{}", "/meta is required"),
        (("register", str(file), "--id", "lottery"), json.dumps(manifest()), "installed in"),
        (("update", "nobody", str(file)), json.dumps(manifest()), "no such application"),
        (("secret", "nobody"), None, "no such application"),
    ):
        if text is not None:
            file.write_text(text)
        status, _, said = run(*words)
        assert status == 1
        assert expected in said
        assert len(said.strip().splitlines()) == 1
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(manifest())))
    assert run("register", "-", "--id", "from-here")[0] == 0
