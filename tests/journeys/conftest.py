"""What journeys share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def album(request: pytest.FixtureRequest) -> Path | None:
    """The folder of `--pictures`, if somebody wants to look at the pages."""
    given: str | None = request.config.getoption("--pictures")
    if not given:
        return None
    folder = Path(given)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
