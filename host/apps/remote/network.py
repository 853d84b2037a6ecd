"""Connections to where a call may go, for the HTTP client."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import httpcore2

from host.apps.remote.address import Addresses, Resolve, looked_up
from host.apps.remote.problems import Unreached


class CheckedNetwork(httpcore2.AsyncNetworkBackend):
    """Makes connections, to addresses that may be connected to and to no other."""

    def __init__(self, addresses: Addresses, resolve: Resolve = looked_up) -> None:
        self._addresses = addresses
        self._resolve = resolve
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """A connection to the first address of `host` that may be connected to and answers.

        Raises `Unreached` where none may, and `httpcore2.ConnectError` where none answers.
        """
        try:
            found = await self._resolve(host, port)
        except OSError as error:
            raise Unreached(f"it has an address that is not known: {host}") from error
        allowed = [one for one in found if self._addresses.may(one)]
        if not allowed:
            raise Unreached(f"it is at an address that this host may not call ({host})")
        for address in allowed[:-1]:
            try:
                return await self._network.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except httpcore2.ConnectError:
                continue
        return await self._network.connect_tcp(
            allowed[-1], port, timeout, local_address, socket_options
        )

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        await asyncio.sleep(seconds)
