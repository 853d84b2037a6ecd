"""Yandex ID: OAuth 2.0 with PKCE; who it is, is asked by the token (yandex.com/dev/id/doc)."""

from __future__ import annotations

import re

from host.auth.providers.outgoing import asked, authorization_url, client, exchanged
from host.auth.providers.provider import Answer, Journey, Profile, Provider

OAUTH = "https://oauth.yandex.ru"
LOGIN = "https://login.yandex.ru"
AVATARS = "https://avatars.yandex.net/get-yapic/{}/islands-200"
SCOPES = "login:email login:info login:avatar"
_AVATAR = re.compile(r"[A-Za-z0-9/_-]{1,200}")


class YandexProvider(Provider):
    """It tells an address without saying whether it was verified; see `EMAILS` in the settings."""

    async def address(self, journey: Journey) -> str:
        """Yandex's page that asks the person."""
        return authorization_url(self, f"{self.settings.url or OAUTH}/authorize", SCOPES, journey)

    async def profile(self, journey: Journey, answer: Answer) -> Profile:
        """Exchanges the code, and asks whose token that is."""
        async with client(self, "client_secret_post") as speaking:
            token = await exchanged(
                self, speaking, f"{self.settings.url or OAUTH}/token", journey, answer
            )
            told = await asked(
                self,
                speaking,
                "GET",
                f"{self.settings.url or LOGIN}/info",
                params={"format": "json"},
                headers={"Authorization": f"OAuth {token['access_token']}"},
            )
        # The token has to be this host's, or another host's could be brought along.
        if told.get("client_id") != self.settings.client_id:
            raise self.no("what it says of you is meant for another host")
        picture = told.get("default_avatar_id")
        has_one = isinstance(picture, str) and not told.get("is_avatar_empty")
        known = has_one and _AVATAR.fullmatch(str(picture)) is not None
        return self.profile_of(
            told.get("id"),
            email=told.get("default_email"),
            verified=self.settings.vouches,
            name=told.get("real_name") or told.get("display_name") or told.get("login"),
            avatar=AVATARS.format(picture) if known else None,
        )
