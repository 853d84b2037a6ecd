"""What pages that act share: who asks, the posted form, acts that happen once, and answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import orjson
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from host.access import Actor
from host.contract import JsonObject
from host.errors import FestoonError, ValidationFailed
from host.services import Services
from host.services.text import unstorable
from host.web.api.body import Envelope, read_bytes
from host.web.api.once import once
from host.web.csrf import FIELD, verify_csrf

ONCE = "idempotency_key"


def services_of(request: Request) -> Services:
    """The services of this host."""
    services: Services = request.app.state.services
    return services


def actor_of(request: Request) -> Actor:
    """Who makes this request."""
    actor: Actor = request.state.actor
    return actor


async def posted(request: Request) -> FormData:
    """The form of a POST, once its token has shown that it is one of our pages.

    Raises `Forbidden`, `PayloadTooLarge`, or `ValidationFailed` for text that cannot be kept.
    """
    await read_bytes(request)
    form = await request.form(max_files=0)
    verify_csrf(request, form.get(FIELD))
    for name, value in form.multi_items():
        if isinstance(value, str) and (why := unstorable(value)):
            raise ValidationFailed(f"What you typed {why}.", {name: [why]})
    return form


def text_of(form: FormData, name: str) -> str:
    """A field's text, "" where there is none."""
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def whole(text: str, least: int, most: int, otherwise: int) -> int:
    """A whole number between two bounds, or `otherwise` for anything else."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else otherwise
    return number if least <= number <= most else otherwise


def see_other(where: str) -> Response:
    """Sends the browser on after an act, so that a reload does not act again."""
    return RedirectResponse(where, 303)


def local(where: str, otherwise: str) -> str:
    """A path of this host to go on to, and nothing that leads elsewhere."""
    parts = urlsplit(where)
    away = parts.scheme or parts.netloc or where.startswith(("//", "/\\")) or "\\" in where
    return where if where.startswith("/") and not away and where.isprintable() else otherwise


async def act_once(
    request: Request, form: FormData, run: Callable[[], Awaitable[str]], where: str
) -> Response:
    """Runs the act of a form and sends the browser on to the page that `run` names.

    A form that is sent twice acts once: the second time its first answer is given again.
    `where` is that answer for the case that the process dies between the act and the answer.
    Raises whatever the act was refused with, the first time and every other.
    """

    async def acted() -> Response:
        return Envelope({"to": await run()})

    key = text_of(form, ONCE)
    if not key:
        return see_other(await run())
    answer = await once(
        request,
        services_of(request),
        actor_of(request),
        key,
        200,
        lambda _: orjson.dumps({"to": where}),
        acted,
    )
    body: JsonObject = orjson.loads(bytes(answer.body))
    if "error" in body:
        raise _refusal_again(body["error"])
    return see_other(body["to"])


def _refusal_again(error: JsonObject) -> FestoonError:
    kind = next(k for k in _kinds(FestoonError) if k.code == error["code"])
    again = kind.__new__(kind)
    FestoonError.__init__(again, error["message"], details=error["details"])
    return again


def _kinds(kind: type[FestoonError]) -> Iterator[type[FestoonError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _kinds(below)


def sentences(fields: Any) -> dict[str, list[str]]:
    """The messages of a `ValidationFailed` by field, each as a sentence beside it."""
    return {
        name: [f"This {m}." if m[:1].islower() else m for m in messages]
        for name, messages in dict(fields).items()
    }
