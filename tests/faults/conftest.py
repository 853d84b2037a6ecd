"""How many processes are lost, and when."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest tests/faults --kills 500` for a long night, with another seed each time."""
    parser.addoption("--chaos-seed", type=int, help="the seed of the moments in test_kill.py")
