"""OpenAPI 3.1, generated from the calls' own schemas, served with a page to read."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import httpx
import pytest
from jsonschema import Draft202012Validator

from host.testing.host import TestHost
from host.web.api.answers import Elsewhere, Many
from host.web.api.call import Call
from host.web.api.calls import CALLS
from host.web.openapi import document
from host.web.openapi.refusals import PHRASES, refusals
from tests.contract.documented import Documented, Undocumented, documented


def _named(call: Call) -> str:
    return f"{call.method} {call.path}"


@pytest.mark.parametrize("call", CALLS, ids=_named)
def test_every_call_says_what_it_answers(call: Call) -> None:
    """OpenAPI 3.1: `answers` is a contract type, `Many(…)`, `More(…)` or a `Shape`."""
    assert call.answers is not None, f"say in its Call what {_named(call)} answers: answers=…"
    assert call.summary
    assert call.handler.__doc__
    if call.method == "GET" and not isinstance(call.answers, Elsewhere):
        assert isinstance(call.answers, Many) == ("page" in call.query)


def test_every_status_is_explained() -> None:
    """The project's own OpenAPI … generated … against the code"""
    assert {status for call in CALLS for status in refusals(call)} <= PHRASES.keys()


def test_operations_have_names_of_their_own() -> None:
    """OpenAPI: operationId is unique"""
    names = [call.name for call in CALLS]
    assert len(set(names)) == len(names)


def test_every_reference_leads_somewhere_and_everything_is_referred_to() -> None:
    """OpenAPI: a document without loose ends"""
    whole = document("https://evening.example")
    used = set(re.findall(r"'\$ref': '#/components/(\w+/\w+)'", str(whole)))
    there = {
        f"{kind}/{name}"
        for kind, parts in whole["components"].items()
        if kind != "securitySchemes"
        for name in parts
    }
    assert used == there
    schemes = whole["components"]["securitySchemes"].keys()
    for item in whole["paths"].values():
        for operation in item.values():
            assert {name for one in operation["security"] for name in one} <= schemes


def test_its_schemas_are_schemas() -> None:
    """JSON Schema 2020-12"""
    for schema in document("https://evening.example")["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


async def test_it_is_served_and_kept_by_its_tag(host: TestHost) -> None:
    """The project's own OpenAPI … documents are generated"""
    first = await host.client.get("/openapi.json")
    assert first.json() == document("http://testserver")
    again = await host.client.get("/openapi.json", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.elsewhere: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if found.get("id"):
            self.ids.append(found["id"] or "")
        address = found.get("href") or found.get("src") or ""
        if address.startswith("#"):
            self.links.append(address[1:])
        elif tag in ("link", "script", "img") and not address.startswith("/"):
            self.elsewhere.append(address)


async def test_the_page_shows_every_call_and_every_schema(host: TestHost) -> None:
    """a reference page"""
    page = _Page((await host.client.get("/docs")).text)
    whole = document("http://testserver")
    assert set(page.ids) >= {
        operation["operationId"] for item in whole["paths"].values() for operation in item.values()
    }
    assert set(page.ids) >= {f"schema-{name}" for name in whole["components"]["schemas"]}
    assert len(page.ids) == len(set(page.ids))
    assert set(page.links) <= set(page.ids)
    assert not page.elsewhere


async def test_what_the_document_does_not_say_is_found(host: TestHost) -> None:
    """the document can't drift"""
    right = await host.nobody.call("GET", "/rooms")
    assert ("GET", "/rooms", 200) in documented().seen
    checker = Documented()
    headers = dict(right.headers)
    for status, changed, body in (
        (418, headers, right.json()),
        (200, headers, {**right.json(), "more": 1}),
        (200, headers, {"data": [{"id": "1"}], "meta": right.json()["meta"]}),
        (200, {**headers, "content-type": "text/html"}, right.json()),
        (200, {"content-type": "application/json"}, right.json()),
        (404, headers, {"error": {"code": "LOST", "message": "", "details": {}}}),
    ):
        changed = {k: v for k, v in changed.items() if k != "content-length"}
        wrong = httpx.Response(status, headers=changed, json=body, request=right.request)
        with pytest.raises(Undocumented):
            await checker(wrong)
