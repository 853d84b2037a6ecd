"""Acts on one row of a table of the administration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette_admin.actions import row_action

GRAVE = "btn btn-danger"


def act(
    name: str, words: str, asks: str, icon: str, *, grave: bool = False
) -> Callable[[Any], Any]:
    """An act on one row, that asks once; `icon` is one of the library's."""
    decorate: Callable[[Any], Any] = row_action(
        name=name,
        text=words,
        confirmation=asks,
        header=words,
        submit_btn_text=words,
        submit_btn_class=GRAVE if grave else None,
        icon_class=f"fa-solid {icon}",
        # Answers as a form does: that takes our check of the sender, and no script of its own.
        custom_response=True,
    )
    return decorate
