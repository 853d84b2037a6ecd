"""What is tried against the house, for real: the people and rooms of the contract's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract import conftest as contract

HERE = Path(__file__).parent

_apps = contract._apps
_on_sqlite = contract._on_sqlite
_on_postgresql = contract._on_postgresql
stage = contract.stage
host = contract.host
admin = contract.admin
olga = contract.olga
cast = contract.cast
shared = contract.shared
either_stage = contract.either_stage
either = contract.either


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests here share the loop that the shared host runs in."""
    for item in items:
        if HERE in item.path.parents and item.get_closest_marker("asyncio") is not None:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
