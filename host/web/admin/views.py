"""The tables of the administration and what can be done with their rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette_admin.fields import IntegerField, JSONField
from starlette_admin.filters import FilterGroup
from starlette_admin.views import BaseView

from host.contract import ReviewState
from host.services import Services
from host.store import listings
from host.web.admin.acts import act
from host.web.admin.notices import Notices
from host.web.admin.tables import Table, moment, switch, text, who


class Users(Table):
    """Everybody, guests too."""

    listing = listings.USERS
    key, display_name, icon = "users", "User", "fa-solid fa-users"
    menu_label = "Users"
    fields = (
        text("id", "Id", exclude_from_list=True),
        text("name", "Name"),
        text("email", "E-mail"),
        switch("is_admin", "Admin"),
        switch("is_guest", "Guest"),
        moment("created_at", "Since"),
        moment("disabled_at", "Switched off"),
        moment("deleted_at", "Deleted", exclude_from_list=True),
        moment("email_verified_at", "Address confirmed", exclude_from_list=True),
    )
    fields_default_sort = (("created_at", True),)

    async def is_row_action_allowed_for_obj(self, request: Request, name: str, obj: Any) -> bool:
        """Only what makes sense for this person as they are."""
        if obj.deleted_at is not None:
            return name == "view"
        return {
            "make-admin": not obj.is_admin and not obj.is_guest,
            "unmake-admin": bool(obj.is_admin),
            "disable": obj.disabled_at is None,
            "enable": obj.disabled_at is not None,
        }.get(name, await self.is_row_action_allowed(request, name))

    @act("make-admin", "Make admin", "They see and change everything then.", "fa-user-shield")
    async def make_admin(self, request: Request, pk: str) -> Response:
        """Gives the rights of an admin."""
        work = self.services.admin.make_admin(who(request), pk, True)
        return await self.act(request, work, "They are an admin now.")

    @act("unmake-admin", "Take admin rights", "They are like everybody else then.", "fa-user-minus")
    async def unmake_admin(self, request: Request, pk: str) -> Response:
        """Takes the rights of an admin."""
        work = self.services.admin.make_admin(who(request), pk, False)
        return await self.act(request, work, "They are no admin any more.")

    @act("sign-out", "Sign out everywhere", "All their sessions end.", "fa-right-from-bracket")
    async def sign_out(self, request: Request, pk: str) -> Response:
        """Ends all their sessions."""
        work = self.services.admin.end_sessions(who(request), pk)
        return await self.act(request, work, "They are signed out everywhere.")

    @act("disable", "Switch off", "They are signed out and let in no more.", "fa-ban", grave=True)
    async def disable(self, request: Request, pk: str) -> Response:
        """Lets them in no more."""
        work = self.services.admin.disable_user(who(request), pk)
        return await self.act(request, work, "The account is switched off.")

    @act("enable", "Switch on", "They may sign in again.", "fa-check")
    async def enable(self, request: Request, pk: str) -> Response:
        """Lets them in again."""
        work = self.services.admin.enable_user(who(request), pk)
        return await self.act(request, work, "The account is switched on.")

    @act(
        "erase",
        "Delete for good",
        "Who they are is forgotten. Nobody can undo this.",
        "fa-trash",
        grave=True,
    )
    async def erase(self, request: Request, pk: str) -> Response:
        """Forgets who they were."""
        work = self.services.erasure.delete(who(request), pk)
        return await self.act(request, work, "The account is deleted.")


class Rooms(Table):
    """Every room, deleted ones too."""

    listing = listings.ROOMS
    key, display_name, icon = "rooms", "Room", "fa-solid fa-door-open"
    menu_label = "Rooms"
    fields = (
        text("id", "Id", exclude_from_list=True),
        text("name", "Name"),
        text("status", "Status"),
        text("app_id", "Application"),
        text("organizer", "Owner"),
        text("owner_id", "Owner's id", exclude_from_list=True),
        switch("is_public", "Public"),
        IntegerField("participants", label="People"),
        IntegerField("prizes", label="Prizes", exclude_from_list=True),
        IntegerField("winners", label="Winners"),
        moment("created_at", "Since"),
        moment("deleted_at", "Deleted"),
    )
    fields_default_sort = (("created_at", True),)

    async def is_row_action_allowed_for_obj(self, request: Request, name: str, obj: Any) -> bool:
        """What is deleted cannot be deleted."""
        return name != "delete-room" or obj.deleted_at is None

    @act(
        "delete-room",
        "Delete the room",
        "It disappears for everyone in it.",
        "fa-trash",
        grave=True,
    )
    async def delete_room(self, request: Request, pk: str) -> Response:
        """Ends a room for everyone."""
        work = self.services.rooms.delete(who(request), pk)
        return await self.act(request, work, "The room is deleted.")


class Sessions(Table):
    """Who is signed in."""

    listing = listings.SESSIONS
    key, display_name, icon = "sessions", "Session", "fa-solid fa-key"
    menu_label = "Sessions"
    fields = (
        text("id", "Id", exclude_from_list=True),
        text("user", "Who"),
        text("user_id", "Their id", exclude_from_list=True),
        text("method", "Signed in by"),
        text("device", "Device", searchable=False, orderable=False),
        moment("created_at", "Since"),
        moment("seen_at", "Used"),
        moment("expires_at", "Until", exclude_from_list=True),
    )
    fields_default_sort = (("seen_at", True),)

    @act("end", "End the session", "They are signed out there.", "fa-right-from-bracket")
    async def end(self, request: Request, pk: str) -> Response:
        """Ends one session."""
        work = self.services.admin.end_session(who(request), pk)
        return await self.act(request, work, "The session has ended.")


class AuditLog(Table):
    """Every privileged act."""

    listing = listings.AUDIT
    key, display_name, icon = "audit", "Act", "fa-solid fa-scroll"
    menu_label = "Audit log"
    fields = (
        moment("at", "When"),
        text("act", "Act"),
        text("actor", "Who"),
        text("actor_id", "Their id", exclude_from_list=True),
        text("app_id", "Application", exclude_from_list=True),
        text("room_id", "Room", exclude_from_list=True),
        text("subject_id", "About"),
        JSONField("before", label="Before", searchable=False, orderable=False),
        JSONField("after", label="After", searchable=False, orderable=False),
        text("request_id", "Request", exclude_from_list=True),
        text("id", "Id", exclude_from_list=True),
    )
    fields_default_sort = (("at", True), ("id", True))


class Jobs(Table):
    """What is still to be done, and what was given up."""

    listing = listings.JOBS
    key, display_name, icon = "jobs", "Job", "fa-solid fa-gears"
    menu_label = "Jobs"
    fields = (
        text("id", "Id", exclude_from_list=True),
        text("kind", "Kind"),
        text("app_id", "Application"),
        text("room_id", "Room"),
        IntegerField("attempts", label="Tries"),
        moment("run_at", "Next"),
        moment("parked_at", "Given up"),
        text("reason", "Why"),
        moment("created_at", "Since"),
    )
    fields_default_sort = (("parked_at", True), ("run_at", False))

    async def is_row_action_allowed_for_obj(self, request: Request, name: str, obj: Any) -> bool:
        """Only what was given up can be tried again."""
        return name != "again" or obj.parked_at is not None

    @act("again", "Run again", "It is tried again from the first try on.", "fa-rotate-right")
    async def again(self, request: Request, pk: str) -> Response:
        """Tries a parked job again."""
        work = self.services.admin.run_job_again(who(request), pk)
        return await self.act(request, work, "It is tried again now.")


class Calls(Table):
    """What separate services were asked, and what came of it."""

    listing = listings.CALLS
    key, display_name, icon = "calls", "Call", "fa-solid fa-satellite-dish"
    menu_label = "Calls to services"
    fields = (
        moment("at", "When"),
        text("app_id", "Service"),
        text("hook", "Hook"),
        text("outcome", "Outcome"),
        IntegerField("status", label="Status"),
        IntegerField("milliseconds", label="ms"),
        text("note", "Why"),
        text("room_id", "Room", exclude_from_list=True),
        text("message_id", "webhook-id", exclude_from_list=True),
        text("request_id", "Request", exclude_from_list=True),
        text("id", "Id", exclude_from_list=True),
    )
    fields_default_sort = (("id", True),)


class Apps(Table):
    """What is installed, and how it is in this process."""

    key, display_name, icon = "apps", "Application", "fa-solid fa-puzzle-piece"
    menu_label = "Applications"
    fields = (
        text("id", "Id", searchable=False, orderable=False),
        text("name", "Name", searchable=False, orderable=False),
        text("version", "Version", searchable=False, orderable=False),
        text("source", "Runs", searchable=False, orderable=False),
        text("state", "State", searchable=False, orderable=False),
        text("review", "Review", searchable=False, orderable=False),
        text("reason", "Why", searchable=False, orderable=False),
    )

    async def find_all(
        self,
        request: Request,
        skip: int = 0,
        limit: int = 100,
        q: str | None = None,
        sorts: Sequence[tuple[str, str]] | None = None,
        filters: FilterGroup | None = None,
    ) -> Sequence[Any]:
        """The applications whose id or name has the text."""
        entries = await self.services.apps.catalogue(who(request))
        found = [
            SimpleNamespace(
                id=one.app_id,
                name=one.manifest["meta"]["name"],
                version=one.version,
                source=one.source,
                state=one.state,
                review=one.review_state,
                reason=one.reason,
            )
            for one in entries
        ]
        found = [one for one in found if (q or "").lower() in f"{one.id} {one.name}".lower()]
        return found[skip : skip + limit if limit > 0 else None]

    async def count(
        self, request: Request, q: str | None = None, filters: FilterGroup | None = None
    ) -> int:
        """How many there are."""
        return len(await self.find_all(request, 0, -1, q))

    async def find_by_pk(self, request: Request, pk: Any) -> Any:
        """One application, or None."""
        return next((one for one in await self.find_all(request, 0, -1) if one.id == pk), None)

    async def is_row_action_allowed_for_obj(self, request: Request, name: str, obj: Any) -> bool:
        """What is off is switched on, and the other way round."""
        off = obj.state in ("DISABLED", "QUARANTINED")
        review = ReviewState(obj.review)
        return {
            "enable-app": off,
            "disable-app": not off,
            "approve-app": review is not ReviewState.APPROVED,
            "reject-app": review is not ReviewState.REJECTED,
        }.get(name, True)

    @act("disable-app", "Switch off", "Rooms that have it go on without it.", "fa-ban", grave=True)
    async def disable_app(self, request: Request, pk: str) -> Response:
        """Switches an application off."""
        work = self.services.admin.disable_app(who(request), pk)
        said = "It is off in this process, and in the others once they start again."
        if self._is_service(pk):
            said = "It is off, and its tokens are refused."
        return await self.act(request, work, said)

    @act(
        "enable-app",
        "Switch on",
        "A service runs at once, others from the next start on.",
        "fa-check",
    )
    async def enable_app(self, request: Request, pk: str) -> Response:
        """Lets an application run again."""
        work = self.services.admin.enable_app(who(request), pk)
        said = "It runs again once the host is started again."
        if self._is_service(pk):
            said = "It is on again."
        return await self.act(request, work, said)

    def _is_service(self, app_id: str) -> bool:
        entry = self.services.core.registry.get(app_id)
        return entry is not None and entry.is_service

    @act("approve-app", "Approve", "It may do what this host protects.", "fa-circle-check")
    async def approve_app(self, request: Request, pk: str) -> Response:
        """Lets an application have the protected capabilities."""
        work = self.services.reviews.review(who(request), pk, ReviewState.APPROVED)
        return await self.act(request, work, "It is approved, from now on and everywhere.")

    @act(
        "reject-app",
        "Reject",
        "In every room it may no longer do what this host protects.",
        "fa-circle-xmark",
        grave=True,
    )
    async def reject_app(self, request: Request, pk: str) -> Response:
        """Keeps an application from the protected capabilities."""
        work = self.services.reviews.review(who(request), pk, ReviewState.REJECTED)
        return await self.act(request, work, "It is rejected. Rooms that relied on it are told.")


TABLES: tuple[Callable[[Services], BaseView], ...] = (
    Users,
    Rooms,
    Apps,
    Calls,
    Sessions,
    AuditLog,
    Jobs,
    Notices,
)


def views_of(services: Services) -> list[BaseView]:
    """Every table, in the order of the menu."""
    return [table(services) for table in TABLES]
