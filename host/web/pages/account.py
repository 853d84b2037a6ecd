"""One's own account: name, password, where one is signed in, taking one's data and going."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from host.errors import FestoonError, ValidationFailed
from host.services.letters import writes
from host.web.cookies import clear_session_cookie
from host.web.pages.acting import actor_of, posted, see_other, sentences, services_of, text_of
from host.web.pages.templating import templates_of

HERE = "/account"
NOTES = {
    "saved": "Saved. Everyone sees it from now on.",
    "password": "The password is changed, and all other devices are signed out.",
    "ended": "Signed out there.",
    "others": "All other devices are signed out.",
    "way": "That way in is gone.",
}
METHODS = {
    "password": "with the password",
    "guest": "as a guest, with a name",
    "phone": "by phone",
}
Run = Callable[[], Awaitable[object]]


async def account(request: Request) -> Response:
    """Everything on one page."""
    return await _page(request)


async def save(request: Request) -> Response:
    """Changes name and picture."""
    form, actor = await posted(request), actor_of(request)
    given = {"name": text_of(form, "name"), "avatar": text_of(form, "avatar") or None}

    async def run() -> None:
        await services_of(request).identity.change_user(actor, actor.need_user().id, given)

    return await _acted(request, run, "saved", {"typed": given})


async def change_password(request: Request) -> Response:
    """Changes the password, taken as it was typed, spaces and all."""
    form = await posted(request)
    old, new = (str(form.get(name, "")) for name in ("password", "newPassword"))

    async def run() -> None:
        await services_of(request).account.change_password(actor_of(request), old, new)

    return await _acted(request, run, "password")


async def end_session(request: Request) -> Response:
    """Signs out at another place."""
    await posted(request)
    session_id = request.path_params["session_id"]

    async def run() -> None:
        await services_of(request).account.end_session(actor_of(request), session_id)

    return await _acted(request, run, "ended")


async def end_others(request: Request) -> Response:
    """Signs out everywhere but here."""
    await posted(request)

    async def run() -> None:
        await services_of(request).account.end_other_sessions(actor_of(request))

    return await _acted(request, run, "others")


async def remove_way(request: Request) -> Response:
    """Takes a way of signing in away."""
    await posted(request)
    linking, way = services_of(request).federation.linking, request.path_params["way"]

    async def run() -> None:
        await linking.remove(actor_of(request), way)

    return await _acted(request, run, "way")


async def export(request: Request) -> Response:
    """Everything that is held of this person, as a file."""
    actor = actor_of(request)
    found = await services_of(request).export.of(actor, actor.need_user().id)
    name = services_of(request).core.sources.now().strftime("my-data-%Y-%m-%d.json")
    return Response(
        orjson.dumps(found, option=orjson.OPT_INDENT_2),
        media_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


async def delete(request: Request) -> Response:
    """Forgets the person, and says goodbye."""
    await posted(request)
    actor, services = actor_of(request), services_of(request)
    try:
        await services.erasure.delete(actor, actor.need_user().id)
    except FestoonError as refused:
        return await _page(request, refused)
    response = see_other("/goodbye")
    clear_session_cookie(response.headers, secure=services.core.config.secure)
    return response


async def goodbye(request: Request) -> Response:
    """What whoever deleted their account sees last."""
    return templates_of(request).page(request, "pages/goodbye.html")


async def _acted(
    request: Request, run: Run, done: str, context: dict[str, Any] | None = None
) -> Response:
    actor_of(request).need_user()
    try:
        await run()
    except FestoonError as refused:
        return await _page(request, refused, context)
    return see_other(f"{HERE}?done={done}")


async def _page(
    request: Request, refused: FestoonError | None = None, context: dict[str, Any] | None = None
) -> Response:
    services, actor = services_of(request), actor_of(request)
    known = await services.account.known(actor)
    ways = await services.federation.linking.identities(actor)
    taken = {way.provider for way in ways}
    errors = sentences(refused.fields) if isinstance(refused, ValidationFailed) else {}
    shown = {
        "account": known,
        "typed": {"name": known.user.name, "avatar": known.user.avatar},
        "sessions": await services.account.sessions(actor),
        "methods": METHODS,
        "ways": ways,
        "more_ways": [
            provider for provider in services.federation.providers if provider.id not in taken
        ],
        "letters": writes(services.core),
        "note": NOTES.get(request.query_params.get("done", ""), "") if refused is None else "",
        "error": refused.message if refused and not errors else "",
        "rooms": refused.details.get("rooms", []) if refused else [],
        "errors": errors,
        **(context or {}),
    }
    status, headers = (refused.status, refused.headers) if refused else (200, {})
    return templates_of(request).page(
        request, "pages/account.html", shown, status=status, headers=headers
    )


def account_routes() -> list[Route]:
    """`/account` and what its forms post to; `/goodbye`."""
    post = ["POST"]
    return [
        Route(HERE, account, name="account"),
        Route(HERE, save, methods=post),
        Route(f"{HERE}/password", change_password, methods=post),
        Route(f"{HERE}/sessions/end", end_others, methods=post),
        Route(f"{HERE}/sessions/{{session_id}}/end", end_session, methods=post),
        Route(f"{HERE}/ways/{{way}}/remove", remove_way, methods=post),
        Route(f"{HERE}/export", export, name="export"),
        Route(f"{HERE}/delete", delete, methods=post),
        Route("/goodbye", goodbye),
    ]
