"""Entry conditions: what guests are asked at the door, and who takes part by their answers."""

from __future__ import annotations

from festoon_lottery.entry.admission import admitted, announced, fix, kept_out
from festoon_lottery.entry.answers import export, forget
from festoon_lottery.entry.door import form, missing, register

__all__ = [
    "admitted",
    "announced",
    "export",
    "fix",
    "forget",
    "form",
    "kept_out",
    "missing",
    "register",
]
