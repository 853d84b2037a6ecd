"""Writes the reference pages that are made from the code: `python docs/generate.py`.

A test holds the pages against what this would write, so that they cannot fall behind.
"""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import Any

from host.access import RULES
from host.apps.manifest import MANIFEST_SCHEMA
from host.contract import Role
from host.hookspecs import BOOT, DELEGATED, OBSERVERS, SYNC, specification
from host.permissions import Capability, OnFailure, Permission
from host.web.openapi import document

HERE = Path(__file__).parent / "reference"
NOTE = "*This page is made from the code by `docs/generate.py`.*\n"


def hooks_page() -> str:
    """Every hook with its signature, time limit and what happens when it fails."""
    out = [
        "# Hooks",
        NOTE,
        "An application implements hooks as functions of its module, marked with "
        "`host.hookimpl`. Name only the arguments you use. Hooks are `async def` unless it "
        "says otherwise.",
        "\n## Delegated hooks",
        "In a room exactly one application answers for a capability: the one that the organizer "
        "chose, or the platform. If it fails, takes too long or answers with something else than "
        "listed here, the last column says what the host does; in a room where the organizer "
        "allowed it, the platform steps in and the organizer is told.\n",
    ]
    for capability in Capability:
        out.append(f"\n### {capability}\n")
        for hook in (d for d in DELEGATED.values() if d.capability is capability):
            out.append(_hook(hook.hook))
            failure = (
                "the call is refused, nothing is written"
                if hook.on_failure is OnFailure.FAIL
                else "the platform's own answer is used"
            )
            answers = " or ".join(
                "None" if answer is type(None) else answer.__name__ for answer in hook.answers
            )
            out.append(f"answers {answers} · within {hook.seconds:g} s · on failure {failure}\n")
    out.append("\n## Observers")
    out.append(
        "Told after the commit, side by side; a failure stays the application's own, and an "
        "application that keeps failing is quarantined.\n"
    )
    out += [_hook(hook) for hook in _in_order(OBSERVERS)]
    out.append("\n## Boot hooks\n")
    for hook in _in_order(BOOT):
        out.append(_hook(hook))
        if hook in SYNC:
            out.append("a plain function, not `async`\n")
    return "\n".join(out).rstrip() + "\n"


def _in_order(hooks: frozenset[str]) -> list[str]:
    return sorted(hooks, key=lambda hook: specification(hook).__code__.co_firstlineno)


def _hook(hook: str) -> str:
    function = specification(hook)
    signature = inspect.signature(function)
    arguments = [
        f"{name}: {parameter.annotation}"
        for name, parameter in signature.parameters.items()
        if name != "self"
    ]
    kind = "def" if hook in SYNC else "async def"
    text = f"{kind} {hook}({', '.join(arguments)}) -> {signature.return_annotation}"
    return f"```python\n{text}\n```\n\n{inspect.cleandoc(function.__doc__ or '')}\n"


def manifest_page() -> str:
    """The manifest's keys, from its schema."""
    out = [
        "# The manifest",
        NOTE,
        "`manifest.json` lies in the application's package. It is checked before any of the "
        "package's code runs, and all problems are told at once.\n",
        _keys(MANIFEST_SCHEMA),
        "\n## Permissions\n",
        "\n".join(f"- `{permission}`" for permission in Permission),
        "\n## Capabilities\n",
        "\n".join(f"- `{capability}`" for capability in Capability),
        "\n## The schema itself\n",
        f"```json\n{json.dumps(MANIFEST_SCHEMA, indent=2, ensure_ascii=False)}\n```",
    ]
    return "\n".join(out) + "\n"


def _keys(schema: dict[str, Any], prefix: str = "") -> str:
    rows = []
    required = schema.get("required", [])
    for name, rule in schema.get("properties", {}).items():
        needed = "yes" if name in required else ""
        about = re.sub(r"\s+", " ", rule.get("description", rule.get("$comment", "")))
        rows.append(f"| `{prefix}{name}` | {needed} | {about} |")
        if "properties" in rule:
            rows.append(_keys(rule, f"{prefix}{name}."))
    table = "\n".join(rows)
    return table if prefix else f"| key | required | what it is |\n|---|---|---|\n{table}"


def rest_page() -> str:
    """Every REST call of the host, as its OpenAPI document has them."""
    whole = document("https://evening.example")
    out = [
        "# REST calls",
        NOTE,
        f"All paths are below `/api/v1`. {whole['info']['description']} A running host shows all "
        "of it at `/docs`, with every parameter, field and refusal, and gives it to tools as "
        "`/openapi.json`.",
    ]
    for tag in whole["tags"]:
        out += [f"\n## {tag['name']}\n", "| call | does | answers | |", "|---|---|---|---|"]
        for path, item in whole["paths"].items():
            for method, operation in item.items():
                if operation["tags"] == [tag["name"]]:
                    out.append(_call(f"{method.upper()} `{path}`", operation))
    return "\n".join(out) + "\n"


def _call(call: str, operation: dict[str, Any]) -> str:
    about, who = operation["description"].rsplit("\n\n", 1)
    first = about.split("\n\n")[0].replace("\n", " ")
    ok = next(iter(operation["responses"].values()))
    media = ok["content"].get("application/json")
    kind = _shape(media["schema"]["properties"]["data"]) if media else "a page"
    return f"| {call} | {first} | {kind} | {who} |"


def _shape(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(_shape(one) for one in schema["anyOf"])
    return f"[{_shape(schema['items'])}]" if "items" in schema else "object"


def access_page() -> str:
    """Who may do what in a room, with the reason."""
    out = [
        "# Who may do what in a room",
        NOTE,
        "Platform admins may do everything that a role may. An application needs the permission "
        "besides; one that acts for a person also needs the person's role, and one that acts "
        "alone counts only in rooms in which it is on.\n",
        "| to … | roles | in a public room | permission of an application | because |",
        "|---|---|---|---|---|",
    ]
    for act, rule in RULES.items():
        roles = [role.value for role in Role if role in rule.roles and role is not Role.ADMIN]
        who = "the owner" if rule.owner else ", ".join(roles) or "applications only"
        public = "anyone" if rule.public else ""
        out.append(f"| {act.value} | {who} | {public} | `{rule.permission}` | {rule.why} |")
    return "\n".join(out) + "\n"


PAGES = {
    "access.md": access_page,
    "hooks.md": hooks_page,
    "manifest.md": manifest_page,
    "rest.md": rest_page,
}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8")
