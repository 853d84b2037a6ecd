"""Processes to be lost, and how many."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.forked import Forks


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest tests/faults --kills 500` for a long night, with another seed each time."""
    parser.addoption("--chaos-seed", type=int, help="the seed of the moments in test_kill.py")


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    """A program that forks hosts."""
    running = Forks(tmp_path_factory.mktemp("forks"))
    yield running
    running.close()
