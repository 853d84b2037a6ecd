"""Who may make which call in a room, written down from the contract and not from the code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

EVERYONE = ("viewer", "participant", "moderator", "organizer", "admin")
STAFF = ("moderator", "organizer", "admin")
ORGANIZERS = ("organizer", "admin")
NOBODY: tuple[str, ...] = ()
"""For applications that act by themselves."""
OUTSIDERS = ("nobody", "stranger", "removed", "banned")
ROLES = (*OUTSIDERS, *EVERYONE)


@dataclass(frozen=True)
class Rule:
    """A call below `/rooms/{id}`, and who may make it.

    `public`: also anyone in a public room. `wrong` is a body that is refused once the caller was
    let in, so that the call can be made without changing anything; None for calls without one.
    `then` is the status for whoever is let in.
    """

    method: str
    path: str
    who: tuple[str, ...]
    public: bool = False
    wrong: dict[str, Any] | None = None
    then: int = 200

    def __str__(self) -> str:
        return f"{self.method} {self.path or '/'}"

    def status(self, role: str, *, public: bool) -> int:
        """The status for a role, by the order of refusals: 401, 404, 403, then the body."""
        reads_as_anyone = self.method == "GET" and self.public
        if role == "nobody" and not reads_as_anyone:
            return 401
        if role in OUTSIDERS:
            if not public:
                return 404
            return self.then if self.public else 403
        return self.then if role in self.who else 403


BOGUS = {"bogus": True}


def read(path: str, who: tuple[str, ...] = EVERYONE, *, public: bool = True) -> Rule:
    """A GET."""
    return Rule("GET", path, who, public)


def write(method: str, path: str, who: tuple[str, ...], wrong: Any = BOGUS) -> Rule:
    """A call with a body, made with one that does not do."""
    return Rule(method, path, who, wrong=wrong, then=422)


def end(path: str, who: tuple[str, ...]) -> Rule:
    """A deletion of something that is not there."""
    return Rule("DELETE", path, who, then=404)


RULES = (
    # GET /rooms/{id} … | public, or a participant
    read(""),
    # PATCH /rooms/{id} · DELETE /rooms/{id} | organizer (the deletion has a test of its own)
    write("PATCH", "", ORGANIZERS),
    # GET/POST /rooms/{id}/apps · PATCH/DELETE /rooms/{id}/apps/{appId} | organizer
    read("/apps", ORGANIZERS, public=False),
    write("POST", "/apps", ORGANIZERS),
    write("PATCH", "/apps/lottery", ORGANIZERS),
    end("/apps/{unknown}", ORGANIZERS),
    # POST /rooms/{id}/upgrade-manifest `{targetVersion, migrationData?}` | organizer
    write("POST", "/upgrade-manifest", ORGANIZERS),
    write("POST", "/apps/lottery/upgrade-manifest", ORGANIZERS),
    # GET /rooms/{id}/delegations · PUT /rooms/{id}/delegations | organizer
    read("/delegations", ORGANIZERS, public=False),
    write("PUT", "/delegations", ORGANIZERS),
    # Codes can be renewed by the organizer: POST /rooms/{id}/join-code
    write("POST", "/join-code", ORGANIZERS),
    # GET /rooms/{id}/events | participant
    read("/events", public=False),
    # POST /rooms/{id}/events | an app with realtime:publish, and no person whatever their role
    write("POST", "/events", NOBODY),
    # GET /participants · GET /participants/{pid} | participants, or anyone in a public room
    read("/participants"),
    read("/participants/{part}"),
    # PATCH /participants/{pid} `{role?, metadata?}` | organizer; moderator for metadata
    write("PATCH", "/participants/{part}", STAFF, {"metadata": 1}),
    # DELETE /participants/{pid} | organizer, moderator
    end("/participants/{unknown}", STAFF),
    # POST/DELETE /participants/{pid}/ban | organizer, moderator
    write("POST", "/participants/{part}/ban", STAFF),
    end("/participants/{unknown}/ban", STAFF),
    # GET/PATCH /rooms/{id}/door | read: organizer, moderator · write: organizer
    read("/door", STAFF, public=False),
    write("PATCH", "/door", ORGANIZERS),
    # POST /rooms/{id}/owner | the owner, admin
    write("POST", "/owner", ORGANIZERS),
    # GET /rooms/{id}/audit | organizer
    read("/audit", ORGANIZERS, public=False),
    # POST /prizes · GET · GET/PATCH/DELETE /prizes/{prizeId} | write: organizer, moderator
    read("/prizes"),
    read("/prizes/{prize}"),
    write("POST", "/prizes", STAFF),
    write("PATCH", "/prizes/{prize}", STAFF),
    end("/prizes/{unknown}", STAFF),
    # POST /winners | organizer, moderator, app with winners:write
    write("POST", "/winners", STAFF),
    # POST /draws | organizer, moderator
    write("POST", "/draws", STAFF),
    # GET/POST /rooms/{id}/announcements · DELETE /announcements/{id} | organizer
    read("/announcements", ORGANIZERS, public=False),
    write("POST", "/announcements", ORGANIZERS),
    end("/announcements/{unknown}", ORGANIZERS),
    # GET /winners · GET /winners/{wid} · DELETE | read: as participants · revoke: organizer
    read("/winners"),
    read("/winners/{winner}"),
    end("/winners/{unknown}", ORGANIZERS),
)

OWN_TESTS = {
    # Who may join depends on the code and on whether they are in already.
    ("POST", "/rooms/{room_id}/participants"),
    # Whoever is in may leave, and nobody else can.
    ("DELETE", "/rooms/{room_id}/participants/me"),
    # There is no deletion of a room that changes nothing.
    ("DELETE", "/rooms/{room_id}"),
}
