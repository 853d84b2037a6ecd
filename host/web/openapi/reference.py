"""`/docs`: the document as a page to read, without a script and without anything from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import Response

from host.contract import JsonObject
from host.contract.shapes import Schema
from host.web.pages.templating import templates_of

METHODS = {"get": "", "post": "good", "put": "warn", "patch": "warn", "delete": "bad"}
"""The chip of each method; the word stands in it, so that colour says nothing alone."""


@dataclass(frozen=True)
class Row:
    """A key, a parameter or a header. `kind` is its type in words."""

    name: str
    kind: Markup
    about: Markup
    needed: bool = False
    where: str = ""


@dataclass(frozen=True)
class Entry:
    """One operation, as it is shown."""

    id: str
    method: str
    chip: str
    path: str
    summary: str
    about: Sequence[Markup]
    parameters: Sequence[Row]
    body: Sequence[Row] | None
    body_needed: bool
    answers: Sequence[tuple[str, Markup, Markup]]
    refusals: Sequence[tuple[str, Markup]]


def reference(request: Request, document: JsonObject) -> Response:
    """The page of a document."""
    words: dict[str, Any] = {
        "version": document["info"]["version"],
        "about": prose(document["info"]["description"]),
        "base": document["servers"][0]["url"],
        "groups": list(groups(document)),
        "schemas": [
            (name, prose(schema.get("description", "")), rows(schema), said(schema))
            for name, schema in document["components"]["schemas"].items()
        ],
        "schemes": [
            (one.get("name", "Authorization: Bearer"), prose(one["description"]))
            for one in document["components"]["securitySchemes"].values()
        ],
    }
    return templates_of(request).page(request, "pages/reference.html", words)


def groups(document: JsonObject) -> Iterator[tuple[str, str, list[Entry]]]:
    """Each group with its anchor and its operations, in the document's order."""
    for number, tag in enumerate(document["tags"]):
        entries = [
            _entry(document, path, method, operation)
            for path, item in document["paths"].items()
            for method, operation in item.items()
            if operation["tags"] == [tag["name"]]
        ]
        yield tag["name"], f"group-{number + 1}", entries


def _entry(document: JsonObject, path: str, method: str, operation: JsonObject) -> Entry:
    body = operation.get("requestBody")
    answers, refused = [], []
    for status, one in operation["responses"].items():
        response = found(document, one)
        if int(status) >= 400:
            refused.append((status, prose(response["description"])))
        else:
            answers.append((status, _kind_of(response), prose(response["description"])))
    return Entry(
        id=operation["operationId"],
        method=method.upper(),
        chip=METHODS[method],
        path=path,
        summary=operation["summary"],
        about=[prose(part) for part in operation["description"].split("\n\n")],
        parameters=[_parameter(found(document, one)) for one in operation["parameters"]],
        body=rows(body["content"]["application/json"]["schema"]) if body else None,
        body_needed=bool(body and body["required"]),
        answers=answers,
        refusals=refused,
    )


def found(document: JsonObject, one: JsonObject) -> JsonObject:
    """What a reference leads to, or the thing itself."""
    if "$ref" not in one:
        return one
    at: JsonObject = document
    for step in one["$ref"].removeprefix("#/").split("/"):
        at = at[step]
    return at


def _parameter(one: JsonObject) -> Row:
    kind, needed = said(one["schema"]), one.get("required", False)
    return Row(one["name"], kind, prose(one.get("description", "")), needed, one["in"])


def _kind_of(response: JsonObject) -> Markup:
    media = response.get("content", {}).get("application/json")
    return said(media["schema"]["properties"]["data"]) if media else Markup()


def rows(schema: Schema) -> list[Row]:
    """The keys of an object."""
    needed = schema.get("required", ())
    return [
        Row(name, said(one), prose(one.get("description", "")), name in needed)
        for name, one in schema.get("properties", {}).items()
    ]


def prose(text: str) -> Markup:
    """A text whose backticks are code."""
    parts = text.split("`")
    return Markup().join(_code(part) if odd % 2 else part for odd, part in enumerate(parts))


def said(schema: Schema) -> Markup:
    """A schema in a few words, with links to those that it names."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return Markup('<a href="#schema-{0}">{0}</a>').format(name)
    if "anyOf" in schema or "allOf" in schema:
        return Markup(" or ").join(said(one) for one in schema.get("anyOf") or schema["allOf"][:1])
    if "const" in schema:
        return _code(schema["const"])
    if "enum" in schema:
        return Markup(" · ").join(_code(one) for one in schema["enum"])
    kinds = schema.get("type", "anything")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return Markup(" or ").join(_plain(kind, schema) for kind in kinds)


def _plain(kind: str, schema: Mapping[str, Any]) -> Markup:
    if kind == "array":
        return Markup("list of ") + said(schema.get("items", {}))
    if kind in ("integer", "number"):
        whole = "whole number" if kind == "integer" else "number"
        return escape(whole + _bounds(schema.get("minimum"), schema.get("maximum"), ""))
    if kind == "string":
        form = {"date-time": "time", "uri": "address"}.get(schema.get("format", ""), "text")
        least, most = schema.get("minLength"), schema.get("maxLength")
        return escape(form + _bounds(None if least == 1 else least, most, " characters"))
    return escape({"boolean": "true or false", "null": "null"}.get(kind, kind))


def _bounds(least: int | None, most: int | None, unit: str) -> str:
    if least is not None and most is not None:
        return f", {least:,} to {most:,}{unit}"
    if most is not None:
        return f", at most {most:,}{unit}"
    return f", at least {least:,}{unit}" if least is not None else ""


def _code(value: Any) -> Markup:
    shown = str(value).lower() if isinstance(value, bool) else value
    return Markup("<code>{}</code>").format(shown)
