"""To a sign-in provider and back: the browser leaves, returns, and is led on.

What goes wrong on the way back is a page for a person, an error of the contract for a program,
and for a front end that sent the person here its own address with the error in the fragment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from host.errors import Conflict, FestoonError, InvalidCredentials, Unauthorized
from host.services.federation import MINUTES, Arrival, Leaving, Return
from host.web.api.body import answer
from host.web.cookies import cookie_header, set_session_cookie
from host.web.middleware import PAGE_POLICY
from host.web.pages.acting import actor_of, local, see_other, services_of
from host.web.pages.errors import HOME, Way
from host.web.pages.templating import templates_of

COOKIE = "festoon_sign_in"
"""Ties the states that a browser carries to that browser."""
AFTER, ACCOUNT = "/rooms", "/account"
_VALUE = re.compile(r"[0-9a-f]{64}")
_TITLES: Mapping[type[FestoonError], str] = {
    Unauthorized: "Start again, please",
    InvalidCredentials: "That did not work",
    Conflict: "This needs one more step",
}


async def sign_in_with(request: Request) -> Response:
    """Sends the browser to a provider, to come back signed in."""
    where = local(request.query_params.get("next", ""), AFTER)
    return await _send(request, where, f"/sign-in?next={quote(where)}", add=False)


async def add_way_in(request: Request) -> Response:
    """Sends the browser to a provider, to come back with one more way in to its account."""
    actor_of(request).need_user()
    where = local(request.query_params.get("next", ""), ACCOUNT)
    return await _send(request, where, ACCOUNT, add=True)


async def _send(request: Request, where: str, otherwise: str, *, add: bool) -> Response:
    if not _pressed_here(request):
        # Another site's page may not choose for somebody by what they sign in.
        return see_other(otherwise)
    federation, provider_id = services_of(request).federation, request.path_params["provider"]
    leaving = await federation.leave(
        actor_of(request), provider_id, where, browser_of(request), add=add
    )
    response = see_other(leaving.url)
    _tie(request, response, leaving)
    return response


async def arrived(request: Request, provider_id: str, query: Mapping[str, str]) -> Response:
    """A browser that came back: leads it on, or says what is wrong."""
    federation = services_of(request).federation
    back: Return | None = None
    try:
        back = await federation.accept(provider_id, query, request.cookies.get(COOKIE))
        arrival = await federation.arrive(actor_of(request), back, query)
    except FestoonError as refused:
        return _refused(request, refused, back)
    return _led_on(request, back, arrival)


def browser_of(request: Request) -> str:
    """The value by which this browser is known while it is away; a new one where it has none.

    The same for several tabs, so that none of them undoes what another began.
    """
    known = request.cookies.get(COOKIE, "")
    if _VALUE.fullmatch(known):
        return known
    return services_of(request).core.tokens.new_secret()


def tied(request: Request) -> bool:
    """Whether a script of a page of this host asks, whose cookies come along on the way back."""
    return request.headers.get("sec-fetch-site") == "same-origin"


def answer_of(request: Request, data: dict[str, Any], leaving: Leaving) -> Response:
    """The contract's answer to who asks where to send a browser."""
    response = answer(data)
    _tie(request, response, leaving)
    return response


def _tie(request: Request, response: Response, leaving: Leaving) -> None:
    if leaving.browser is not None:
        secure = services_of(request).core.config.secure
        response.headers.append(
            "Set-Cookie",
            cookie_header(COOKIE, leaving.browser, secure=secure, seconds=MINUTES * 60),
        )


def _pressed_here(request: Request) -> bool:
    """Whether a link of a page of ours was followed, or the address was typed."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    # Not sent to addresses without https, such as a laptop's in a hall.
    came = urlsplit(request.headers.get("referer", ""))
    return came.scheme in ("http", "https") and came.netloc == request.headers.get("host")


def _led_on(request: Request, back: Return, arrival: Arrival) -> Response:
    if arrival.tokens is not None:
        tokens = {
            "access_token": arrival.tokens.access_token,
            "refresh_token": arrival.tokens.refresh_token,
            "expires_in": arrival.tokens.expires_in,
        }
        return _to_front_end(back.redirect_url, tokens)
    response: Response
    if arrival.left is None:
        response = see_other(back.redirect_url)
    else:
        response = _page(
            request,
            200,
            f"Welcome back, {arrival.user.name}",
            f"{back.provider.name} is the way in to your account, and you are signed in to it.",
            hint=f"The rooms that you joined as the guest {arrival.left.name} stay with that "
            "guest, and so does what was won there. Join a room again with its code to be in it "
            "as yourself.",
            acts=[Way("Go on", back.redirect_url), Way("Join by code", "/join")],
        )
    if arrival.cookie is not None:
        secure = services_of(request).core.config.secure
        set_session_cookie(response.headers, arrival.cookie, secure=secure)
    return response


def _refused(request: Request, refused: FestoonError, back: Return | None) -> Response:
    if "text/html" not in request.headers.get("accept", ""):
        raise refused
    if back is not None and not back.to_page:
        error = {"error": refused.code, "error_description": refused.message}
        return _to_front_end(back.redirect_url, error)
    signed_in = actor_of(request).user is not None and not actor_of(request).is_guest
    again = Way("Back to your account", ACCOUNT) if signed_in else Way("Sign in", "/sign-in")
    return _page(
        request,
        refused.status,
        _TITLES.get(type(refused), "Not right now"),
        refused.message,
        hint="Nothing was changed.",
        acts=[again, HOME],
    )


def _page(
    request: Request, status: int, title: str, message: str, *, hint: str, acts: list[Way]
) -> Response:
    return templates_of(request).page(
        request,
        "pages/error.html",
        {
            "status": status if status >= 400 else "",
            "title": title,
            "message": message,
            "hint": hint,
            "acts": acts,
            "request_id": "",
        },
        status=status,
        # It stands below /api, where nothing else is a page.
        headers={"Content-Security-Policy": PAGE_POLICY},
    )


def _to_front_end(url: str, more: Mapping[str, object]) -> Response:
    # In the fragment, which browsers keep to themselves.
    return RedirectResponse(f"{url}#{urlencode({**more, 'redirect_url': url})}", 303)


def arrival_routes() -> list[Route]:
    """`/sign-in/with/{provider}` and `/account/add/{provider}`."""
    return [
        Route("/sign-in/with/{provider}", sign_in_with, name="sign-in-with"),
        Route("/account/add/{provider}", add_way_in, name="add-way-in"),
    ]
