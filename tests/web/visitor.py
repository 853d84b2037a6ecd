"""Somebody with a browser that runs no scripts: follows links, fills in forms, keeps cookies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx

from host.main import Host
from host.testing.host import PASSWORD, TestHost
from host.web.cookies import SESSION

ORIGIN = "http://testserver"
PRESSED = ("checkbox", "radio", "submit", "button")
UNREAD = ("script", "style", "template", "svg")
VOID = ("input", "meta", "link", "img", "br", "hr", "path", "circle", "rect", "stop")


@dataclass
class Form:
    """A form as it stands on a page, with what its fields hold."""

    action: str
    method: str
    values: dict[str, list[str]] = field(default_factory=dict)


class _Reader(HTMLParser):
    """Takes a page apart: its forms, its ids, and the text that is not hidden."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.text: list[str] = []
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.fields: list[dict[str, str | None]] = []
        self._open: list[tuple[str, bool]] = []
        self._form: Form | None = None
        self._select = ""
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag not in VOID:
            self._open.append((tag, "hidden" in found or tag in UNREAD))
        if found.get("id"):
            self.ids.append(found["id"] or "")
        if tag == "label":
            self.labelled.add(found.get("for") or "")
        if tag == "form":
            self._form = Form(found.get("action") or "", (found.get("method") or "get").lower())
            self.forms.append(self._form)
        if tag in ("input", "select", "textarea"):
            self.fields.append({"tag": tag, **found})
        if self._form is not None:
            self._fill(self._form.values, tag, found)

    def _fill(self, values: dict[str, list[str]], tag: str, found: dict[str, str | None]) -> None:
        name, value = found.get("name") or "", found.get("value") or ""
        if tag == "option" and self._select:
            if self._select not in values or "selected" in found:
                values[self._select] = [value]
        elif tag == "input" and name:
            if (found.get("type") or "text") not in PRESSED or "checked" in found:
                values.setdefault(name, []).append(value)
        elif tag == "textarea":
            self._area = name
            values[name] = [""]
        elif tag == "select":
            self._select = name

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass
        if tag == "form":
            self._form = None
        self._select = "" if tag == "select" else self._select
        self._area = "" if tag == "textarea" else self._area

    def handle_data(self, data: str) -> None:
        if self._area and self._form is not None:
            self._form.values[self._area] = [data]
        elif not any(hidden for _, hidden in self._open):
            self.text.append(data)


class Page:
    """An answer that is a page."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.status = response.status_code
        self.path = response.url.path
        self.html = response.text
        self._reader = _Reader()
        self._reader.feed(self.html)

    @property
    def text(self) -> str:
        """What a person reads, with single spaces."""
        return re.sub(r"\s+", " ", " ".join(self._reader.text)).strip()

    @property
    def ids(self) -> list[str]:
        """Every id of the page."""
        return self._reader.ids

    @property
    def unlabelled(self) -> list[dict[str, str | None]]:
        """Fields that a screen reader could not name: no `<label for>`, none around them."""
        inside = set(
            re.findall(
                r"<label[^>]*>\s*(?:<span[^>]*>[^<]*</span>\s*)?<(?:input|select)"
                r"[^>]*\sname=\"([^\"]+)\"",
                self.html,
            )
        )
        return [
            one
            for one in self._reader.fields
            if one.get("type") != "hidden"
            and one.get("id") not in self._reader.labelled
            and one.get("name") not in inside
        ]

    @property
    def forms(self) -> list[Form]:
        """Every form, in the order of the page."""
        return self._reader.forms

    def form(self, action: str) -> Form:
        """The form whose action ends so."""
        for one in self._reader.forms:
            if one.action.endswith(action):
                return one
        found = [one.action for one in self._reader.forms]
        raise AssertionError(f"no form {action!r} on {self.path}; there are {found}: {self.text}")


class Visitor:
    """A browser of one person."""

    def __init__(self, host: Host) -> None:
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(host.asgi, raise_app_exceptions=False),
            base_url=ORIGIN,
            follow_redirects=True,
            timeout=30,
        )

    async def open(self, path: str) -> Page:
        """Goes to a path, and where it leads."""
        return Page(await self.client.get(path))

    async def send(self, page: Page, action: str, **fields: str | list[str]) -> Page:
        """Fills in a form of a page and sends it; `slash` in a name stands for /."""
        form = page.form(action)
        named = {name.replace("slash", "/"): value for name, value in fields.items()}
        values = {**form.values, **named}
        if form.method == "get":
            return Page(await self.client.get(form.action, params=values))
        return await self.post(form.action or page.path, values)

    async def post(self, path: str, values: Mapping[str, Any]) -> Page:
        """Sends a form as a browser does."""
        headers = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}
        return Page(await self.client.post(path, data=dict(values), headers=headers))

    async def close(self) -> None:
        """Closes the browser."""
        await self.client.aclose()


class Hall:
    """A running host, and the browsers of those who come."""

    def __init__(self, running: TestHost) -> None:
        self.running = running
        self.visitors: list[Visitor] = []

    def visitor(self) -> Visitor:
        """A browser that nobody has signed in with yet."""
        self.visitors.append(Visitor(self.running.host))
        return self.visitors[-1]

    async def organizer(self, name: str = "Olga") -> Visitor:
        """A browser signed in with an account."""
        identity = self.running.host.services.identity
        email = f"{name.lower()}@example.com"
        user = await identity.create_account(email, PASSWORD, False, name)
        visitor = self.visitor()
        visitor.client.cookies.set(SESSION, await identity.open_web_session(user, None))
        return visitor

    async def room(self, olga: Visitor, app: str = "lottery", **fields: str) -> str:
        """A room made by the form; its id."""
        page = await olga.open(f"/rooms/new?app={app}")
        made = await olga.send(
            page, f"/rooms/new?app={app}", **{"slashname": "New Year at Acme", **fields}
        )
        assert re.fullmatch(r"/rooms/[0-9a-z]{26}", made.path), made.text
        return made.path.removeprefix("/rooms/")

    async def evening(
        self, app: str = "lottery", prizes: tuple[str, ...] = ("Sledge",), **fields: str
    ) -> tuple[Visitor, str, str]:
        """An organizer, an open room with prizes of one unit each, and its code."""
        olga = await self.organizer()
        room_id = await self.room(olga, app, **fields)
        for name in prizes:
            page = await olga.open(f"/rooms/{room_id}/prizes/new")
            await olga.send(page, "/prizes/new", slashname=name)
        page = await olga.open(f"/rooms/{room_id}")
        page = await olga.send(page, "/open")
        code = re.search(r"room <span class=\"code\">(\w+)</span>", page.html)
        assert code is not None
        return olga, room_id, code[1]

    async def guest(self, code: str, name: str) -> tuple[Visitor, Page]:
        """Somebody who came in by the code with just a name, and the page they are on."""
        visitor = self.visitor()
        page = await visitor.open(f"/j/{code}")
        return visitor, await visitor.send(page, f"/j/{code}", name=name)
