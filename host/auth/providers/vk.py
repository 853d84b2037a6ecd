"""VK ID: OAuth 2.1 with PKCE and the device that VK names on the way back (id.vk.com)."""

from __future__ import annotations

from urllib.parse import urlencode

from host.auth.providers.outgoing import asked, authorization_url, client, exchanged
from host.auth.providers.provider import Answer, Journey, Profile, Provider

VK = "https://id.vk.com"
SCOPES = "vkid.personal_info email"


class VKProvider(Provider):
    """Never says that an address was verified. Its code is exchanged by PKCE, without a secret."""

    async def address(self, journey: Journey) -> str:
        """VK's page that asks the person."""
        return authorization_url(self, f"{self.settings.url or VK}/authorize", SCOPES, journey)

    async def profile(self, journey: Journey, answer: Answer) -> Profile:
        """Exchanges the code together with its device, and asks whose token that is."""
        device = answer.get("device_id")
        if not device:
            raise self.no("it did not say by which device")
        base = self.settings.url or VK
        async with client(self) as speaking:
            token = await exchanged(
                self,
                speaking,
                f"{base}/oauth2/auth",
                journey,
                answer,
                # In the body: of a keyword `state` Authlib thinks that it is for itself.
                body=urlencode({"state": journey.state}),
                device_id=device,
            )
            if token.get("state", journey.state) != journey.state:
                raise self.no("it answered another question")
            told = await asked(
                self,
                speaking,
                "POST",
                f"{base}/oauth2/user_info",
                data={"client_id": self.settings.client_id, "access_token": token["access_token"]},
            )
        user = told.get("user")
        if not isinstance(user, dict):
            raise self.no("it did not say who you are")
        if "user_id" in token and str(token["user_id"]) != str(user.get("user_id")):
            raise self.no("it told of somebody else")
        names = (user.get("first_name"), user.get("last_name"))
        return self.profile_of(
            user.get("user_id"),
            email=user.get("email"),
            verified=self.settings.vouches,
            name=" ".join(name for name in names if isinstance(name, str) and name),
            avatar=user.get("avatar"),
        )
