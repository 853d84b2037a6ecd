"""Signing in by a provider: the browser is sent there, comes back, and is let in.

Between the two nothing is open. What has to be the same on both sides is in one row, which is
found by a state that only the browser carries, and which is gone as soon as somebody came back
with it. The provider is asked after that and before the transaction in which a session begins.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from host.access import Actor, need_person
from host.auth.providers import Answer, Journey, Profile, Provider, Providers
from host.auth.tokens import fingerprint
from host.contract import User
from host.errors import Conflict, InvalidCredentials, Unauthorized
from host.services.core import Core
from host.services.front_ends import allowed_url
from host.services.linking import Linking, Settled
from host.services.sessions import Sessions, SignedIn
from host.store import sessions, sign_in_flows, users
from host.store.sign_in_flows import Flow
from host.store.users import Account

MINUTES = 10
"""How long a browser may be away."""
CALLBACK = "/api/v1/auth/{}/callback"


@dataclass(frozen=True)
class Leaving:
    """Where to send a browser; `browser` is the value of the cookie that ties the state to it."""

    url: str
    browser: str | None = None


@dataclass(frozen=True)
class Return:
    """A browser that came back with a state that was good, once."""

    provider: Provider
    flow: Flow
    state: str

    @property
    def to_page(self) -> bool:
        """Whether the browser left from a page of ours, rather than from a front end."""
        return (self.flow.redirect_url or "").startswith("/")

    @property
    def redirect_url(self) -> str:
        """Where it goes on to: a path of ours, or the address of a front end."""
        return self.flow.redirect_url or "/"


@dataclass(frozen=True)
class Arrival:
    """What came of it: tokens for a front end, or a cookie for a browser of ours.

    Neither where a way in was added to the account that is signed in. `left` is the guest whom
    the browser was before, and who is not this account.
    """

    user: User
    tokens: SignedIn | None = None
    cookie: str | None = None
    left: User | None = None


class Federation:
    """The providers of this deployment, and what begins and ends with them."""

    def __init__(self, core: Core, sessions: Sessions) -> None:
        self._core = core
        self._sessions = sessions
        self.providers = Providers(core.config, core.sources)
        self.linking = Linking(core, self.providers)

    async def url(
        self, actor: Actor, provider_id: str, redirect_url: str | None, browser: str | None = None
    ) -> Leaving:
        """For a front end, which sends the browser itself. A guest's own call claims the guest.

        `browser` is set where that same browser asks. Somebody with an account is only signed in
        by it: to add a way in, the browser has to leave from a page of ours, since nothing else
        shows that who comes back is who left. Raises `OAuthNotConfigured`, `ValidationFailed` for
        a front end that is not allowed, `Unavailable`.
        """
        provider = self.providers.get(provider_id)
        where = allowed_url(self._core.config, redirect_url)
        guest = actor.user.id if actor.user and actor.is_guest else None
        return await self._leave(provider, where, browser, guest)

    async def leave(
        self, actor: Actor, provider_id: str, path: str, browser: str, *, add: bool = False
    ) -> Leaving:
        """From a page of ours, to come back to `path`, a local one. A guest claims the guest.

        With `add` the provider becomes one more way in to the actor's account.
        """
        provider = self.providers.get(provider_id)
        if add and actor.is_guest:
            raise Conflict("A guest has no account yet. Make one, then add more ways in.")
        if add:
            need_person(actor)
        keeps = actor.user is not None and (add or actor.is_guest)
        user_id = actor.user.id if actor.user and keeps else None
        return await self._leave(provider, path, browser, user_id)

    async def accept(self, provider_id: str, answer: Answer, browser: str | None) -> Return:
        """Takes the state of a browser that came back; it is worth nothing from then on.

        `Unauthorized` where it is not known (any more), or not of this browser;
        `InvalidCredentials` where the provider says no and gives none back.
        """
        provider = self.providers.get(provider_id)
        state = answer.get("state", "")
        if not state and "error" in answer:
            # Some providers forget the state when they say no. Nothing is opened by it.
            raise _said_no(provider, answer)
        browser_hash = fingerprint(browser) if browser else None
        now = self._core.sources.now()
        async with self._core.db.write() as connection:
            flow = await sign_in_flows.take(
                connection, fingerprint(state), provider.id, browser_hash, now
            )
        if flow is None:
            raise Unauthorized(
                "This sign-in was used already, took longer than ten minutes, or did not begin "
                "in this browser. Start again.",
                details={"reason": "STATE"},
            )
        return Return(provider, flow, state)

    async def arrive(self, actor: Actor, back: Return, answer: Answer) -> Arrival:
        """Asks the provider who it is, and lets them in; the browser's session so far ends.

        Raises `InvalidCredentials` where the provider says no, `Conflict` where the account is
        not to be opened by it, `Unavailable`.
        """
        provider, flow = back.provider, back.flow
        if "error" in answer:
            raise _said_no(provider, answer)
        journey = Journey(back.state, flow.nonce, flow.verifier, self._callback(provider))
        profile = await provider.profile(journey, answer)
        ended: list[str] = []

        try:
            arrival, ended = await self._settle(actor, back, profile)
        except Conflict:
            # This very person's other click may have been faster: looked at once more they are
            # known. Who is not to be let in is refused again.
            arrival, ended = await self._settle(actor, back, profile)
        await self._sessions.announce_end(ended)
        self._sessions.forget_user(arrival.user.id)
        return arrival

    async def _settle(
        self, actor: Actor, back: Return, profile: Profile
    ) -> tuple[Arrival, list[str]]:
        async with self._core.db.write() as connection:
            before = await self._before(connection, actor, back)
            if before is not None and not before.is_guest:
                user = await self.linking.add(
                    connection, back.provider, profile, before.user.id, actor.request_id
                )
                return Arrival(user), []
            settled = await self.linking.sign_in(connection, back.provider, profile, before)
            return await self._open(connection, actor, back, settled)

    async def _before(
        self, connection: AsyncConnection, actor: Actor, back: Return
    ) -> Account | None:
        """Whose account it began with, if it was anybody's: a guest's, or one to add to."""
        user_id = back.flow.user_id
        if user_id is None:
            return None
        if back.to_page and (actor.user is None or actor.user.id != user_id):
            raise Unauthorized("You signed out meanwhile, or in as somebody else. Start again.")
        before = await users.get(connection, user_id)
        if before is None:
            raise Unauthorized("The account that this began with is gone. Sign in again.")
        if not before.is_guest and not back.to_page:
            raise Conflict("This guest has an account already. Sign in instead.")
        return before

    async def _open(
        self, connection: AsyncConnection, actor: Actor, back: Return, settled: Settled
    ) -> tuple[Arrival, list[str]]:
        user, method, ended = settled.user, back.provider.id, list(settled.ended)
        if not back.to_page:
            tokens = await self._sessions.open_with_tokens(
                connection, user, method=method, user_agent=actor.user_agent
            )
            return Arrival(user, tokens=tokens, left=settled.left), ended
        if actor.session_id is not None:
            now = self._core.sources.now()
            ended += await sessions.end(connection, actor.session_id, now)
        opened = await self._sessions.open_with_cookie(
            connection, user, actor.user_agent, method=method
        )
        return Arrival(user, cookie=opened.cookie, left=settled.left), ended

    async def _leave(
        self, provider: Provider, where: str, browser: str | None, user_id: str | None
    ) -> Leaving:
        core = self._core
        state, nonce, verifier = (core.tokens.new_secret() for _ in range(3))
        url = await provider.address(Journey(state, nonce, verifier, self._callback(provider)))
        now = core.sources.now()
        flow = Flow(
            provider=provider.id,
            nonce=nonce,
            verifier=verifier,
            redirect_url=where,
            browser_hash=fingerprint(browser) if browser else None,
            user_id=user_id,
        )
        async with core.db.write() as connection:
            await sign_in_flows.insert(
                connection,
                fingerprint(state),
                flow,
                now=now,
                expires_at=now + timedelta(minutes=MINUTES),
            )
        return Leaving(url, browser)

    def _callback(self, provider: Provider) -> str:
        return self._core.config.origin + CALLBACK.format(provider.id)


def _said_no(provider: Provider, answer: Answer) -> InvalidCredentials:
    denied = answer["error"] in ("access_denied", "user_denied")
    return provider.no("you did not agree there" if denied else "it let nobody in")
