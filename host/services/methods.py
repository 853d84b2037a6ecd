"""The ways of signing in that this host has on."""

from __future__ import annotations

from dataclasses import dataclass

from host.config import Config

PASSWORD, GUEST = "password", "guest"


@dataclass(frozen=True)
class Method:
    """One of them. `type`: password, guest, or oauth for a provider that people are sent to."""

    id: str
    type: str
    name: str


def methods_of(config: Config) -> tuple[Method, ...]:
    """All that are on, as people see them listed."""
    built_in = (
        Method(PASSWORD, PASSWORD, "E-mail and password"),
        Method(GUEST, GUEST, "Just a name"),
    )
    found = tuple(one for one in built_in if config.offers(one.id))
    return (*found, *(Method(one.id, "oauth", one.name) for one in config.providers))
