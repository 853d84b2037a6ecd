"""Signing in by phone: the number, then the six digits."""

from __future__ import annotations

from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from host.auth.phone import clean_phone, shown_phone
from host.errors import (
    Conflict,
    FestoonError,
    Forbidden,
    InvalidCredentials,
    RateLimited,
    ValidationFailed,
)
from host.web.cookies import set_session_cookie
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


async def start(request: Request) -> Response:
    """Asks for the number, and has a code sent there."""
    services = services_of(request)
    services.phones.need()
    if request.method != "POST":
        where = request.query_params.get("next", "")
        return _number(request, {"phone": "", "next": where})
    form = await posted(request)
    typed = {"phone": text_of(form, "phone"), "next": text_of(form, "next")}
    try:
        await services.phones.start(actor_of(request), typed["phone"])
    except RateLimited as refused:
        if text_of(form, "again"):
            return _code(request, form, refused)
        return _number(request, typed, refused)
    except ValidationFailed as refused:
        return _number(request, typed, refused)
    return _code(request, form)


async def code(request: Request) -> Response:
    """Takes the code, and lets them in."""
    services = services_of(request)
    services.phones.need()
    form = await posted(request)
    name = text_of(form, "name") or None
    try:
        session = await services.phones.verify_in_browser(
            actor_of(request), text_of(form, "phone"), text_of(form, "code"), name
        )
    except (InvalidCredentials, ValidationFailed, Conflict, Forbidden) as refused:
        return _code(request, form, refused)
    response = see_other(local(text_of(form, "next"), AFTER))
    secure = services.core.config.secure
    set_session_cookie(response.headers, session.cookie, secure=secure)
    return response


def _number(
    request: Request, typed: dict[str, str], refused: FestoonError | None = None
) -> Response:
    return _page(request, "pages/phone.html", typed, refused)


def _code(request: Request, form: FormData, refused: FestoonError | None = None) -> Response:
    phone = text_of(form, "phone")
    try:
        shown = shown_phone(clean_phone(phone))
    except ValueError:
        return _number(request, {"phone": phone, "next": text_of(form, "next")}, refused)
    typed = {
        "phone": phone,
        "shown": shown,
        "name": text_of(form, "name"),
        "next": text_of(form, "next"),
    }
    return _page(request, "pages/phone_code.html", typed, refused)


def _page(
    request: Request, page: str, typed: dict[str, str], refused: FestoonError | None
) -> Response:
    errors = sentences(refused.fields) if isinstance(refused, ValidationFailed) else {}
    context: dict[str, Any] = {
        **typed,
        "next": local(typed["next"], AFTER),
        "errors": errors,
        "error": refused.message if refused and not errors else "",
    }
    status, headers = (refused.status, refused.headers) if refused else (200, {})
    return templates_of(request).page(request, page, context, status=status, headers=headers)


def phone_routes() -> list[Route]:
    """`/sign-in/phone` and `/sign-in/phone/code`."""
    return [
        Route("/sign-in/phone", start, methods=["GET", "POST"], name="phone"),
        Route("/sign-in/phone/code", code, methods=["POST"], name="phone-code"),
    ]
