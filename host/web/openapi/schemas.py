"""The schemas of answers: contract types by what `wire` makes of them, and what else there is."""

from __future__ import annotations

from typing import Any, get_args, get_origin

from host.contract import JsonObject
from host.contract.shapes import Schema, Shapes, closed
from host.services.account import SessionView
from host.services.apps import AppEntry
from host.services.door import DoorView
from host.services.linking import WayIn
from host.services.methods import Method
from host.services.phones import Started
from host.services.sessions import TokenPair
from host.store.audit import AuditEntry
from host.web.api.answers import Many, More, Shape
from host.web.api.body import body_schema
from host.web.api.call import Call
from host.web.api.query import CURSOR, NO_NUL

AT = "#/components/schemas/"
NAMES: dict[type, str] = {
    AppEntry: "App",
    AuditEntry: "LogEntry",
    DoorView: "Door",
    Method: "SignInMethod",
    SessionView: "Session",
    Started: "CodeSent",
    TokenPair: "Tokens",
    WayIn: "Identity",
}
"""What is called otherwise in the document than in the code."""
COUNT: Schema = {"type": "integer", "minimum": 0}
PAGE_META = Shape(
    "PageMeta",
    closed(
        {
            "page": {"type": "integer", "minimum": 1},
            "limit": {"type": "integer", "minimum": 1},
            "total": COUNT,
            "totalPages": COUNT,
        }
    ),
)
CURSOR_META = Shape(
    "CursorMeta",
    closed(
        {
            "limit": {"type": "integer", "minimum": 1},
            "nextCursor": {
                "type": ["string", "null"],
                "description": "Where to go on; null at the end.",
            },
        }
    ),
)
ERROR = Shape(
    "Error",
    {
        "type": "object",
        "properties": {
            "code": {"type": "string"},
            "message": {"type": "string", "description": "For the person who has to act on it."},
            "details": {
                "type": "object",
                "properties": {
                    "fields": {
                        "type": "object",
                        "description": "Messages by the name of a field, or by JSON pointer.",
                        "additionalProperties": {"type": "array", "items": {"type": "string"}},
                    },
                    "requestId": {"type": "string"},
                },
            },
        },
        "required": ["code", "message", "details"],
        "additionalProperties": False,
    },
)


class Schemas:
    """The schemas of a document, each once."""

    def __init__(self) -> None:
        self._shapes = Shapes(AT, NAMES)

    @property
    def all(self) -> dict[str, Schema]:
        """All that were asked for, by name."""
        return {name: _public(schema) for name, schema in sorted(self._shapes.schemas.items())}

    def of(self, kind: Any) -> Schema:
        """The schema of an answer's `data`, or of what is in it."""
        if isinstance(kind, Shape):
            self._shapes.schemas[kind.name] = kind.schema
            return {"$ref": AT + kind.name}
        if isinstance(kind, More):
            keys = self._shapes.keys(kind.base)
            more = {name: self.of(item) for name, item in kind.keys.items()}
            self._shapes.schemas[kind.name] = closed({**keys, **more}, *more)
            return {"$ref": AT + kind.name}
        if isinstance(kind, Many):
            return {"type": "array", "items": self.of(kind.item)}
        if get_origin(kind) is list:
            return {"type": "array", "items": self.of(get_args(kind)[0])}
        return self._shapes.of(kind)

    def answer(self, call: Call) -> Schema:
        """The schema of the whole answer of a call."""
        # What says nothing of its answer is found by a test, and breaks no running host.
        parts = {"data": {} if call.answers is None else self.of(call.answers)}
        if call.meta is not None:
            parts["meta"] = call.meta
        elif isinstance(call.answers, Many):
            metas = [self.of(PAGE_META)]
            if CURSOR in call.query:
                metas.append(self.of(CURSOR_META))
            parts["meta"] = metas[0] if len(metas) == 1 else {"anyOf": metas}
        return closed(parts)

    def refusal(self, codes: list[str]) -> Schema:
        """The schema of a refusal with one of these codes."""
        code = {"properties": {"code": {"enum": codes}}}
        return closed({"error": {"allOf": [self.of(ERROR), code]}})


def body_of(schema: JsonObject) -> Schema:
    """The schema that a body is held against, without what is ours alone."""
    shown: Schema = _public(body_schema(schema))
    return shown


def _kinds(schema: Schema) -> list[str]:
    kinds = schema.get("type", [])
    return [kinds] if isinstance(kinds, str) else kinds


def _public(schema: Any) -> Any:
    if isinstance(schema, dict):
        shown = {key: _public(rule) for key, rule in schema.items() if key != "errorMessage"}
        if shown.get("type") == "object" and "properties" not in shown:
            # It means the same, and makers of clients take it for a map and not for nothing.
            shown.setdefault("additionalProperties", True)
        if "string" in _kinds(shown) and not shown.keys() & {"pattern", "enum", "format"}:
            # What `host.services.text` refuses at the border, of every text.
            shown["pattern"] = NO_NUL
        return shown
    if isinstance(schema, list):
        return [_public(one) for one in schema]
    return schema
