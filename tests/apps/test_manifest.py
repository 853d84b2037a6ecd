"""The manifest is judged whole, before any code of the application runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.apps.manifest import (
    MANIFEST_SCHEMA,
    Webhook,
    id_of_name,
    manifest_problems,
    read_manifest,
    read_service_manifest,
    stored_manifest,
)
from host.apps.messages import Words, nearest, wording_of
from host.apps.names import owner_of_table, reserved_reason, table_prefix, version_table
from host.errors import InvalidManifest
from host.permissions import Capability, Permission

ROOT = Path(__file__).resolve().parents[2]
FAIR = {"type": "object", "properties": {"fair": {}, "kind": {}}}


def manifest(**changes: Any) -> dict[str, Any]:
    """A good manifest with some keys changed; `meta_version` changes `meta.version`."""
    meta = {"name": "Wine Tasting", "version": "1.2.0", "description": "Glasses and points."}
    whole: dict[str, Any] = {
        "meta": meta,
        "capabilities": ["winnerSelection", "notifications"],
        "permissions": ["rooms:read"],
        "settings": {"type": "object"},
    }
    for key, value in changes.items():
        if key.startswith("meta_"):
            meta[key[5:]] = value
        else:
            whole[key] = value
    return whole


@pytest.mark.parametrize("asks", [True, 1, "x", ["x"], {"x": None}])
def test_a_capability_on_request_is_taken_where_a_setting_asks_for_it(asks: object) -> None:
    raw = manifest(onRequest={"winnerSelection": ["fair", "kind"]}, settings=FAIR)
    found = read_manifest(raw, "wine-tasting")
    both = {Capability.WINNER_SELECTION, Capability.NOTIFICATIONS}
    assert found.takes({"kind": asks, "other": True}) == both
    quiet: tuple[Any, ...] = (None, False, 0, "", [], {})
    for silent in quiet:
        assert found.takes({"fair": silent, "other": True}) == {Capability.NOTIFICATIONS}


def _message(title: str, body: str = "", values: object = ("minutes",), tag: str = "en") -> Any:
    words = {tag: {"title": title, "body": body}}
    return manifest(messages={"wine/soon": {"values": list(cast(Any, values)), "words": words}})


@pytest.mark.parametrize(
    ("raw", "pointer", "said"),
    [
        (_message("{{ minuets }}"), "words/en/title", "There is no 'minuets' here"),
        (_message("a", "b\n{% for a in minutes %}{% endfor %}"), "words/en/body", "Line 2: Only"),
        (_message("{{ minutes.__class__ }}"), "words/en/title", "Only variables"),
        (_message("{% if minutes %}"), "words/en/title", "cannot be read"),
        (_message("a", values=["room"]), "values", "'room' is given by the host"),
        (_message("a", values=["a b"]), "values/0", "must be a name"),
        (_message("a", tag="english"), "words", "must be a language"),
        (_message(""), "words/en/title", ""),
    ],
)
def test_words_that_cannot_be_filled_in_are_refused_before_anybody_reads_them(
    raw: dict[str, Any], pointer: str, said: str
) -> None:
    (found,) = manifest_problems(raw).items()
    assert found[0].startswith(f"/messages/wine~1soon/{pointer}")
    assert said in found[1][0]


def test_good_words_are_no_problem_and_the_nearest_language_is_found() -> None:
    raw = _message("In {{ minutes }} min, {{ room }} at {{ brand }}", "{{ minutes|default('5') }}")
    words = raw["messages"]["wine/soon"]["words"]
    words |= {"pt-BR": {"title": "Em {{ minutes }}"}, "ru": {"title": "Через {{ minutes }}"}}
    assert manifest_problems(raw) == {}
    wording = wording_of(raw, "wine/soon")
    assert wording is not None
    found = wording.filled({"minutes": 7}, {"room": "Cellar", "brand": "Festoon"})
    wanted = {"ru-RU": "Через 7", "pt_br": "Em 7", "de": "In 7 min, Cellar at Festoon"}
    assert {tag: nearest(found, tag).title for tag in wanted} == wanted
    assert nearest(found, None) == Words("In 7 min, Cellar at Festoon", "7")
    assert wording_of(raw, "wine/late") is None


def test_a_good_manifest_says_all_that_it_says() -> None:
    raw = manifest(
        id="wine-tasting",
        apiVersion=1,
        host=">=0.1,<2",
        meta_author="A. Sommelier",
        meta_homepage="https://example.org/wine",
        meta_icon="🍷",
        baseUrl="https://wine.example.org",
        webhooks={
            "winnerSelection": "/draw",
            "notifications": {"path": "/tell", "timeout": 500, "async": True, "retry": 3},
        },
    )
    found = read_manifest(raw, "wine-tasting")
    assert (found.id, found.name, found.version) == ("wine-tasting", "Wine Tasting", "1.2.0")
    assert found.capabilities == {Capability.WINNER_SELECTION, Capability.NOTIFICATIONS}
    assert found.permissions == {Permission.ROOMS_READ}
    assert found.webhooks == {
        Capability.WINNER_SELECTION: Webhook("/draw"),
        Capability.NOTIFICATIONS: Webhook("/tell", 500, True, 3),
    }
    assert (found.author, found.homepage, found.icon) == (
        "A. Sommelier",
        "https://example.org/wine",
        "🍷",
    )
    assert found.runs_on("1.4.0")
    assert not found.runs_on("2.0")
    assert found.raw is raw


def test_the_manifests_of_this_checkout_are_good() -> None:
    for path in ROOT.glob("plugins/*/*/manifest.json"):
        raw = json.loads(path.read_text(encoding="utf-8"))
        assert manifest_problems(raw) == {}, path.parent.name


def test_the_schema_of_manifests_names_every_capability_and_permission() -> None:
    """Capability and permission names not listed here are INVALID_MANIFEST"""
    named = MANIFEST_SCHEMA["properties"]["permissions"]["items"]["enum"]
    assert set(named) == set(Permission)
    assert set(MANIFEST_SCHEMA["$defs"]["capability"]["enum"]) == set(Capability)


@pytest.mark.parametrize(
    ("raw", "at"),
    [
        ([], ""),
        (manifest(price=10), "/price"),
        (manifest(meta_themes=["dark"]), "/meta/themes"),
        (manifest(meta_version="1.2"), "/meta/version"),
        (manifest(meta_version="01.2.0"), "/meta/version"),
        (manifest(meta_name=" "), "/meta/name"),
        (manifest(meta_homepage="javascript:alert(1)"), "/meta/homepage"),
        (manifest(meta_icon="javascript:alert(1)"), "/meta/icon"),
        (manifest(capabilities=["levitation"]), "/capabilities/0"),
        (manifest(capabilities=["roomSettings", "roomSettings"]), "/capabilities"),
        (manifest(permissions=["rooms:burn"]), "/permissions/0"),
        (manifest(apiVersion="1"), "/apiVersion"),
        (manifest(host="newest"), "/host"),
        (manifest(id="Wine Tasting"), "/id"),
        (manifest(id="room"), "/id"),
        (manifest(id="refresh"), "/id"),
        (manifest(id="ping"), "/id"),
        (manifest(settings=[]), "/settings"),
        (manifest(settings={"type": "array"}), "/settings/type"),
        (
            manifest(settings={"properties": {"a": {"$ref": "x"}}}),
            "/settings/properties/a/$ref",
        ),
        (manifest(baseUrl="http://example.org"), "/baseUrl"),
        (manifest(baseUrl="https://user:word@example.org"), "/baseUrl"),
        (manifest(baseUrl="ftp://example.org"), "/baseUrl"),
        (manifest(baseUrl="https://"), "/baseUrl"),
        (manifest(baseUrl="https://example.org:port"), "/baseUrl"),
        (manifest(webhooks={"prizeFund": "/x"}), "/webhooks/prizeFund"),
        (manifest(onRequest=["winnerSelection"]), "/onRequest"),
        (manifest(onRequest={"winnerSelection": []}), "/onRequest/winnerSelection"),
        (manifest(onRequest={"winnerSelection": ["fair"]}), "/onRequest/winnerSelection/0"),
        (
            manifest(onRequest={"prizeFund": ["fair"]}, settings=FAIR),
            "/onRequest/prizeFund",
        ),
        (
            manifest(
                capabilities=["roomSettings"], onRequest={"roomSettings": ["fair"]}, settings=FAIR
            ),
            "/onRequest/roomSettings",
        ),
        (manifest(webhooks={"winnerSelection": "//evil.example"}), "/webhooks/winnerSelection"),
        (
            manifest(webhooks={"winnerSelection": {"path": "/x", "async": True}}),
            "/webhooks/winnerSelection/async",
        ),
    ],
)
def test_says_where_a_manifest_is_wrong(raw: Any, at: str) -> None:
    """Capability and permission names not listed here are INVALID_MANIFEST; Manifest: JSON …
    `settings` (JSON Schema)
    """
    assert list(manifest_problems(raw)) == [at]


def test_says_all_that_is_wrong_at_once() -> None:
    with pytest.raises(InvalidManifest) as refused:
        read_manifest({"meta": {"name": "X", "version": "one"}, "capabilities": [], "x": 1}, "x")
    assert set(refused.value.fields) == {
        "/meta/version",
        "/meta/description",
        "/permissions",
        "/settings",
        "/x",
    }
    assert refused.value.code == "INVALID_MANIFEST"


def test_an_app_is_named_by_its_entry_point() -> None:
    assert read_manifest(manifest(), "tasting").id == "tasting"
    with pytest.raises(InvalidManifest) as refused:
        read_manifest(manifest(id="wine"), "tasting")
    assert refused.value.fields == {"/id": ["must be the entry point's name, 'tasting'"]}


@pytest.mark.parametrize(
    "address",
    ["https://example.org", "http://localhost:9000/x", "http://127.0.0.1", "http://[::1]:1"],
)
def test_a_service_is_reached_by_https_or_on_loopback(address: str) -> None:
    assert read_service_manifest(manifest(baseUrl=address)).base_url == address


def test_a_service_needs_an_address_and_may_not_be_the_platform() -> None:
    with pytest.raises(InvalidManifest) as refused:
        read_service_manifest(manifest())
    assert list(refused.value.fields) == ["/baseUrl"]
    with pytest.raises(InvalidManifest) as refused:
        read_service_manifest(manifest(baseUrl="https://example.org", id="platform"))
    assert list(refused.value.fields) == ["/id"]


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("Wine Tasting", "wine-tasting"),
        ("Crème brûlée, 2nd!", "creme-brulee-2nd"),
        ("x" * 80, "x" * 40),
    ],
)
def test_the_id_of_a_service_is_made_of_its_name(name: str, made: str) -> None:
    assert id_of_name(name) == made


@given(st.text(min_size=1, max_size=60))
def test_every_name_gives_an_id_that_a_manifest_may_have(name: str) -> None:
    assert manifest_problems(manifest(id=id_of_name(name))) == {}
    assert id_of_name(name) == id_of_name(name)


def test_an_id_never_begins_the_names_of_the_hosts_tables() -> None:
    assert reserved_reason("room")
    assert reserved_reason("audit")
    assert reserved_reason("lottery") is None
    assert table_prefix("quiz-pro") == "quiz_pro_"
    assert version_table("quiz-pro") == "alembic_version_quiz_pro"
    assert owner_of_table("quiz_pro_rounds", ["quiz", "quiz-pro"]) == "quiz-pro"
    assert owner_of_table("quiz_rounds", ["quiz", "quiz-pro"]) == "quiz"
    assert owner_of_table("users", ["quiz"]) is None


def test_a_stored_manifest_is_not_judged_again() -> None:
    raw = manifest(meta_version="1", price=7)
    assert stored_manifest(raw, "wine").version == "1"
    assert stored_manifest({}, "wine").settings == {}
