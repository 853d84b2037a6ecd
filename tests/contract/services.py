"""Separate services as the contract's tests have them: registered, with a secret and a token."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from host.permissions import Permission
from host.testing.host import Person
from tests.contract.answers import data
from tests.contract.cast import Stage

ALL = tuple(permission.value for permission in Permission)


def manifest(version: str = "1.0.0", **changes: Any) -> dict[str, Any]:
    """A manifest of a service that can draw winners, and asks for everything."""
    return {
        "meta": {"name": "Tombola", "version": version, "description": "Draws by itself."},
        "baseUrl": "http://127.0.0.1:9",
        "capabilities": ["winnerSelection"],
        "permissions": list(ALL),
        "webhooks": {"winnerSelection": "/draw"},
        "settings": {},
        **changes,
    }


@dataclass
class Service:
    """A registered service; `made` is what its registration was answered."""

    stage: Stage
    made: dict[str, Any]

    @property
    def id(self) -> str:
        """Its id."""
        found: str = self.made["appId"]
        return found

    @property
    def secret(self) -> str:
        """The secret that it was given."""
        found: str = self.made["appSecret"]
        return found

    async def token(self, secret: str | None = None) -> str:
        """A token for a secret."""
        body = {"appId": self.id, "appSecret": secret or self.secret}
        given = data(await self.stage.host.nobody.call("POST", "/apps/token", body))
        token: str = given["accessToken"]
        return token

    async def alone(self, secret: str | None = None) -> Person:
        """The service as a caller that acts alone."""
        caller = Person(self.stage.host.client, None)
        caller.token = await self.token(secret)
        return caller

    async def change(self, version: str, **changes: Any) -> dict[str, Any]:
        """Sends a new version of its manifest."""
        body = {"manifest": manifest(version, **changes)}
        changed: dict[str, Any] = await self.stage.people["admin"].patch(f"/apps/{self.id}", body)
        return changed


async def register(
    stage: Stage, app_id: str | None = None, permissions: Collection[str] = ALL, **changes: Any
) -> Service:
    """Registers a service, with an id that nobody had before unless one is given."""
    raw = manifest(permissions=list(permissions), **changes)
    app_id = app_id or f"tombola-{stage.host.host.sources.new_id()[-8:]}"
    answer = await stage.people["admin"].call("POST", "/apps", {"manifest": raw, "appId": app_id})
    return Service(stage, data(answer, 201))


async def take_off(stage: Stage) -> None:
    """Takes every service off, so that the catalogue is as it was."""
    admin = stage.people["admin"]
    for row in await admin.get("/apps?limit=100"):
        if row["source"] == "SERVICE" and row["state"] != "MISSING":
            await admin.delete(f"/apps/{row['appId']}")
