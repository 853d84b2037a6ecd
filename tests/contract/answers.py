"""What every answer of the interface looks like, asserted wherever a test reads one."""

from __future__ import annotations

from typing import Any

import httpx

from host.testing.host import API, Person

ERROR_KEYS = {"code", "message", "details"}


def _body(response: httpx.Response) -> dict[str, Any]:
    assert response.headers["content-type"].partition(";")[0] == "application/json", response.text
    assert response.headers["x-request-id"]
    body: dict[str, Any] = response.json()
    return body


def data(response: httpx.Response, status: int = 200) -> Any:
    """The `data` of an answer about one thing."""
    assert response.status_code == status, response.text
    body = _body(response)
    assert body.keys() <= {"data", "meta"}
    return body["data"]


def listed(response: httpx.Response) -> tuple[list[Any], dict[str, Any]]:
    """The `data` and the `meta` of a list."""
    assert response.status_code == 200, response.text
    body = _body(response)
    assert body.keys() == {"data", "meta"}
    assert isinstance(body["data"], list)
    return body["data"], body["meta"]


def error(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The `error` of a refusal."""
    assert response.status_code == status, response.text
    body = _body(response)
    assert body.keys() == {"error"}
    found: dict[str, Any] = body["error"]
    assert found.keys() == ERROR_KEYS
    assert found["code"] == code, found
    assert isinstance(found["message"], str)
    assert found["message"]
    assert isinstance(found["details"], dict)
    return found


def fields(response: httpx.Response) -> dict[str, list[str]]:
    """The `details.fields` of a VALIDATION_ERROR."""
    found: dict[str, list[str]] = error(response, 422, "VALIDATION_ERROR")["details"]["fields"]
    assert all(messages and all(messages) for messages in found.values())
    return found


def deleted(response: httpx.Response) -> None:
    """The answer of a deletion."""
    assert data(response) == {"success": True}


async def send(
    person: Person, method: str, path: str, content: bytes | str, **headers: str
) -> httpx.Response:
    """A call with a body as it is; JSON unless `content_type` says otherwise."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    sent.setdefault("content-type", "application/json")
    if person.token:
        sent["authorization"] = f"Bearer {person.token}"
    raw = content.encode() if isinstance(content, str) else content
    return await person._client.request(method, API + path, content=raw, headers=sent)
