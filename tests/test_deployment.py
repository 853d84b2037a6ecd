"""What the image, the compose file and the production guide say is what the host understands."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import fields
from pathlib import Path

import pytest

from host.config import Config
from tests.conftest import FestoonFactory

ROOT = Path(__file__).resolve().parents[1]
ENTRYPOINT = ROOT / "deploy" / "entrypoint.sh"
PLACES = (
    "Dockerfile",
    "compose.yaml",
    "deploy/Caddyfile",
    "deploy/production.env.example",
    "docs/how-to/run-in-production.md",
)
OF_THE_SETUP = {"DOMAIN", "HOSTS", "VERSION"}
"""Names that the compose file and the proxy read, and the host does not."""


@pytest.mark.parametrize("place", PLACES)
def test_every_setting_that_is_named_exists(place: str) -> None:
    named = set(re.findall(r"FESTOON_([A-Z_]+)", (ROOT / place).read_text(encoding="utf-8")))
    known = {field.name.upper() for field in fields(Config)} | OF_THE_SETUP
    assert named
    assert named <= known


@pytest.mark.parametrize(
    ("arguments", "ran"),
    [
        ([], "migrate\nserve\n"),
        (["serve"], "serve\n"),
        (["migrate"], "migrate\n"),
        (["user", "create", "--name", "Ada L."], "user create --name Ada L.\n"),
    ],
)
def test_the_image_migrates_and_serves_unless_told_otherwise(
    tmp_path: Path, arguments: list[str], ran: str
) -> None:
    festoon = tmp_path / "festoon"
    festoon.write_text('#!/bin/sh\necho "$*"\n')
    festoon.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = subprocess.run(
        [ENTRYPOINT, *arguments], env={"PATH": path}, check=True, capture_output=True, text=True
    )
    assert done.stdout == ran


def test_the_image_does_not_serve_what_it_could_not_migrate(tmp_path: Path) -> None:
    festoon = tmp_path / "festoon"
    festoon.write_text('#!/bin/sh\necho "$*"\nexit 7\n')
    festoon.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = subprocess.run(
        [ENTRYPOINT], env={"PATH": path}, check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (7, "migrate\n")


def test_the_health_check_of_the_image_tells_up_from_down(festoon_process: FestoonFactory) -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    found = re.search(r"^HEALTHCHECK (?:.*\\\n)*\s*CMD (\[.*\])$", text, re.MULTILINE)
    assert found
    command = json.loads(found[1])
    host = festoon_process()

    def check() -> int:
        done = subprocess.run(command, env=host.environ, check=False, stderr=subprocess.DEVNULL)
        return done.returncode

    assert check() == 0
    host.kill()
    assert check() != 0
