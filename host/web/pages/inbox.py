"""One's own inbox, what one wants to be told and how, and the way out of a letter."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from host.contract import Category
from host.errors import FestoonError, NotFound, ValidationFailed
from host.services.preferences import MAIL, PreferencesView, zones
from host.services.text import unstorable
from host.store.inbox import InboxItem
from host.store.paging import PageRequest
from host.store.preferences import EVERY
from host.web.pages.acting import actor_of, posted, see_other, sentences, services_of, text_of
from host.web.pages.templating import templates_of

A_PAGE = 30
BROWSER = "/apps/notifications/browser"
NOTES = {"saved": "Saved. It holds from now on.", "read": "All of it is read."}
CATEGORIES = (
    (Category.RESULT, "What I won", "The one message nobody wants to miss."),
    (Category.REMINDER, "Reminders", "That something begins soon."),
    (Category.ANNOUNCEMENT, "Announcements", "What organizers say to their guests."),
    (Category.ROOM, "My rooms", "What goes wrong in rooms that you organize."),
)
WORDS = {category: label for category, label, _ in CATEGORIES}
CHOICES = (
    ("", "Every way there is"),
    (MAIL, "Not by mail"),
    (EVERY, "Only here, in the inbox"),
)


async def inbox(request: Request) -> Response:
    """What this person was told, the newest first."""
    actor, services = actor_of(request), services_of(request)
    actor.need_user()
    cursor = request.query_params.get("after", "")
    if unstorable(cursor):
        cursor = ""
    page = await services.inbox.list(actor, PageRequest(limit=A_PAGE, cursor=cursor))
    shown = {
        "items": [(item, _way(item)) for item in page.items],
        "unread": (await services.inbox.unread(actor)).unread,
        "older": page.next_cursor,
        "newest": not cursor,
        "note": NOTES.get(request.query_params.get("done", ""), ""),
    }
    return templates_of(request).page(request, "pages/inbox.html", shown)


async def read(request: Request) -> Response:
    """Marks one as read, and goes where it leads."""
    await posted(request)
    services, actor = services_of(request), actor_of(request)
    item = await services.inbox.read(actor, request.path_params["notification_id"])
    return see_other(_way(item) or "/inbox")


async def read_all(request: Request) -> Response:
    """Marks everything as read."""
    await posted(request)
    await services_of(request).inbox.read_all(actor_of(request))
    return see_other("/inbox?done=read")


async def preferences(request: Request) -> Response:
    """What this person wants to be told, and how."""
    actor_of(request).need_user()
    return await _preferences(request)


async def save(request: Request) -> Response:
    """Keeps that."""
    form = await posted(request)
    services, actor = services_of(request), actor_of(request)
    known = await services.preferences.get(actor)
    muted = {
        category.value: _chosen(text_of(form, category.value), known.muted.get(category.value, []))
        for category, _, _ in CATEGORIES
    }
    given = {
        name: text_of(form, name) or None
        for name in ("quietFrom", "quietTo", "digestAt", "locale", "timeZone")
    }
    try:
        await services.preferences.change(actor, {**given, "muted": muted})
    except ValidationFailed as refused:
        return await _preferences(request, refused, {**given, "muted": muted})
    return see_other("/preferences?done=saved")


def _chosen(choice: str, before: list[str]) -> list[str]:
    # What other channels were switched off elsewhere stays so.
    others = [one for one in before if one not in (MAIL, EVERY)]
    return [*others, *([choice] if choice in (MAIL, EVERY) else [])]


async def unsubscribe(request: Request) -> Response:
    """Where a letter's way out leads: a page with a button, which alone changes something.

    A mail program's one click (RFC 8058) is the POST by itself, without a session.
    """
    token, services = request.path_params["token"], services_of(request)
    if unstorable(token):
        raise NotFound("There is nothing at this address.")
    done = request.method == "POST"
    if done:
        category = await services.preferences.unsubscribe(token)
    else:
        category = services.preferences.unsubscribes(token)
    shown = {"what": WORDS.get(category, "These messages"), "done": done}
    return templates_of(request).page(
        request, "pages/unsubscribe.html", shown, headers={"Referrer-Policy": "no-referrer"}
    )


async def _preferences(
    request: Request, refused: FestoonError | None = None, typed: dict[str, Any] | None = None
) -> Response:
    known: PreferencesView = await services_of(request).preferences.get(actor_of(request))
    errors = sentences(refused.fields) if isinstance(refused, ValidationFailed) else {}
    muted: dict[str, list[str]] = typed["muted"] if typed else known.muted
    shown = {
        "typed": typed
        or {
            "quietFrom": known.quiet_from,
            "quietTo": known.quiet_to,
            "digestAt": known.digest_at,
            "locale": known.locale,
            "timeZone": known.time_zone,
        },
        "categories": [
            (category.value, label, words, _choice(muted.get(category.value, [])))
            for category, label, words in CATEGORIES
        ],
        "choices": CHOICES,
        "zones": sorted(zones()),
        "browser": _browser(request),
        "errors": errors,
        "note": "" if refused else NOTES.get(request.query_params.get("done", ""), ""),
    }
    status = refused.status if refused else 200
    return templates_of(request).page(request, "pages/preferences.html", shown, status=status)


def _browser(request: Request) -> str | None:
    """Where a person lets this browser tell them, as long as that application runs."""
    running = services_of(request).core.registry.active
    return BROWSER if any(entry.app_id == "notifications" for entry in running) else None


def _choice(muted: list[str]) -> str:
    return EVERY if EVERY in muted else MAIL if MAIL in muted else ""


def _way(item: InboxItem) -> str:
    """Where a notification leads: to its room, for organizers to where they mend what failed."""
    if item.room_id is None or item.room_name is None:
        return ""
    if item.category is Category.ROOM:
        tab = "/apps" if item.kind.startswith("app:") else ""
        return f"/rooms/{item.room_id}{tab}"
    return f"/r/{item.room_id}"


def inbox_routes() -> list[Route]:
    """`/inbox`, `/preferences` and `/unsubscribe/{token}`."""
    post = ["POST"]
    return [
        Route("/inbox", inbox, name="inbox"),
        Route("/inbox/read", read_all, methods=post),
        Route("/inbox/{notification_id}/read", read, methods=post),
        Route("/preferences", preferences, name="preferences"),
        Route("/preferences", save, methods=post),
        Route("/unsubscribe/{token}", unsubscribe, methods=["GET", "POST"], name="unsubscribe"),
    ]
