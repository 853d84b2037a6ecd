"""What axe finds in a page: violations that keep somebody from using it."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.async_api import Page

GRAVE = ("serious", "critical")


@cache
def _script() -> str:
    return resources.files("axe_playwright_python").joinpath("axe.min.js").read_text()


async def violations(page: Page) -> list[str]:
    """Every serious or critical one, as one line each with the first place where it is."""
    await page.evaluate(f"window.axe || (() => {{ {_script()} }})()")
    found: dict[str, Any] = await page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{one['id']} ({one['impact']}): {one['help']}, at {one['nodes'][0]['html'][:160]} "
        f"{one['nodes'][0].get('failureSummary', '')}"
        for one in found["violations"]
        if one["impact"] in GRAVE
    ]
