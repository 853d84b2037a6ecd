"""Calls go to the internet, and to other networks only where that is configured."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from ipaddress import ip_network

import httpcore2
import pytest

from host.apps.remote.address import Addresses
from host.apps.remote.client import Client
from host.apps.remote.network import CheckedNetwork
from host.apps.remote.problems import Unreached
from host.config import Config
from host.errors import ConfigurationError

REFUSED = (
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.8",
    "198.18.0.1",
    "192.88.99.1",
    "203.0.113.9",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "2001:0:1::",
    "2002:7f00:1::",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fec0::1",
    "fe80::1",
    "fe80::1%eth0",
    "ff02::1",
    "not an address",
    "127.1",
)
PUBLIC = ("8.8.8.8", "1.1.1.1", "::ffff:8.8.8.8", "2606:4700:4700::1111", "2a00:1450::1")


@pytest.mark.parametrize("address", REFUSED)
def test_an_address_that_is_nobodys_on_the_internet_is_refused(address: str) -> None:
    assert not Addresses().may(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_on_the_internet_is_not(address: str) -> None:
    assert Addresses().may(address)


def test_a_network_that_is_configured_may_be_called_and_no_other() -> None:
    addresses = Addresses([ip_network("10.1.0.0/16"), ip_network("fd00::/8")])
    assert addresses.may("10.1.2.3")
    assert addresses.may("::ffff:10.1.2.3")
    assert addresses.may("fd00::7")
    assert not addresses.may("10.2.0.1")
    assert not addresses.may("127.0.0.1")


def test_this_machine_may_be_called_on_a_laptop_and_where_it_is_configured() -> None:
    production = {"FESTOON_PUBLIC_URL": "https://example.com"}
    for environ, loopback, inner in (
        ({}, True, False),
        ({"FESTOON_SERVICE_NETWORKS": "none"}, False, False),
        (production, False, False),
        (production | {"FESTOON_SERVICE_NETWORKS": "loopback, 10.1.0.0/16"}, True, True),
    ):
        addresses = Addresses(Config.load(environ).reachable)
        assert addresses.may("127.0.0.1") is addresses.may("::1") is loopback, environ
        assert addresses.may("10.1.0.7") is inner, environ
    with pytest.raises(ConfigurationError, match=r"FESTOON_SERVICE_NETWORKS.*'10\.1'"):
        Config.load({"FESTOON_SERVICE_NETWORKS": "10.1"})


class Names:
    """A resolver whose answers change from one question to the next."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def __call__(self, name: str, port: int) -> Sequence[str]:
        self.asked += 1
        return self.answers.pop(0) if self.answers else ["127.0.0.1"]


async def _greeter() -> tuple[asyncio.Server, int]:
    def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(writer.get_extra_info("sockname")[0].encode())
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.2", 0)
    return server, server.sockets[0].getsockname()[1]


async def test_a_name_that_changes_between_check_and_connection_gains_nothing() -> None:
    server, port = await _greeter()
    names = Names(["10.0.0.9", "127.0.0.2"], ["127.0.0.1"])
    network = CheckedNetwork(Addresses([ip_network("127.0.0.2/32")]), names)
    async with server:
        stream = await network.connect_tcp("rebind.example", port, timeout=30)
        # Looked up once; the address that was refused was passed over, not connected to.
        assert await stream.read(100, timeout=30) == b"127.0.0.2"
        await stream.aclose()
        assert names.asked == 1
        with pytest.raises(Unreached, match=r"may not call \(rebind.example\)"):
            await network.connect_tcp("rebind.example", port, timeout=30)


async def test_a_connection_that_does_not_come_about_is_tried_once_more_and_not_again() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n{}")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.2", 0)
    port = server.sockets[0].getsockname()[1]
    names = Names(["127.0.0.3"], ["127.0.0.2"], ["127.0.0.3"], ["127.0.0.3"], ["127.0.0.2"])
    client = Client(CheckedNetwork(Addresses([ip_network("127.0.0.0/24")]), names))
    url = f"http://two.example:{port}/"
    async with server:
        reply = await client.post("far", url, {}, b"{}", seconds=30, most_bytes=99)
        assert (reply.status, reply.body, names.asked) == (200, b"{}", 2)
        await client.close()
        with pytest.raises(Unreached, match="cannot be reached"):
            await client.post("far", url, {}, b"{}", seconds=30, most_bytes=99)
        assert names.asked == 4
        await client.close()


async def test_where_nothing_listens_the_next_address_is_tried() -> None:
    server, port = await _greeter()
    network = CheckedNetwork(
        Addresses([ip_network("127.0.0.0/24")]), Names(["127.0.0.3", "127.0.0.2"], ["127.0.0.3"])
    )
    async with server:
        stream = await network.connect_tcp("two.example", port, timeout=30)
        await stream.aclose()
        with pytest.raises(httpcore2.ConnectError):
            await network.connect_tcp("two.example", port, timeout=30)
