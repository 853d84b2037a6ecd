"""What a service answers is read as an application in the process would have answered it."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from host.apps.answers import wrong_answer
from host.apps.manifest import read_service_manifest
from host.apps.remote.client import Reply
from host.apps.remote.problems import NoAnswer, Unasked
from host.apps.remote.reply import decision
from host.apps.remote.where import LATER_TRIES, LONGEST_SECONDS, Where, where
from host.contract import Delivery, Pick, PrizeDraft, Refusal, Registration, Selection
from tests.servers.lottery import manifest

PLACE = Where("https://far.example/hooks", "https://far.example", 1.0, False, 1)
NO: dict[str, Any] = {"accept": False, "reason": "no"}
YES: dict[str, Any] = {"accept": True}
DRAFT: dict[str, Any] = {"name": "Samovar", "quantity": 2}


def _read(hook: str, data: Any, kind: str = "application/json") -> Any:
    value = decision(hook, Reply(200, kind, orjson.dumps({"data": data})), PLACE)
    if wrong := wrong_answer(hook, "far", value, pages=f"{PLACE.origin}/"):
        raise NoAnswer(wrong)
    return value


@pytest.mark.parametrize(
    ("hook", "data", "value"),
    [
        ("select_winner", {"winners": []}, Selection(())),
        (
            "select_winner",
            {"winners": [{"participantId": "p1", "metadata": None}], "record": {"drum": 3}},
            Selection((Pick("p1"),), {"drum": 3}),
        ),
        ("select_winner", NO, Refusal("no")),
        ("register_participant", YES, Registration()),
        ("register_participant", YES | {"metadata": {"hat": 1}}, Registration({"hat": 1})),
        ("register_participant", NO, Refusal("no")),
        ("prize_fund", {"prizes": [DRAFT]}, [PrizeDraft("Samovar", 2)]),
        ("check_prize", YES, None),
        ("check_settings", NO, Refusal("no")),
        ("notify", {"delivered": True}, Delivery(True, "service")),
        ("notify", {"delivered": False, "channel": "sms"}, Delivery(False, "sms")),
        (
            "notify",
            {"delivered": False, "failed": "no such number", "final": True},
            Delivery(False, "service", "no such number", True),
        ),
        ("notify", {"delivered": False, "againIn": 5}, Delivery(False, "service", again_in=5)),
    ],
)
def test_an_answer_is_what_code_in_the_process_would_return(
    hook: str, data: Any, value: Any
) -> None:
    assert _read(hook, data) == value
    # A small service may forget to say what it is.
    assert _read(hook, data, "") == value


@pytest.mark.parametrize(
    ("hook", "data"),
    [
        ("select_winner", {"winners": {}}),
        ("select_winner", {"winners": ["p1"]}),
        ("select_winner", {"winners": [{"participantId": 7}]}),
        ("select_winner", {"winners": [{"participantId": "p1", "metadata": []}]}),
        ("select_winner", {"winners": [], "record": 1}),
        ("register_participant", {}),
        ("register_participant", {"accept": 1}),
        ("register_participant", {"accept": "true"}),
        ("register_participant", YES | {"metadata": "hat"}),
        ("register_participant", {"accept": False}),
        ("register_participant", {"accept": False, "reason": " "}),
        ("registration_form", {"type": "nonsense"}),
        ("registration_form", []),
        ("prize_fund", {"prizes": [DRAFT | {"quantity": True}]}),
        ("prize_fund", {"prizes": [DRAFT | {"name": None}]}),
        ("prize_fund", [DRAFT]),
        ("check_prize", None),
        ("notify", {"delivered": "yes"}),
        ("notify", {"delivered": False, "final": "yes"}),
        ("notify", {"delivered": False, "failed": 7}),
        ("notify", {"delivered": False, "againIn": 0}),
        ("notify", {"delivered": False, "againIn": True}),
        ("settings_panel", {"url": "/"}),
    ],
)
def test_what_is_no_decision_is_none(hook: str, data: Any) -> None:
    with pytest.raises(NoAnswer):
        _read(hook, data)


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'"data"', b'{"data": NaN}', b"[" * 100_000])
def test_what_is_no_json_with_data_is_no_answer(body: bytes) -> None:
    with pytest.raises(NoAnswer):
        decision("check_prize", Reply(200, "application/json", body), PLACE)


def test_a_manifest_shortens_its_time_and_lengthens_it_within_bounds() -> None:
    for asked, own, seconds in (
        (None, None, 5.0),
        (200, None, 0.2),
        (8_000, None, 8.0),
        (60_000, None, LONGEST_SECONDS),
        (None, 2.0, 2.0),
        (200, 2.0, 0.2),
        (60_000, 2.0, 2.0),
    ):
        webhook = {"path": "/draw"} | ({"timeout": asked} if asked else {})
        raw = manifest(9000, webhooks={"winnerSelection": webhook})
        place = where(read_service_manifest(raw), "select_winner", own)
        assert (place.url, place.seconds, place.tries) == (
            "http://127.0.0.1:9000/draw", seconds, 1
        ), (asked, own)  # fmt: skip


def test_what_is_delivered_later_is_tried_as_often_as_the_manifest_says() -> None:
    for retry, tries in ((None, LATER_TRIES), (True, LATER_TRIES), (0, 1), (3, 4)):
        webhook = {"path": "/", "async": True} | ({} if retry is None else {"retry": retry})
        raw = manifest(9000, capabilities=["notifications"], webhooks={"notifications": webhook})
        assert where(read_service_manifest(raw), "notify").tries == tries
    with pytest.raises(Unasked, match=r"names no address for winnerSelection in version 1\.0\.0"):
        where(read_service_manifest(raw), "select_winner")
