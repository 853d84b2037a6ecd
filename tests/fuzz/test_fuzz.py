"""The lean run of `./dev fuzz`: the same checks, a few cases of each call, a fixed seed."""

from __future__ import annotations

import asyncio

from tests.conftest import FestoonFactory
from tests.fuzz.command import fuzz, with_everything_on
from tests.fuzz.world import ADMIN
from tests.servers.smtp import MailServer

SEED, EXAMPLES, LEAST = 20, 1, 120


async def test_the_host_keeps_what_its_document_says(
    festoon_process: FestoonFactory, smtp: MailServer
) -> None:
    """No 5xx, no undocumented answer, whoever asks: somebody else at each case."""
    host = festoon_process(**with_everything_on(smtp.url))
    host.run("user", "create", "--email", ADMIN[0], "--password", ADMIN[1], "--admin")
    phases = ("--phases", "fuzzing")
    code, cases, printed = await asyncio.to_thread(fuzz, host.url, "all", EXAMPLES, SEED, *phases)
    assert code == 0, printed
    assert cases >= LEAST, printed
