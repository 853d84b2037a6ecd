"""What the fuzzer is given besides the document: who asks, and ids of things that are there.

Run by schemathesis itself: `SCHEMATHESIS_HOOKS=tests.fuzz.hooks`, with `FUZZ_URL` and `FUZZ_ROLE`
(a role, or `all` for each in turn).
"""

from __future__ import annotations

import os
import re
from itertools import count
from random import Random
from typing import Any
from uuid import uuid4

import schemathesis

from tests.fuzz.world import PASSWORD, World

FRESH = 60
"""Cases until there is a new room."""
MADE_UP = 0.12
"""How often a case stays as it was made up."""
ENDING = frozenset(
    {
        *("deleteRoom", "changeRoom", "handOver"),
        *("deleteUser", "logout", "changePassword", "endSession"),
        *("removeApp", "changeApp", "regenerateSecret", "endOldSecret", "reviewApp"),
    }
)
"""Operations after which somebody or something may be gone."""
_ULID = re.compile(r"[0-9a-hjkmnp-tv-z]{26}\Z")

world = World(os.environ["FUZZ_URL"])
role = os.environ["FUZZ_ROLE"]
_turns = count(1)
_chance = Random(1)


@schemathesis.auth(refresh_interval=None)
class Signed:
    """Says who makes a call."""

    def get(self, case: Any, context: Any) -> dict[str, str]:
        """The headers of whose turn it is."""
        return world.headers(_chance.choice(world.roles) if role == "all" else role)

    def set(self, case: Any, data: dict[str, str], context: Any) -> None:
        """Puts them on."""
        case.headers = {**(case.headers or {}), **data}


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Names things that are there, most of the time, in place of those that were made up."""
    turn = next(_turns)
    if turn % FRESH == 0:
        world.refresh()
    positive = case.meta is None or case.meta.generation.mode.is_positive
    # A cursor of one's own making is malformed, and no schema can say which ones a list gave out.
    if positive and case.query and "cursor" in case.query:
        case.query["cursor"] = ""
    if _chance.random() < MADE_UP:
        return
    for name, value in (case.path_parameters or {}).items():
        if name in world.ids and not _ULID.match(str(value)):
            case.path_parameters[name] = _chance.choice(world.ids[name])
    if positive and isinstance(case.body, dict):
        good = {
            "email": [f"{uuid4().hex}@example.org"],
            # The admin's stays, by which later ones sign in.
            "password": [PASSWORD],
            "newPassword": [PASSWORD],
            **world.ids,
        }
        for name in case.body.keys() & good.keys():
            case.body[name] = _chance.choice(good[name])


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """Makes anew what a case has used up."""
    used_up = case.operation.definition.raw.get("operationId") in ENDING
    if used_up and response.status_code < 300:
        world.refresh()
