"""Whose account somebody signs in to whom a provider vouches for.

An account belongs to who can show that its address is theirs. So a provider opens an existing
account only where both sides of the address were verified: the provider says so of what it tells,
and our account's owner has shown it here.

- Were the provider's word not asked for, anyone could type a stranger's address into a provider
  that does not check it, and walk into the stranger's account.
- Were our side not asked for, anyone could register here with a stranger's address and a password
  of their own, and wait: the stranger comes by a provider, is led into that account, and fills it
  while the other one still has the password.

Both are refused, with what to do instead. For the same reason an address that nobody has verified
never becomes a new account's address: it would keep its owner out, and would hand them, once they
ask for a new password, an account that somebody else can still enter. And an account whose
address is not confirmed takes no other way in, unless that very way confirms it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from host.access import Actor, need_person
from host.auth.providers import Profile, Provider, Providers
from host.contract import User
from host.errors import Conflict, Forbidden, NotFound, Unauthorized
from host.services.core import Core
from host.services.methods import PASSWORD
from host.store import audit, identities, sessions, users
from host.store.identities import Identity
from host.store.users import Account


@dataclass(frozen=True)
class WayIn:
    """An identity as its owner sees it. `name` is the provider's; `works` whether it is on."""

    id: str
    provider: str
    name: str
    email: str | None
    works: bool
    created_at: datetime


@dataclass(frozen=True)
class Settled:
    """Who it is. `left` is a guest who came and is not this account; `ended` are their sessions
    that ended because they are now.
    """

    user: User
    left: User | None = None
    ended: tuple[str, ...] = ()


