"""Any issuer of OpenID Connect, Google among them (OpenID Connect Core 1.0 and Discovery 1.0)."""

from __future__ import annotations

from typing import Any

from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from host.auth.providers.metadata import Metadata
from host.auth.providers.outgoing import asked, authorization_url, client, exchanged
from host.auth.providers.provider import Answer, Journey, Profile, Provider
from host.entrances import ProviderSettings
from host.ids import Sources

SCOPES = "openid email profile"
LEEWAY_SECONDS = 60
"""By how much the provider's clock may differ from ours."""
ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
)
"""Signatures by which anybody can check, and only the provider can make."""


class OpenIDProvider(Provider):
    """Authorization code with PKCE and nonce; the id token is checked by the issuer's keys."""

    def __init__(self, settings: ProviderSettings, sources: Sources) -> None:
        super().__init__(settings)
        self._sources = sources
        self._metadata = Metadata(self, sources.monotonic)

    async def address(self, journey: Journey) -> str:
        """The issuer's authorization endpoint, with all that it is to repeat."""
        async with client(self) as speaking:
            found = await self._metadata.configuration(speaking)
        return authorization_url(
            self, found.authorization_endpoint, SCOPES, journey, nonce=journey.nonce
        )

    async def profile(self, journey: Journey, answer: Answer) -> Profile:
        """Exchanges the code, checks the id token, asks for an address that is not in it."""
        async with client(self) as speaking:
            found = await self._metadata.configuration(speaking)
            # RFC 9207: the answer of another issuer than the one that was asked.
            if answer.get("iss", found.issuer) != found.issuer:
                raise self.no("another provider answered")
            speaking.token_endpoint_auth_method = found.client_auth(self.settings.client_secret)
            token = await exchanged(self, speaking, found.token_endpoint, journey, answer)
            claims = await self._claims(speaking, token.get("id_token"), journey.nonce)
            if "email" not in claims and found.userinfo_endpoint:
                claims = await self._more(speaking, found.userinfo_endpoint, token, claims)
        told = claims.get("email_verified")
        return self.profile_of(
            claims["sub"],
            email=claims.get("email"),
            # Some send the word for the truth. Who says that it is not true is believed.
            verified=told is True or told == "true" or (told is None and self.settings.vouches),
            name=claims.get("name"),
            avatar=claims.get("picture"),
        )

    async def _more(
        self, speaking: AsyncOAuth2Client, url: str, token: Any, claims: dict[str, Any]
    ) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token['access_token']}"}
        more = await asked(self, speaking, "GET", url, headers=headers)
        if more.get("sub") != claims["sub"]:
            raise self.no("it told of somebody else")
        return {**more, **claims}

    async def _claims(
        self, speaking: AsyncOAuth2Client, id_token: object, nonce: str
    ) -> dict[str, Any]:
        if not isinstance(id_token, str):
            raise self.no("it did not say who you are")
        found = await self._metadata.configuration(speaking)
        claims = await self._signed(speaking, id_token)
        rules = jwt.JWTClaimsRegistry(
            now=lambda: int(self._sources.now().timestamp()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": found.issuer},
            aud={"essential": True, "value": self.settings.client_id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True, "allow_blank": False},
            nonce={"essential": True, "value": nonce},
        )
        try:
            rules.validate(claims)
        except (JoseError, ValueError) as error:
            raise self.no("what it says of you does not hold") from error
        party = claims.get("azp", self.settings.client_id)
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if party != self.settings.client_id or (several and "azp" not in claims):
            raise self.no("what it says of you is meant for another host")
        return claims

    async def _signed(self, speaking: AsyncOAuth2Client, id_token: str) -> dict[str, Any]:
        keys = await self._metadata.keys(speaking)
        try:
            return _read(id_token, keys)
        except (InvalidKeyIdError, BadSignatureError):
            # The issuer may have taken a new key since ours were fetched.
            keys = await self._metadata.keys(speaking, anew=True)
        except (JoseError, ValueError) as error:
            raise self.no("what it says of you is not signed by it") from error
        try:
            return _read(id_token, keys)
        except (JoseError, ValueError) as error:
            raise self.no("what it says of you is not signed by it") from error


def _read(id_token: str, keys: KeySet) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(id_token, keys, algorithms=ALGORITHMS).claims
    return claims
