"""An OpenID provider of the tests' own."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

# First, so that the test run's own filters have the last word on Authlib's warnings.
import authlib.deprecate  # noqa: F401

from tests.servers.process import free_port


class OpenIDProvider:
    """A provider that lets anyone in who says so: the sign-in form takes any subject.

    `PUT {issuer}/users/{sub}` with a JSON object sets that user's claims.
    """

    client_id = "festoon-tests"
    client_secret = "invented"

    def __init__(self) -> None:
        self.port = free_port()
        self._running: AbstractContextManager[Any] | None = None

    @property
    def issuer(self) -> str:
        """The issuer's address; its configuration is at `/.well-known/openid-configuration`."""
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        """Serves; codes and tokens from before are unknown."""
        if self._running is None:
            # Late, because it brings a whole web framework along.
            from oidc_provider_mock import run_server_in_thread

            self._running = run_server_in_thread(port=self.port)
            self._running.__enter__()

    def stop(self) -> None:
        """Serves no more."""
        if self._running is not None:
            self._running.__exit__(None, None, None)
            self._running = None
