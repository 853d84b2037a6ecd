"""An evening whose draw is checked: who was told what beforehand, and what a phone makes of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from plugins.lottery.tests.proof.drums import document, drum, receipt_of
from tests.conftest import FestoonFactory
from tests.journeys.axe import violations
from tests.journeys.people import PHONE, Someone
from tests.journeys.test_lottery import Office
from tests.servers.festoon import Festoon

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser

VERIFY = "/apps/lottery{}/verify"
WIDER = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture
def host(festoon_process: FestoonFactory) -> Festoon:
    return festoon_process()


async def test_a_file_is_checked_by_the_phone_itself(
    host: Festoon, browser: Browser, album: Path | None, tmp_path: Path
) -> None:
    office = Office(host, {})
    phone = await Someone.arrive(browser, host.url, PHONE, album)
    await phone.join(office.room["joinCode"], "Ann")
    await phone.sees("Connected")
    run = drum(2)
    proof = document(run)
    files = {
        "proof.json": proof,
        "receipt.json": receipt_of(run, 0),
        "other.json": receipt_of(run, 0) | {"name": "Somebody else"},
        "changed.json": proof | {"entries": proof["entries"][1:]},
    }
    for name, content in files.items():
        (tmp_path / name).write_text(json.dumps(content), "utf-8")

    async def give(*names: str) -> None:
        await phone.go(VERIFY.format(office.at))
        await phone.page.locator("#verdict:not([data-verdict=busy])").wait_for()
        await phone.page.locator("#files").set_input_files([tmp_path / name for name in names])

    await give("proof.json", "receipt.json")
    await phone.page.locator("[data-verdict=valid]").wait_for()
    await phone.sees("You are in: entry number 1 of")
    await phone.sees("What this does not prove")
    assert await violations(phone.page) == []
    assert not await phone.page.evaluate(WIDER)
    await phone.picture("lottery-verify-valid")
    await give("changed.json", "receipt.json")
    await phone.page.locator("[data-verdict=wrong]").wait_for()
    await phone.sees("entries were fixed at closing, and here are")
    await phone.picture("lottery-verify-wrong")
    await give("proof.json", "other.json")
    await phone.sees("Your entry is not among those that were drawn from.")
