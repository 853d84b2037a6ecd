"""`festoon serve --workers N`: several processes on one port."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import httpx
import pytest

from host.config import Config
from host.errors import ConfigurationError
from host.main import check_workers
from tests.conftest import FestoonFactory
from tests.servers.festoon import Festoon
from tests.servers.process import ServerFailed, listens, wait_until
from tests.servers.redis import Redis

HEALTH_CHECK = 30.0
"""How many seconds a process has to say that it lives."""


def children_of(host: Festoon) -> list[int]:
    """The ids of all that the first process started, those that ended unnoticed among them."""
    assert host.process is not None
    children = Path(f"/proc/{host.process.pid}/task/{host.process.pid}/children").read_text()
    return list(map(int, children.split()))


def workers_of(host: Festoon) -> list[int]:
    """The ids of the processes that the first one started to serve."""
    return [pid for pid in children_of(host) if is_worker(pid)]


def is_worker(pid: int) -> bool:
    try:
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return False


@pytest.fixture
def two(festoon_process: FestoonFactory, redis: Redis) -> Festoon:
    host = festoon_process(start=False, WORKERS="2", CHANNELS_URL=redis.url)
    host.start_seconds = 90.0  # three processes that import everything
    host.start()
    return host


def test_workers_without_channels_between_them_are_refused_in_one_line(
    festoon_process: FestoonFactory,
) -> None:
    host = festoon_process(start=False)
    with pytest.raises(ServerFailed) as refused:
        host.run("serve", "--workers", "2")
    said = str(refused.value).splitlines()
    assert said[0].endswith(": 2")
    assert len(said) == 2
    assert "FESTOON_CHANNELS_URL" in said[1]
    with pytest.raises(ConfigurationError):
        check_workers(Config(workers=2, channels_url="memory://"))
    check_workers(Config(workers=2, channels_url="redis://127.0.0.1/0"))


def test_a_database_that_is_not_migrated_is_refused_in_one_line_and_left_alone(
    festoon_process: FestoonFactory, redis: Redis, tmp_path: Path
) -> None:
    empty = f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
    host = festoon_process(start=False, CHANNELS_URL=redis.url, DATABASE_URL=empty)
    with pytest.raises(ServerFailed) as refused:
        host.run("serve", "--workers", "2")
    said = str(refused.value).splitlines()
    assert len(said) == 2
    assert "Run `festoon migrate`" in said[1]


def test_a_worker_that_dies_is_replaced_and_sigterm_ends_them_all(two: Festoon) -> None:
    _no_answer_waits_for_the_receipt_of_its_first_packet(two)
    first, second = workers_of(two)
    _dies_while_it_is_asked(first)
    assert httpx.get(f"{two.url}/healthz", timeout=30).status_code == 200
    wait_until(lambda: first not in children_of(two), HEALTH_CHECK / 2, "its end is noticed")
    wait_until(lambda: len(set(workers_of(two)) - {first}) == 2, 60, "a new worker")
    workers = workers_of(two)
    assert second in workers
    assert two.process is not None
    os.kill(two.process.pid, signal.SIGTERM)
    assert two.process.wait(30) in (0, -signal.SIGTERM)
    assert not any(is_worker(pid) for pid in workers)
    assert not listens(two.port)


def test_no_worker_outlives_a_first_process_that_was_killed(two: Festoon) -> None:
    workers = workers_of(two)
    assert two.process is not None
    os.kill(two.process.pid, signal.SIGKILL)
    wait_until(lambda: not any(is_worker(pid) for pid in workers), 20, "the workers end")
    wait_until(lambda: not listens(two.port), 5, "the port is free")


def _dies_while_it_is_asked(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)
    # It is asked twice a second whether it lives, and cannot answer.
    time.sleep(1.5)
    os.kill(pid, signal.SIGKILL)


def _no_answer_waits_for_the_receipt_of_its_first_packet(two: Festoon) -> None:
    times = []
    with httpx.Client(base_url=two.url, timeout=30) as client:
        for _ in range(20):
            began = time.perf_counter()
            assert client.get("/api/v1/auth/providers").status_code == 200
            times.append(time.perf_counter() - began)
    # A kernel that waits does so for 40 ms, each time but the first few.
    assert min(times[5:]) < 0.03
