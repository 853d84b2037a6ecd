"""What every sign-in provider does, and what comes back of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from host.auth.person import clean_avatar, clean_email, clean_name
from host.entrances import ProviderSettings
from host.errors import InvalidCredentials, Unavailable

LONGEST_SUBJECT = 255
Answer = Mapping[str, str]
"""The query with which a browser comes back: code, state, and whatever the provider adds."""


@dataclass(frozen=True)
class Journey:
    """A browser on its way to a provider and back: what goes with it, and what only we know.

    `verifier` is PKCE's, `nonce` is what an id token has to repeat.
    """

    state: str
    nonce: str
    verifier: str
    redirect_uri: str


@dataclass(frozen=True)
class Profile:
    """Who the provider says that somebody is.

    `email_verified` is true only where the provider says so, or the deployment vouches for it.
    """

    subject: str
    email: str | None = None
    email_verified: bool = False
    name: str | None = None
    avatar: str | None = None


class Provider(ABC):
    """One way of signing in. It keeps nothing of the people who come by it."""

    def __init__(self, settings: ProviderSettings) -> None:
        self.settings = settings
        self.id = settings.id
        self.name = settings.name

    @abstractmethod
    async def address(self, journey: Journey) -> str:
        """Where to send the browser; `Unavailable` where that cannot be found out."""

    @abstractmethod
    async def profile(self, journey: Journey, answer: Answer) -> Profile:
        """Who came back: the code is exchanged, and what comes of it is checked.

        Raises `InvalidCredentials` where the provider or a check says no, `Unavailable` where
        the provider gives no answer that could be used.
        """

    def profile_of(
        self,
        subject: object,
        *,
        email: object = None,
        verified: bool = False,
        name: object = None,
        avatar: object = None,
    ) -> Profile:
        """A profile of what a provider told, with everything left out that cannot be kept."""
        text = str(subject) if isinstance(subject, str | int) else ""
        if not text or len(text) > LONGEST_SUBJECT or not text.isprintable():
            raise self.odd("it names nobody")
        address = _kept(clean_email, email)
        return Profile(
            subject=text,
            email=address,
            email_verified=address is not None and verified,
            name=_kept(clean_name, name),
            avatar=_kept(clean_avatar, avatar),
        )

    def no(self, why: str) -> InvalidCredentials:
        """The provider, or a check of what it said, does not let this person in."""
        return InvalidCredentials(
            f"Signing in with {self.name} did not work: {why}. Start again.",
            details={"provider": self.id},
        )

    def odd(self, why: str) -> Unavailable:
        """The provider cannot be used now."""
        return Unavailable(
            f"{self.name} could not be used to sign in: {why}. Try again in a moment, "
            "or sign in another way.",
            details={"provider": self.id},
        )


def _kept(rule: Any, told: object) -> str | None:
    if not isinstance(told, str) or not told:
        return None
    try:
        kept: str = rule(told)
    except ValueError:
        return None
    return kept
