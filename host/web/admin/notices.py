"""What applications still have to bring to people, and what was given up."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette_admin.fields import IntegerField

from host.store import listings
from host.store.sending import State
from host.web.admin.acts import act
from host.web.admin.tables import Table, moment, text, who

GIVEN_UP = (State.PARKED, State.FAILED)


class Notices(Table):
    """Deliveries, without a word of what was said."""

    listing = listings.NOTICES
    key, display_name, icon = "notifications", "Notification", "fa-solid fa-bell"
    menu_label = "Notifications"
    fields = (
        text("state", "State"),
        text("why", "Why"),
        text("room_id", "Room"),
        text("channel", "By"),
        IntegerField("tries", label="Tries"),
        moment("next_at", "Next"),
        moment("updated_at", "Last"),
        moment("created_at", "Since"),
        text("id", "Id"),
    )
    fields_default_sort = (("state", False), ("updated_at", True))

    async def is_row_action_allowed_for_obj(self, request: Request, name: str, obj: Any) -> bool:
        """Only what was given up can be sent again."""
        return name != "again" or obj.state in GIVEN_UP

    @act("again", "Send again", "It is tried again from the first try on.", "fa-rotate-right")
    async def again(self, request: Request, pk: str) -> Response:
        """Sends again what was given up."""
        work = self.services.admin.send_again(who(request), pk)
        return await self.act(request, work, "It is on its way again.")