class Linking:
    """Each call that writes runs in its caller's transaction."""

    def __init__(self, core: Core, providers: Providers) -> None:
        self._core = core
        self._providers = providers

    async def sign_in(
        self,
        connection: AsyncConnection,
        provider: Provider,
        profile: Profile,
        guest: Account | None,
    ) -> Settled:
        """The account of this person: known, linked by its address, the guest's, or new.

        A guest whose identity belongs to an account already stays a guest: two people's parts in
        one room, with what they won, cannot become one person's. Raises `Conflict` where the
        address is another account's that may not be opened, or somebody else was faster.
        """
        known = await identities.account_of(connection, provider.id, profile.subject)
        if known is None and profile.email is not None:
            known = await self._by_address(connection, provider, profile)
        if known is not None:
            _let_in(known)
            other = guest is not None and guest.user.id != known.user.id
            return Settled(known.user, left=guest.user if guest and other else None)
        account = self._new(provider, profile)
        if guest is None:
            await users.insert(connection, account)
            await self._attach(connection, provider, profile, account.user)
            return Settled(account.user)
        now = self._core.sources.now()
        account = replace(account, user=replace(account.user, name=guest.user.name))
        claimed = await users.claim_guest(connection, guest.user.id, account, now)
        if claimed is None:
            raise Conflict("This guest has an account already. Sign in instead.")
        await self._attach(connection, provider, profile, claimed)
        # Who had a hand in the guest shall have none in the account.
        ended = await sessions.end_all_of(connection, claimed.id, now)
        return Settled(claimed, ended=tuple(ended))

    async def add(
        self,
        connection: AsyncConnection,
        provider: Provider,
        profile: Profile,
        user_id: str,
        request_id: str,
    ) -> User:
        """Makes the provider one more way in to an account whose owner is here."""
        account = await identities.hold(connection, user_id)
        if account is None:
            raise Unauthorized("This account is gone. Sign in again.")
        known = await identities.account_of(connection, provider.id, profile.subject)
        if known is not None and known.user.id != user_id:
            raise Conflict(
                f"This is the way in to another account already. Sign out, sign in with "
                f"{provider.name}, and take it away from that account first.",
                details={"reason": "IDENTITY_TAKEN", "provider": provider.id},
            )
        if known is not None:
            return account.user
        if account.user.email is not None and account.email_verified_at is None:
            if not (profile.email_verified and profile.email == account.user.email):
                raise Conflict(
                    f"Nobody has confirmed yet that {account.user.email} is yours. Confirm your "
                    f"e-mail address first, then add {provider.name}.",
                    details={"reason": "ADDRESS_UNCONFIRMED", "provider": provider.id},
                )
            now = self._core.sources.now()
            await users.update(connection, user_id, now, email_verified_at=now)
        await self._attach(connection, provider, profile, account.user)
        await self._note(connection, "user:identity_added", user_id, provider.id, request_id)
        return account.user

    async def identities(self, actor: Actor) -> Sequence[WayIn]:
        """By what the actor may sign in besides a password, the oldest first."""
        user = need_person(actor)
        async with self._core.db.read() as connection:
            found = await identities.of_user(connection, user.id)
        return [self._shown(one) for one in found]

    async def remove(self, actor: Actor, identity_id: str) -> None:
        """Takes a way in away; `NotFound`, or `Conflict` where no other would be left."""
        user = need_person(actor)
        async with self._core.db.write() as connection:
            # Held, or two removals at once would each see the other's way in.
            account = await identities.hold(connection, user.id)
            found = await identities.of_user(connection, user.id)
            going = next((one for one in found if one.id == identity_id), None)
            if account is None or going is None:
                raise NotFound("There is no such way to sign in.")
            left = [one for one in found if one is not going and self._works(one)]
            by_password = account.password_hash and self._core.config.offers(PASSWORD)
            if not left and not by_password:
                raise Conflict(
                    "This is the last way into your account. Add another one first.",
                    details={"reason": "LAST_WAY_IN"},
                )
            await identities.delete(connection, going.id)
            await self._note(
                connection, "user:identity_removed", user.id, going.provider, actor.request_id
            )

    async def _by_address(
        self, connection: AsyncConnection, provider: Provider, profile: Profile
    ) -> Account | None:
        assert profile.email is not None
        owner = await users.by_email(connection, profile.email)
        if owner is None:
            return None
        first = f"sign in the way you did so far and add {provider.name} on your account page"
        if not profile.email_verified:
            raise Conflict(
                f"{profile.email} has an account here, and {provider.name} does not say that this "
                f"address is yours. If it is, {first}.",
                details={"reason": "ADDRESS_UNVERIFIED", "provider": provider.id},
            )
        if owner.email_verified_at is None:
            raise Conflict(
                f"{profile.email} has an account here, but nobody has confirmed yet that the "
                f"address is theirs. If the account is yours, {first}. If you do not know its "
                "password, ask for a new one: the letter goes to you.",
                details={"reason": "ADDRESS_UNCONFIRMED", "provider": provider.id},
            )
        _let_in(owner)
        await self._attach(connection, provider, profile, owner.user)
        await self._note(connection, "user:identity_added", owner.user.id, provider.id, "")
        return owner

    async def _attach(
        self, connection: AsyncConnection, provider: Provider, profile: Profile, user: User
    ) -> None:
        sources = self._core.sources
        way = Identity(sources.new_id(), user.id, provider.id, profile.email, sources.now())
        if not await identities.insert(connection, way, profile.subject):
            raise Conflict("The same person signs in at this moment. Try again.")

    async def _note(
        self, connection: AsyncConnection, act: str, user_id: str, provider: str, request_id: str
    ) -> None:
        await audit.append(
            connection,
            entry_id=self._core.sources.new_id(),
            act=act,
            now=self._core.sources.now(),
            actor_id=user_id,
            subject_id=user_id,
            after={"provider": provider},
            request_id=request_id or None,
        )

    def _new(self, provider: Provider, profile: Profile) -> Account:
        now = self._core.sources.now()
        email = profile.email if profile.email_verified else None
        called = profile.name or (profile.email or "").partition("@")[0] or provider.name
        user = User(self._core.sources.new_id(), email, called, profile.avatar, now, now)
        return Account(user, email_verified_at=now if email else None)

    def _shown(self, one: Identity) -> WayIn:
        name = self._providers.name_of(one.provider)
        works = self._works(one)
        return WayIn(one.id, one.provider, name, one.email, works, one.created_at)

    def _works(self, one: Identity) -> bool:
        by_phone = one.provider == "phone" and self._core.config.offers("phone")
        return by_phone or one.provider in self._providers


def _let_in(account: Account) -> None:
    if account.disabled_at is not None:
        raise Forbidden("This account is switched off. Ask those who run this host.")
