"""The ways of signing in that this host has on."""

from __future__ import annotations

from dataclasses import dataclass

from host.config import Config

PASSWORD, GUEST, PHONE = "password", "guest", "phone"


@dataclass(frozen=True)
class Method:
    """One of them. `type`: password, guest, phone, or oauth for a provider elsewhere."""

    id: str
    type: str
    name: str


def methods_of(config: Config, *, phone: bool = False) -> tuple[Method, ...]:
    """All that are on, as people see them listed; `phone` where text messages are delivered."""
    built_in = (
        Method(PASSWORD, PASSWORD, "E-mail and password"),
        Method(GUEST, GUEST, "Just a name"),
    )
    found = [one for one in built_in if config.offers(one.id)]
    if phone:
        found.append(Method(PHONE, PHONE, "Phone number"))
    return (*found, *(Method(one.id, "oauth", one.name) for one in config.providers))
