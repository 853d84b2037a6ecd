"""The way in for those who organize: the first page, sign in, sign up, sign out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from host.errors import Conflict, FestoonError, InvalidCredentials, RateLimited, ValidationFailed
from host.services.letters import writes
from host.services.methods import PASSWORD
from host.services.sessions import WebSession
from host.web.cookies import clear_session_cookie, set_session_cookie
from host.web.pages.acting import (
    actor_of,
    local,
    posted,
    see_other,
    sentences,
    services_of,
    text_of,
)
from host.web.pages.templating import templates_of

AFTER = "/rooms"
NOTES = {"reset": "Your new password is set. Sign in with it; every device was signed out."}


async def home(request: Request) -> Response:
    """What this is, and a box for a code."""
    return templates_of(request).page(request, "pages/home.html")


async def sign_in(request: Request) -> Response:
    """The form, and what it posts."""
    page = "pages/sign_in.html"
    if request.method != "POST":
        return _ask(request, page, {"email": ""})
    form = await posted(request)
    # A password is taken as it was typed, spaces and all.
    email, password = text_of(form, "email"), str(form.get("password", ""))
    identity, agent = services_of(request).identity, request.headers.get("user-agent")
    return await _enter(
        request,
        page,
        {"email": email, "next": text_of(form, "next")},
        lambda: identity.login_in_browser(actor_of(request), email, password, agent),
    )


async def sign_up(request: Request) -> Response:
    """The form, and what it posts. A guest keeps their place: the account becomes theirs."""
    page = "pages/sign_up.html"
    actor = actor_of(request)
    if request.method != "POST":
        name = actor.user.name if actor.user and actor.is_guest else ""
        return _ask(request, page, {"name": name, "email": ""})
    form = await posted(request)
    name, email = text_of(form, "name"), text_of(form, "email")
    password = str(form.get("password", ""))
    identity, agent = services_of(request).identity, request.headers.get("user-agent")
    return await _enter(
        request,
        page,
        {"name": name, "email": email, "next": text_of(form, "next")},
        lambda: identity.register_in_browser(actor, email, password, name, agent),
    )


async def sign_out(request: Request) -> Response:
    """Ends the session and forgets the cookie."""
    form = await posted(request)
    actor, services = actor_of(request), services_of(request)
    if actor.user is not None:
        await services.identity.logout(actor)
    response = see_other(local(text_of(form, "next"), "/"))
    clear_session_cookie(response.headers, secure=services.core.config.secure)
    return response


def _ask(
    request: Request,
    page: str,
    typed: dict[str, Any],
    refused: FestoonError | None = None,
) -> Response:
    """The form with what was typed; a refusal stands beside the field it is about, or above."""
    errors = sentences(refused.fields) if isinstance(refused, ValidationFailed) else {}
    services = services_of(request)
    context = {
        "note": NOTES.get(request.query_params.get("done", ""), ""),
        "letters": writes(services.core),
        "by_phone": services.phones.on,
        "ways": services.core.config.providers,
        "passwords": services.core.config.offers(PASSWORD),
        "error": refused.message if refused and not errors else "",
        "errors": errors,
        **typed,
        "next": local(typed.get("next") or request.query_params.get("next", ""), AFTER),
    }
    status, headers = (refused.status, refused.headers) if refused else (200, {})
    return templates_of(request).page(request, page, context, status=status, headers=headers)


async def _enter(
    request: Request,
    page: str,
    typed: dict[str, Any],
    opening: Callable[[], Awaitable[WebSession]],
) -> Response:
    try:
        session = await opening()
    except (InvalidCredentials, ValidationFailed, Conflict, RateLimited) as refused:
        return _ask(request, page, typed, refused)
    response = see_other(local(typed["next"], AFTER))
    secure = services_of(request).core.config.secure
    set_session_cookie(response.headers, session.cookie, secure=secure)
    return response


def entrance_routes() -> list[Route]:
    """`/`, `/sign-in`, `/sign-up`, `/sign-out`."""
    return [
        Route("/", home, name="home"),
        Route("/sign-in", sign_in, methods=["GET", "POST"], name="sign-in"),
        Route("/sign-up", sign_up, methods=["GET", "POST"], name="sign-up"),
        Route("/sign-out", sign_out, methods=["POST"], name="sign-out"),
    ]
