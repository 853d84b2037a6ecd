"""A service is who its certificate says, by the name that it was registered with."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from host.apps.remote.address import Addresses
from host.apps.remote.client import Client, Reply
from host.apps.remote.network import CheckedNetwork
from host.apps.remote.problems import Unreached
from tests.remote.test_address import Names

NAME = "service.example"


def _certificate(folder: Path) -> Path:
    """A key, and a certificate for `NAME` that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "service.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@dataclass
class Service:
    """A service behind TLS, and the certificate that it shows."""

    port: int
    certificate: Path

    async def ask(self, name: str, *, trusted: bool) -> Reply:
        """A call by a name, by somebody who trusts the certificate or who does not."""
        context = ssl.create_default_context(cafile=str(self.certificate)) if trusted else None
        network = CheckedNetwork(Addresses([ip_network("127.0.0.0/8")]), Names())
        client = Client(network, context)
        try:
            url = f"https://{name}:{self.port}/"
            return await client.post("far", url, {}, b"{}", seconds=30, most_bytes=99)
        finally:
            await client.close()


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    """A service that answers `{}`."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n{}")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}")
        writer.close()

    certificate = _certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    async with server:
        yield Service(server.sockets[0].getsockname()[1], certificate)


async def test_a_certificate_holds_for_its_name_and_no_other(service: Service) -> None:
    assert (await service.ask(NAME, trusted=True)).body == b"{}"
    with pytest.raises(Unreached, match="certificate"):
        await service.ask("other.example", trusted=True)


async def test_a_certificate_that_nobody_vouches_for_is_none(service: Service) -> None:
    with pytest.raises(Unreached, match="certificate"):
        await service.ask(NAME, trusted=False)
