"""What depends on the server: requests within requests, forged senders, paths that climb."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.servers.festoon import Festoon
from tests.servers.forked import ForkedFestoon, Forks


@pytest.fixture(scope="module")
def running(
    forks: Forks, tmp_path_factory: pytest.TempPathFactory, sqlite_databases: object
) -> Iterator[Festoon]:
    """One host, served as in earnest and with its limits on, for all tests here."""
    url = sqlite_databases.create()  # type: ignore[attr-defined]
    folder = tmp_path_factory.mktemp("festoon")
    host = ForkedFestoon(forks, folder, {"DATABASE_URL": url, "LIMITS": "on", "LOG": "json"})
    host.start()
    yield host
    host.kill()


def _said(host: Festoon, raw: bytes, patience: float = 2.0, silence: float = 0.3) -> bytes:
    """All that comes back over one connection, until it is closed or nothing comes any more."""
    with socket.create_connection(("127.0.0.1", host.port), patience) as link:
        link.sendall(raw)
        found = b""
        try:
            while part := link.recv(65536):
                found += part
                # The rest of an answer that has begun comes at once.
                link.settimeout(silence)
        except TimeoutError:
            pass
        return found


def _statuses(answer: bytes) -> list[int]:
    """The statuses of the answers on a connection."""
    return [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]]


HEAD = b"POST /api/v1/auth/guest HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
INNER = b"GET /api/v1/smuggled HTTP/1.1\r\nHost: x\r\nX-Smuggled: "


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + INNER,
        b"Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n" + INNER,
        b"Content-Length: 4\r\nContent-Length: 60\r\n\r\n{}  " + INNER,
        b"Content-Length: 4, 60\r\n\r\n{}  " + INNER,
        b"Content-Length: +4\r\n\r\n{}  " + INNER,
        b"Content-Length: -1\r\n\r\n" + INNER,
        b"Content-Length: 0x4\r\n\r\n{}  " + INNER,
        b"Content-Length : 4\r\n\r\n{}  " + INNER,
        b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + INNER,
        b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + INNER,
        b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + INNER,
        b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n" + INNER,
        b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n" + INNER,
        b"Transfer-Encoding: chunked\r\n\r\n2;\n\r\n{}\r\n0\r\n\r\n" + INNER,
        b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n" + INNER,
        b" Content-Length: 4\r\n\r\n{}  " + INNER,
        b"X: a\r\n b\r\nContent-Length : 4\r\n\r\n" + INNER,
    ],
)
def test_no_request_travels_within_another(running: Festoon, framing: bytes) -> None:
    answer = _said(running, HEAD + framing + b"\r\n\r\n")
    statuses = _statuses(answer)
    # What follows is never taken for a request of its own; where there is no answer yet, the host
    # waits for a body without end.
    assert set(statuses) <= {400, 422, 501}, answer


@pytest.mark.parametrize(
    "raw",
    [
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n: nameless\r\n\r\n",
        b"GET /heal\x00thz HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\n\r\n",
        b"GET  /healthz  HTTP/9.9\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"X: " + b"a" * 200_000 + b"\r\n\r\n",
    ],
    ids=lambda raw: repr(raw[:60]),
)
def test_what_is_no_request_is_refused_and_stops_nothing(running: Festoon, raw: bytes) -> None:
    try:
        statuses = _statuses(_said(running, raw))
    except (ConnectionError, BrokenPipeError):
        # Closed before all of it was read, which is a refusal as well.
        statuses = [400]
    assert len(statuses) <= 1
    assert not statuses or 400 <= statuses[0] < 500
    assert running.ready()


CLIMBING = (
    *("/static/../../../../etc/passwd", "/static/%2e%2e/%2e%2e/%2e%2e/etc/passwd"),
    *("/static/..%2f..%2f..%2f..%2fetc%2fpasswd", "/static//etc/passwd", "/static/%2fetc%2fpasswd"),
    *("/static/..\\..\\..\\etc\\passwd", "/static/%5c..%5c..%5cetc%5cpasswd", "/static/%00"),
    *("/static/....//....//etc/passwd", "/static/%252e%252e/%252e%252e/etc/passwd", "/static/."),
    *("/static/../templates/pages/home.html", "/static/../csrf.py", "/static/" + "a" * 5000),
    *("/apps/lottery/static/../manifest.json", "/apps/lottery/static/%2e%2e/__init__.py"),
    *("/apps/lottery/static/..%2f__init__.py", "/apps/lottery/static/../../../../etc/passwd"),
    *("/apps/../api/v1/rooms/../../../etc/passwd", "/sw.js/../../../etc/passwd", "/.env", "/.git"),
)


@pytest.mark.parametrize("path", CLIMBING)
def test_no_path_climbs_out_of_the_files(running: Festoon, path: str) -> None:
    answer = _said(
        running, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode(), 60
    )
    assert _statuses(answer)[0] in (400, 404, 405), answer[:200]
    for inside in (b"root:x:", b"{%", b"import annotations", b'"capabilities"'):
        assert inside not in answer


def test_a_guesser_is_stopped_whatever_sender_they_pretend_to_be(running: Festoon) -> None:
    body = b'{"email": "a@example.com", "password": "wrong password"}'
    statuses = []
    for number in range(25):
        forged = b"10.0.0.%d" % number
        statuses += _statuses(
            _said(
                running,
                b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                b"Content-Type: application/json\r\nContent-Length: %d\r\n"
                b"X-Real-IP: %s\r\nForwarded: for=%s\r\nClient-IP: %s\r\n"
                b"X-Client-IP: %s\r\nTrue-Client-IP: %s\r\n\r\n"
                % ((len(body),) + (forged,) * 5)
                + body,
                60,
            )
        )
        if statuses[-1] == 429:
            break
    assert statuses[-1] == 429, statuses
    assert set(statuses) == {401, 429}


def test_the_log_of_the_real_host_has_one_object_a_line(running: Festoon) -> None:
    import json

    _said(
        running,
        b"GET /rooms/%0d%0aforged%1b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        b"User-Agent: a\x9b2Jb\r\nX-Request-ID: aaaaaaaa%0d%0a\r\n\r\n",
    )
    lines = running.log.read_text(encoding="utf-8").splitlines()
    assert lines
    assert all(json.loads(line)["message"].isprintable() for line in lines if line[:1] == "{")
