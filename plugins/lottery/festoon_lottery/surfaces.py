"""Everything of the lottery that is looked at: the routes of its pages and papers."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import BaseRoute

from festoon_lottery import printing
from festoon_lottery.certifying import CERTIFICATE, certificate
from festoon_lottery.checking import VERIFY, verify_page
from festoon_lottery.claiming import CLAIMS, claims_act, claims_page
from festoon_lottery.leading import ROUND, round_act, round_page
from festoon_lottery.pages import LIVE, PLAY, SCREEN, WON, play, screen, won
from host import Role, room_page, room_socket


def surfaces() -> Sequence[BaseRoute]:
    """A guest's pages, the big screen with the socket that serves both, and what is printed."""
    return [
        room_page(PLAY, play, role=Role.VIEWER),
        room_page(WON, won, role=Role.VIEWER),
        room_page(SCREEN, screen, role=None),
        room_socket(LIVE, role=None),
        room_page(VERIFY, verify_page, role=None),
        room_page(CERTIFICATE, certificate, role=Role.VIEWER),
        room_page(CLAIMS, claims_page, role=Role.MODERATOR),
        room_page(CLAIMS, claims_act, methods=("POST",), role=Role.MODERATOR),
        room_page(ROUND, round_page, role=Role.ORGANIZER),
        room_page(ROUND, round_act, methods=("POST",), role=Role.ORGANIZER),
        room_page(printing.POSTER, printing.poster, role=Role.MODERATOR),
        room_page(printing.TICKETS, printing.tickets, role=Role.MODERATOR),
        room_page(printing.WINNERS, printing.winners, role=Role.MODERATOR),
        room_page(printing.TABLE, printing.winners_table, role=Role.MODERATOR),
    ]
