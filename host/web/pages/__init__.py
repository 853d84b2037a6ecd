"""The pages of the platform: server-rendered, working without JavaScript, live with it."""

from __future__ import annotations

from starlette.routing import BaseRoute

from host.web.pages.account import account_routes
from host.web.pages.announcing import announce_routes
from host.web.pages.apps import app_routes
from host.web.pages.arrivals import arrival_routes
from host.web.pages.calls import call_routes
from host.web.pages.door import door_routes
from host.web.pages.entrance import entrance_routes
from host.web.pages.evening import evening_routes
from host.web.pages.files import file_routes
from host.web.pages.guests import guest_routes
from host.web.pages.hall import hall_routes
from host.web.pages.inbox import inbox_routes
from host.web.pages.log import log_routes
from host.web.pages.phones import phone_routes
from host.web.pages.prizes import prize_routes
from host.web.pages.recovery import recovery_routes
from host.web.pages.rooms import room_list_routes
from host.web.pages.settings import settings_routes
from host.web.pages.upgrading import upgrade_routes


def page_routes() -> list[BaseRoute]:
    """Every page, with the static files and the brand's stylesheet."""
    return [
        *file_routes(),
        *entrance_routes(),
        *account_routes(),
        *inbox_routes(),
        *recovery_routes(),
        *phone_routes(),
        *arrival_routes(),
        *door_routes(),
        *hall_routes(),
        *room_list_routes(),
        *evening_routes(),
        *prize_routes(),
        *guest_routes(),
        *announce_routes(),
        *app_routes(),
        *call_routes(),
        *upgrade_routes(),
        *settings_routes(),
        *log_routes(),
    ]


__all__ = ["page_routes"]
