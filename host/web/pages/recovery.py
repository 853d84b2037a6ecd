"""Pages to which letters lead, and from which letters are asked for.

Opening a link changes nothing: mail programs open links by themselves, to look for harm. What
changes something is a button.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from host.errors import Conflict, FestoonError, InvalidToken, RateLimited, ValidationFailed
from host.services.letters import need_mail
from host.web.cookies import clear_session_cookie
from host.web.pages.acting import actor_of, posted, see_other, sentences, services_of, text_of
from host.web.pages.templating import templates_of


async def forgot(request: Request) -> Response:
    """Asks for the address; says the same whether it has an account or not."""
    page, services = "pages/forgot.html", services_of(request)
    need_mail(services.core)
    if request.method != "POST":
        return _page(request, page, {"email": "", "sent": False})
    form = await posted(request)
    email = text_of(form, "email")
    try:
        await services.recovery.forgot(actor_of(request), email)
    except (ValidationFailed, RateLimited) as refused:
        return _page(request, page, {"email": email, "sent": False}, refused)
    return _page(request, page, {"email": email, "sent": True})


async def reset(request: Request) -> Response:
    """Asks for the new password, and sets it."""
    page, services = "pages/reset.html", services_of(request)
    need_mail(services.core)
    if request.method != "POST":
        token = request.query_params.get("token", "")
        address = await services.recovery.address_of(token)
        return _page(request, page, {"token": token, "address": address})
    form = await posted(request)
    token, password = text_of(form, "token"), str(form.get("password", ""))
    try:
        await services.recovery.reset(actor_of(request), token, password)
    except InvalidToken as refused:
        return _page(request, page, {"token": "", "address": None}, refused)
    except ValidationFailed as refused:
        address = await services.recovery.address_of(token)
        return _page(request, page, {"token": token, "address": address}, refused)
    response = see_other("/sign-in?done=reset")
    clear_session_cookie(response.headers, secure=services.core.config.secure)
    return response


async def verify(request: Request) -> Response:
    """Asks whether the address is theirs, and confirms it."""
    page, services = "pages/verify.html", services_of(request)
    need_mail(services.core)
    if request.method != "POST":
        token = request.query_params.get("token", "")
        address = await services.confirmation.address_of(token)
        return _page(request, page, {"token": token, "address": address, "done": False})
    token = text_of(await posted(request), "token")
    try:
        address = await services.confirmation.confirm(token)
    except InvalidToken as refused:
        return _page(request, page, {"token": "", "address": None, "done": False}, refused)
    return _page(request, page, {"token": "", "address": address, "done": True})


async def verify_again(request: Request) -> Response:
    """Sends the letter once more."""
    await posted(request)
    try:
        await services_of(request).confirmation.again(actor_of(request))
    except Conflict:
        return see_other("/rooms")
    except RateLimited:
        # There is a letter on its way, or they have had several.
        return see_other("/rooms?done=letter-late")
    return see_other("/rooms?done=letter")


def _page(
    request: Request, page: str, context: dict[str, Any], refused: FestoonError | None = None
) -> Response:
    errors = sentences(refused.fields) if isinstance(refused, ValidationFailed) else {}
    shown = {
        **context,
        "errors": errors,
        "error": refused.message if refused and not errors else "",
    }
    status, headers = (refused.status, refused.headers) if refused else (200, {})
    return templates_of(request).page(
        request,
        page,
        shown,
        status=status,
        # The address of the page holds the link's secret.
        headers={"Referrer-Policy": "no-referrer", **headers},
    )


def recovery_routes() -> list[Route]:
    """`/forgot`, `/reset`, `/verify` and `/verify/again`."""
    both = ["GET", "POST"]
    return [
        Route("/forgot", forgot, methods=both, name="forgot"),
        Route("/reset", reset, methods=both, name="reset"),
        Route("/verify", verify, methods=both, name="verify"),
        Route("/verify/again", verify_again, methods=["POST"], name="verify-again"),
    ]
