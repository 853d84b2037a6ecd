"""Every promise of the wire is kept on two loops: the host's own, and asyncio's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from host.realtime.wire.loop import FairLoop


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop that `festoon serve` makes, and what another server may come with."""
    return {"own loop": FairLoop, "asyncio's loop": asyncio.SelectorEventLoop}
