"""Who may send which form of the pages, written down from the contract and not from the code."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.contract.cast import UNKNOWN
from tests.contract.rules import EVERYONE, ORGANIZERS, OUTSIDERS, STAFF


@dataclass(frozen=True)
class FormRule:
    """A form below a room, who may send it, and the status for whoever may.

    Sent so that it changes nothing that the next form needs.
    """

    path: str
    who: tuple[str, ...]
    then: int = 303
    fields: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"POST {self.path}"

    def status(self, role: str, *, public: bool) -> int:
        """401 for nobody, 404 for what may not be known, 403."""
        if role == "nobody":
            return 401
        if role in OUTSIDERS and not public:
            return 404
        return self.then if role in self.who else 403


ROOM = "/rooms/{room}"
UNFIT = {"body": "{{ "}
"""A template that is none: what it would say is refused, and not kept."""
FORMS = (
    # PATCH /rooms/{id} `{…, status?, …}` | organizer
    FormRule(f"{ROOM}/open", ORGANIZERS),
    # POST /draws | organizer, moderator; nobody is there who could win this prize
    FormRule(f"{ROOM}/draw", STAFF, 409),
    # DELETE /winners/{wid} | organizer
    FormRule(f"{ROOM}/winners/{{unknown}}/revoke", ORGANIZERS, 404),
    # POST /prizes · PATCH/DELETE /prizes/{prizeId} | organizer, moderator
    FormRule(f"{ROOM}/prizes/new", STAFF, 422),
    FormRule(f"{ROOM}/prizes/{{prize}}", STAFF, 422),
    FormRule(f"{ROOM}/prizes/{{unknown}}/delete", STAFF, 404),
    # PATCH /participants/{pid} `{role?}` | organizer
    FormRule(f"{ROOM}/guests/{{unknown}}/role", ORGANIZERS, 404),
    # DELETE /participants/{pid} | organizer, moderator
    FormRule(f"{ROOM}/guests/{{unknown}}/remove", STAFF, 404),
    # POST/DELETE /participants/{pid}/ban | organizer, moderator
    FormRule(f"{ROOM}/guests/{{unknown}}/ban", STAFF, 404),
    FormRule(f"{ROOM}/guests/{{unknown}}/unban", STAFF, 404),
    # PATCH /rooms/{id}/door | organizer
    FormRule(f"{ROOM}/guests/lock", ORGANIZERS),
    FormRule(f"{ROOM}/names", ORGANIZERS),
    # POST /rooms/{id}/owner | the owner, admin
    FormRule(f"{ROOM}/owner", ORGANIZERS, 404, {"participantId": UNKNOWN, "person": UNKNOWN}),
    # POST /rooms/{id}/apps · PATCH/DELETE /rooms/{id}/apps/{appId} · PUT /delegations | organizer
    FormRule(f"{ROOM}/apps", ORGANIZERS, 422),
    FormRule(f"{ROOM}/apps/{{unknown}}/remove", ORGANIZERS, 404),
    # POST /rooms/{id}/upgrade-manifest | organizer
    FormRule(f"{ROOM}/apps/{{unknown}}/upgrade", ORGANIZERS, 404),
    # POST /rooms/{id}/announcements · DELETE /announcements/{id} | organizer
    FormRule(f"{ROOM}/announce", ORGANIZERS, 422),
    FormRule(f"{ROOM}/announce/{{unknown}}/cancel", ORGANIZERS, 404),
    FormRule(f"{ROOM}/delegations", ORGANIZERS, 409, {"winnerSelection": "quiz"}),
    FormRule(f"{ROOM}/settings/{{unknown}}", ORGANIZERS, 404),
    FormRule(f"{ROOM}/settings", ORGANIZERS, 422),
    # POST /rooms/{id}/join-code | organizer
    FormRule(f"{ROOM}/code", ORGANIZERS),
    # An application's page is for those with its role in the room.
    FormRule("/apps/vault/rooms/{room}/ledger", STAFF, 200),
    FormRule("/apps/lottery/rooms/{room}/roster/look", STAFF, 422),
    FormRule("/apps/lottery/rooms/{room}/roster/add", STAFF, 422),
    FormRule("/apps/lottery/rooms/{room}/roster/out", STAFF, 422),
    FormRule("/apps/lottery/rooms/{room}/roster/read", STAFF, 200),
    # Moderators stand at the desk; a step of a round is the organizer's.
    FormRule("/apps/lottery/rooms/{room}/claims", STAFF, 422),
    FormRule("/apps/lottery/rooms/{room}/round", ORGANIZERS, 422),
    # The room's lottery asks nothing of whoever takes part, and draws prizes; here viewers watch.
    FormRule("/apps/lottery/rooms/{room}/enter", STAFF, 404),
    *(
        FormRule(f"/apps/lottery/rooms/{{room}}/santa/{act}", ORGANIZERS, 404)
        for act in ("apart", "choose", "remove", "draw", "print", "again", "reveal")
    ),
    FormRule("/apps/lottery/rooms/{room}/santa/look", EVERYONE, 404),
    # What a room's messages say, and where they went, is for who may announce in it.
    FormRule("/apps/notifications/rooms/{room}/words", ORGANIZERS, 422, UNFIT),
    FormRule("/apps/notifications/rooms/{room}/preview", ORGANIZERS, 422, UNFIT),
    FormRule("/apps/notifications/rooms/{room}/log", ORGANIZERS, 422),
    FormRule("/apps/quiz/rooms/{room}/import", ORGANIZERS, 422),
    FormRule("/apps/quiz/rooms/{room}/media", ORGANIZERS, 422),
)
LAST_FORMS = (
    # They end the room: each is sent to one of its own.
    FormRule(f"{ROOM}/finish", ORGANIZERS),
    FormRule(f"{ROOM}/cancel", ORGANIZERS),
    FormRule(f"{ROOM}/delete", ORGANIZERS),
)

NOT_SENT = ("/forgot", "/reset", "/verify", "/verify/again", "/sign-in/phone")
"""Begin the paths of letters and codes, which the host of these tests does not send: 503."""

ACCOUNTS = {
    # For who is signed in, and about nobody but them.
    *("/account", "/account/delete", "/account/password", "/account/sessions/end"),
    *("/account/sessions/{session_id}/end", "/account/ways/{way}/remove", "/verify/again"),
    *("/inbox/read", "/inbox/{notification_id}/read", "/preferences"),
    *("/apps/notifications/browser/on", "/apps/notifications/browser/off"),
}
ADMINS = {
    # The library's: what it could make, change and import is switched off, acts are acts.
    *("/admin/_api/{key}/action", "/admin/_api/{key}/row-action", "/admin/_api/{key}/import"),
    *("/admin/_api/{key}/inline-edit", "/admin/{key}/create", "/admin/{key}/edit"),
}

ANYONES = {
    # Signing in, up and out, and what an application offers to everybody.
    *("/sign-in", "/sign-up", "/sign-out", "/apps/vault/bell"),
    # Letters and codes: whoever has one.
    *("/forgot", "/reset", "/verify", "/sign-in/phone", "/sign-in/phone/code"),
    # One click in a mail program, by whoever has the letter: tests/services/test_notices.py.
    "/unsubscribe/{token}",
    # The door asks for the code, leaving is for those who are in, a room is made by accounts:
    # tests/web/test_pages_entrance.py and test_pages_room.py.
    *("/j/{code}", "/r/{room_id}/leave", "/rooms/new"),
}
