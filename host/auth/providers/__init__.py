"""The sign-in providers of this deployment, by configuration only, spoken to through Authlib."""

from __future__ import annotations

from collections.abc import Iterator

from host.auth.providers.provider import Answer, Journey, Profile, Provider
from host.config import Config
from host.entrances import ProviderSettings
from host.errors import OAuthNotConfigured
from host.ids import Sources


class Providers:
    """Those that are set up and on, in the order in which people see them."""

    def __init__(self, config: Config, sources: Sources) -> None:
        self._on = {one.id: _provider(one, sources) for one in config.providers}

    def __iter__(self) -> Iterator[Provider]:
        return iter(self._on.values())

    def __contains__(self, provider_id: str) -> bool:
        return provider_id in self._on

    def get(self, provider_id: str) -> Provider:
        """One of them, or `OAuthNotConfigured`."""
        found = self._on.get(provider_id)
        if found is None:
            raise OAuthNotConfigured(
                f"Signing in with '{provider_id[:60]}' is not set up on this host."
            )
        return found

    def name_of(self, provider_id: str) -> str:
        """What people know a provider by, also one that is off by now."""
        found = self._on.get(provider_id)
        return found.name if found else provider_id.title()


def _provider(settings: ProviderSettings, sources: Sources) -> Provider:
    # Their library is loaded where there is a provider at all.
    from host.auth.providers.openid import OpenIDProvider
    from host.auth.providers.vk import VKProvider
    from host.auth.providers.yandex import YandexProvider

    if settings.kind == "yandex":
        return YandexProvider(settings)
    if settings.kind == "vk":
        return VKProvider(settings)
    return OpenIDProvider(settings, sources)


__all__ = ["Answer", "Journey", "Profile", "Provider", "Providers"]
