"""The page on which one browser says yes to messages, or no again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from festoon_notifications.devices import Devices, read_subscription
from host import AppRequest, FestoonError, Person, Unauthorized, ValidationFailed

if TYPE_CHECKING:
    from festoon_notifications.desk import Desks

MOST_BYTES = 8_192


class DevicePages:
    """The page, and what its button says. The permission is asked by the button alone."""

    def __init__(self, desks: Desks) -> None:
        self._desks = desks

    async def show(self, request: Request, here: AppRequest) -> Response:
        """The page."""
        found = await self._devices(here).of(here.person.id) if here.person else []
        return here.render("notifications/browser.html", {"person": here.person, "devices": found})

    async def key(self, request: Request, here: AppRequest) -> Response:
        """The host's public key, which a subscription is bound to."""
        return JSONResponse({"data": {"key": await self._desks.of(here.ctx).vapid.public()}})

    async def on(self, request: Request, here: AppRequest) -> Response:
        """Keeps a subscription for the person who is signed in."""
        try:
            person, given = _somebody(here), await _json(request)
            # Where the host itself is reached without TLS, so may a push service of a test be.
            plain = not here.ctx.public_url.startswith("https://")
            name = _name_of(request.headers.get("user-agent", ""))
            device = read_subscription(given, name, plain=plain)
            await self._devices(here).keep(person.id, device, here.ctx.now())
        except FestoonError as refusal:
            return JSONResponse({"error": refusal.as_json()}, refusal.status)
        return JSONResponse({"data": {"id": device.id}}, 201)

    async def off(self, request: Request, here: AppRequest) -> Response:
        """Forgets a subscription of the person who is signed in, by its `id`."""
        try:
            person, given = _somebody(here), await _json(request)
            device_id = given.get("id") if isinstance(given, dict) else None
            if not isinstance(device_id, str):
                raise ValidationFailed("Which browser?", {"id": ["Send the subscription's id."]})
            await self._devices(here).forget(device_id, person.id)
        except FestoonError as refusal:
            return JSONResponse({"error": refusal.as_json()}, refusal.status)
        return JSONResponse({"data": {}})

    def _devices(self, here: AppRequest) -> Devices:
        return Devices(here.ctx.database())


async def _json(request: Request) -> Any:
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > MOST_BYTES:
            raise ValidationFailed("This is too large.", {"": [f"At most {MOST_BYTES} bytes."]})
    try:
        return json.loads(content)
    except ValueError:
        raise ValidationFailed("This is no JSON.", {"": ["Send a JSON object."]}) from None


def _somebody(here: AppRequest) -> Person:
    if here.person is None:
        raise Unauthorized("Sign in first.")
    return here.person


def _name_of(agent: str) -> str:
    """A browser in words that its owner knows it by."""
    browsers = (
        ("Firefox", "Firefox"),
        ("Edg/", "Edge"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
    )
    systems = (
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    )
    browser = next((name for sign, name in browsers if sign in agent), "A browser")
    system = next((name for sign, name in systems if sign in agent), "")
    return f"{browser} on {system}" if system else browser
