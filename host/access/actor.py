"""Who makes a call."""

from __future__ import annotations

from dataclasses import dataclass

from host.contract import User
from host.errors import Unauthorized


@dataclass(frozen=True)
class Actor:
    """Who makes a call: a user, an application, both, or nobody."""

    user: User | None = None
    is_admin: bool = False
    is_guest: bool = False
    session_id: str | None = None
    app_id: str | None = None
    app_permissions: frozenset[str] | None = None
    request_id: str = ""
    address: str = ""
    user_agent: str | None = None

    @property
    def signed_in(self) -> bool:
        """Whether there is anyone at all."""
        return self.user is not None or self.app_id is not None

    @property
    def caller(self) -> str:
        """A key for what belongs to one caller: idempotency keys, limits."""
        if self.user is not None:
            return f"user:{self.user.id}"
        return f"app:{self.app_id}" if self.app_id else f"address:{self.address}"

    def need_user(self) -> User:
        """The user, or `Unauthorized` where there is none."""
        if self.user is None:
            raise Unauthorized("Sign in first.")
        return self.user


ANYONE = Actor()
