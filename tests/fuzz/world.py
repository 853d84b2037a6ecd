"""The people and things that cases are made with: a room with everybody in it, always a living one.

Cases end sessions, delete accounts and close rooms. Whatever a case has used up is made anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

PASSWORD = "correct horse battery"
ADMIN = ("ada@example.org", PASSWORD)
ROLES = ("nobody", "stranger", "viewer", "participant", "moderator", "organizer", "admin")
BY_APPS = ("app", "app-for-organizer")
MANIFEST = {
    "meta": {"name": "Fuzzed", "version": "1.0.0", "description": "A service that is away."},
    "baseUrl": "http://127.0.0.1:9",
    "capabilities": [],
    "permissions": [
        *("users:read", "rooms:read", "rooms:write", "participants:read", "participants:write"),
        *("prizes:read", "prizes:write", "winners:read", "winners:write"),
        *("realtime:subscribe", "realtime:publish"),
    ],
    "settings": {"type": "object", "properties": {}},
}


@dataclass
class Someone:
    """A person with an account of their own."""

    name: str
    id: str
    token: str


@dataclass
class World:
    """What is there. `ids` are of the room of now, by the names that paths and bodies have."""

    url: str
    people: dict[str, Someone] = field(default_factory=dict)
    ids: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._http = httpx.Client(base_url=f"{self.url}/api/v1", timeout=60)
        self.app = ""
        self._app_token: str | None = None
        for role in ROLES[1:]:
            self.renew(role)
        self.refresh()

    def headers(self, role: str) -> dict[str, str]:
        """How somebody in a role says who they are."""
        if role == "nobody":
            return {}
        if role == "app":
            return {"Authorization": f"Bearer {self._app_token}", "X-App-Id": self.app}
        if role == "app-for-organizer":
            person = self.headers("organizer")
            return {**person, "X-App-Id": self.app, "X-App-Token": str(self._app_token)}
        return {"Authorization": f"Bearer {self.people[role].token}"}

    def renew(self, role: str) -> None:
        """Somebody new in a role, or the same one with a new session."""
        if role == "admin":
            email, password = ADMIN
            known = {"email": email, "password": password}
            signed_in = self._call("POST", "/auth/login", None, known)
        else:
            body = {"email": f"{uuid4().hex}@example.org", "password": PASSWORD}
            signed_in = self._call("POST", "/auth/register", None, {**body, "name": role.title()})
        user = signed_in["user"]
        self.people[role] = Someone(role, user["id"], signed_in["accessToken"])

    def living(self, role: str) -> bool:
        """Whether the token of a role still holds."""
        headers = self.headers(role)
        # `/auth/me` is for people: an application alone is refused there all the same.
        path = "/rooms" if role == "app" else "/auth/me"
        return not headers or self._http.get(path, headers=headers).status_code != 401

    def refresh(self) -> None:
        """A new open room with everybody in it, with prizes and with somebody who has won."""
        for role in self.people:
            if not self.living(role):
                self.renew(role)
        if self._app_token is None or not self.living("app"):
            self._register_app()
        room = self._call("POST", "/rooms", "organizer", {"name": "Fuzz", "appId": "lottery"})
        path = f"/rooms/{room['id']}"
        self._call("PATCH", path, "organizer", {"status": "ACTIVE"})
        parts = {}
        for role in ("viewer", "participant", "moderator"):
            code = {"joinCode": room["joinCode"]}
            parts[role] = self._call("POST", f"{path}/participants", role, code)["id"]
            change = {"role": role.upper()}
            self._call("PATCH", f"{path}/participants/{parts[role]}", "organizer", change)
        prizes = [
            self._call("POST", f"{path}/prizes", "organizer", {"name": "Sled", "quantity": 9})["id"]
            for _ in range(2)
        ]
        won = {"participantId": parts["participant"], "prizeId": prizes[0]}
        winner = self._call("POST", f"{path}/winners", "organizer", won)["id"]
        self._call("POST", f"{path}/apps", "organizer", {"appId": self.app})
        self.ids = {
            "roomId": [room["id"]],
            "joinCode": [room["joinCode"]],
            "participantId": list(parts.values()),
            "prizeId": prizes,
            "winnerId": [winner],
            "userId": [person.id for person in self.people.values()],
            "appId": ["lottery", "quiz", "notifications", self.app],
        }

    def _register_app(self) -> None:
        """An application that is a service of its own."""
        self.app = f"fuzzed-{uuid4().hex[:8]}"
        body = {"manifest": MANIFEST, "appId": self.app}
        secret = self._call("POST", "/apps", "admin", body)["appSecret"]
        given = {"appId": self.app, "appSecret": secret}
        self._app_token = self._call("POST", "/apps/token", None, given)["accessToken"]

    @property
    def roles(self) -> tuple[str, ...]:
        """Everybody there is."""
        return (*ROLES, *BY_APPS)

    def _call(
        self, method: str, path: str, role: str | None, body: Mapping[str, Any]
    ) -> dict[str, Any]:
        headers = self.headers(role) if role else {}
        answer = self._http.request(method, path, json=body, headers=headers)
        assert answer.is_success, (method, path, role, answer.text)
        data: dict[str, Any] = answer.json()["data"]
        return data
