"""`/auth/sessions`, `/auth/password` and a person's export: what one does with one's account."""

from __future__ import annotations

from typing import Any

from host.auth.person import LONGEST_PASSWORD
from host.contract import JsonObject
from host.errors import InvalidCredentials
from host.services.account import SessionView
from host.store.paging import paged
from host.web.api.answers import DONE, Many
from host.web.api.body import answer
from host.web.api.call import DELETED, Asked, Call
from host.web.api.query import LARGE_LIMIT, PAGING, page_request

PASSWORD: JsonObject = {"type": "string", "maxLength": LONGEST_PASSWORD}
CHANGE: JsonObject = {
    "properties": {"password": PASSWORD, "newPassword": PASSWORD},
    "required": ["password", "newPassword"],
}


async def list_sessions(asked: Asked) -> Any:
    """Everywhere one is signed in, the session that was used last first."""
    found = await asked.services.account.sessions(asked.actor)
    return paged(found, page_request(asked.query, LARGE_LIMIT))


async def end_session(asked: Asked) -> Any:
    """Ends one of one's own sessions, with its tokens and sockets."""
    await asked.services.account.end_session(asked.actor, asked.path["session_id"])


async def end_other_sessions(asked: Asked) -> Any:
    """Ends all of one's sessions but this one."""
    await asked.services.account.end_other_sessions(asked.actor)


async def change_password(asked: Asked) -> Any:
    """Changes the password; all other sessions end."""
    body = asked.body
    await asked.services.account.change_password(asked.actor, body["password"], body["newPassword"])
    return answer(DELETED)


SESSIONS = "/auth/sessions"
CALLS = (
    Call(
        "GET",
        SESSIONS,
        list_sessions,
        "Where I am signed in",
        user=True,
        query=PAGING,
        answers=Many(SessionView),
    ),
    Call(
        "DELETE", SESSIONS, end_other_sessions, "Sign out everywhere else", user=True, answers=DONE
    ),
    Call(
        "DELETE", SESSIONS + "/{session_id}", end_session, "Sign out there", user=True, answers=DONE
    ),
    Call(
        "POST",
        "/auth/password",
        change_password,
        "Change the password",
        user=True,
        body=CHANGE,
        answers=DONE,
        refuses=(InvalidCredentials,),
    ),
)
