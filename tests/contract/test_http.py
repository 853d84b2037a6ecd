"""§1 and RFC 9110: methods, unknown paths, other origins."""

from __future__ import annotations

import pytest

from host.testing.host import Person, TestHost
from host.web.api.calls import CALLS
from tests.contract.answers import data, error
from tests.contract.cast import UNKNOWN

FRONT = "https://front.example"
PATHS = sorted({call.path for call in CALLS})


def _concrete(path: str) -> str:
    return "/".join(UNKNOWN if part.startswith("{") else part for part in path.split("/"))


@pytest.mark.parametrize(
    "path", ["/nothing", "/rooms/x/y/z", "/rooms/", "/rooms/x/prizes/", "/auth", "/", ""]
)
async def test_an_unknown_path_is_not_found_in_the_envelope(host: TestHost, path: str) -> None:
    """404 | NOT_FOUND; Envelope of every answer, errors and deletions included"""
    answer = await host.client.get(f"/api/v1{path}", follow_redirects=True)
    error(answer, 404, "NOT_FOUND")


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v2", "/api/v2/rooms"])
async def test_everything_below_api_speaks_json(host: TestHost, path: str) -> None:
    """Base path `/api/v1`; a client may always parse a JSON body"""
    error(await host.client.get(path, follow_redirects=True), 404, "NOT_FOUND")


@pytest.mark.parametrize("path", PATHS)
async def test_a_method_that_a_path_lacks_is_refused_with_those_it_has(
    host: TestHost, path: str
) -> None:
    """RFC 9110 15.5.6: 405 with an Allow header that names the methods of the resource."""
    concrete = _concrete(path)
    answer = await host.client.request("REPORT", f"/api/v1{concrete}")
    error(answer, 405, "METHOD_NOT_ALLOWED")
    allowed = set(answer.headers["allow"].split(", "))
    assert allowed >= {call.method for call in CALLS if call.path == path}
    wrong = next(m for m in ("PUT", "PATCH", "DELETE", "POST", "GET") if m not in allowed)
    error(await host.client.request(wrong, f"/api/v1{concrete}"), 405, "METHOD_NOT_ALLOWED")


async def test_a_path_tells_all_its_methods(host: TestHost) -> None:
    """RFC 9110 10.2.1: Allow lists the set of methods, not the first that comes to hand."""
    answer = await host.client.put(f"/api/v1/rooms/{UNKNOWN}")
    assert set(answer.headers["allow"].split(", ")) == {
        *("GET", "HEAD", "PATCH", "DELETE", "OPTIONS")
    }


async def test_options_tells_the_methods_and_touches_nothing(host: TestHost) -> None:
    """RFC 9110 9.3.7: OPTIONS asks for the communication options."""
    answer = await host.client.options("/api/v1/rooms")
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "POST", "OPTIONS"}
    assert data(answer) == {"methods": ["GET", "HEAD", "POST"]}
    error(await host.client.options("/api/v1/nothing"), 404, "NOT_FOUND")


async def test_head_answers_as_get_does(host: TestHost, olga: Person) -> None:
    """RFC 9110 9.3.2: HEAD is identical to GET but for the content."""
    for path in ("/rooms", "/auth/me", f"/rooms/{UNKNOWN}"):
        head, get = await olga.call("HEAD", path), await olga.call("GET", path)
        assert head.status_code == get.status_code
        assert head.headers["content-type"] == get.headers["content-type"]
        assert head.headers["x-request-id"]


async def test_a_front_end_that_is_allowed_may_call_from_its_own_origin(host: TestHost) -> None:
    """CORS: the headers that the contract speaks of may be sent."""
    wanted = "Authorization, Content-Type, Idempotency-Key, If-Match, X-App-Id, X-App-Token"
    for method in ("GET", "POST", "PATCH", "PUT", "DELETE"):
        answer = await host.client.options(
            "/api/v1/rooms",
            headers={
                "Origin": FRONT,
                "Access-Control-Request-Method": method,
                "Access-Control-Request-Headers": wanted,
            },
        )
        assert answer.status_code == 200, answer.text
        assert answer.headers["access-control-allow-origin"] == FRONT


async def test_a_front_end_may_read_what_the_contract_puts_in_headers(
    host: TestHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CORS: refusals and faults can be read too, with their `X-Request-ID` and `Retry-After`."""

    async def breaks(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(type(host.host.services.apps), "catalogue", breaks)
    for path in ("/rooms", "/auth/me", "/nothing", "/apps"):
        answer = await host.client.get(f"/api/v1{path}", headers={"Origin": FRONT})
        assert answer.headers["access-control-allow-origin"] == FRONT, path
        exposed = {h.strip() for h in answer.headers["access-control-expose-headers"].split(",")}
        assert exposed >= {"X-Request-ID", "Retry-After", "ETag", "WWW-Authenticate"}


async def test_another_origin_is_not_let_in(host: TestHost) -> None:
    """CORS: no answer names an origin that is not configured, and none sends cookies along."""
    origin = {"Origin": "https://evil.example"}
    preflight = await host.client.options(
        "/api/v1/rooms", headers={**origin, "Access-Control-Request-Method": "POST"}
    )
    assert preflight.status_code == 400
    for answer in (preflight, await host.client.get("/api/v1/rooms", headers=origin)):
        assert "access-control-allow-origin" not in answer.headers
        assert "access-control-allow-credentials" not in answer.headers


async def test_what_an_answer_depends_on_is_told_to_caches(host: TestHost) -> None:
    """CORS: an answer for one origin is none for another (Vary), and `*` is given to nobody."""
    for path in ("/rooms", "/auth/me", "/nothing"):
        answer = await host.client.get(f"/api/v1{path}", headers={"Origin": FRONT})
        assert "Origin" in answer.headers["vary"].split(", ")
        assert answer.headers["access-control-allow-origin"] == FRONT
        assert "access-control-allow-credentials" not in answer.headers
    preflight = await host.client.options(
        "/api/v1/rooms", headers={"Origin": FRONT, "Access-Control-Request-Method": "TRACE"}
    )
    assert preflight.status_code == 400


async def test_an_address_that_is_too_long_is_refused_in_the_envelope(host: TestHost) -> None:
    """RFC 9110 15.5.15: 414; a client may always parse a JSON body"""
    long = "x" * 8_200
    for path in (f"/rooms?q={long}", f"/rooms/{long}", f"/{long}"):
        error(await host.client.get(f"/api/v1{path}"), 414, "ADDRESS_TOO_LONG")
    page = await host.client.get(f"/j/{long}")
    assert (page.status_code, page.headers["content-type"]) == (414, "text/html; charset=utf-8")
    # One that is as long as may be is looked at.
    just = "x" * (8_192 - len("/api/v1/roomsq="))
    error(await host.client.get(f"/api/v1/rooms?q={just}"), 422, "VALIDATION_ERROR")


async def test_more_headers_than_anybody_needs_are_refused(host: TestHost) -> None:
    """RFC 6585 5: 431; a client may always parse a JSON body"""
    for many in (101, 2000):
        headers = [(f"x-{n}", "1") for n in range(many)]
        error(await host.client.get("/api/v1/rooms", headers=headers), 431, "TOO_MANY_HEADERS")
    headers = [(f"x-{n}", "1") for n in range(80)]
    assert (await host.client.get("/api/v1/rooms", headers=headers)).status_code == 200
