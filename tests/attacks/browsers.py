"""Browsers of people whom the interface knows by their token."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from host.testing.host import Person, TestHost
from host.web.cookies import SESSION
from host.web.csrf import FIELD
from tests.web.visitor import Visitor


@asynccontextmanager
async def browser_of(host: TestHost, person: Person) -> AsyncIterator[Visitor]:
    """A browser in which the person is signed in, if they are anybody; it follows no redirects."""
    visitor = Visitor(host.host)
    visitor.client.follow_redirects = False
    identity = host.host.services.identity
    if person.token:
        user = (await identity.authenticate(person.token)).user
        assert user is not None
        visitor.client.cookies.set(SESSION, await identity.open_web_session(user, None))
    try:
        yield visitor
    finally:
        await visitor.close()


async def token_of(visitor: Visitor) -> str:
    """What the forms of this browser carry."""
    return (await visitor.open("/sign-in")).form("/sign-in").values[FIELD][0]
