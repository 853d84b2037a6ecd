"""Sessions: carried on by rotation, ended for good, here at once and soon elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa

from host.access import ANYONE
from host.errors import InvalidToken, Unauthorized
from host.realtime.connection import SignIn
from host.realtime.names import CloseCode
from host.services.identity import Identity
from host.services.sessions import SignedIn
from host.store import sessions as store
from host.store import tables
from tests.auth.conftest import Clock, Node, Nodes, delete_user

PASSWORD = "a string of lights"


@pytest.fixture
async def signed(identity: Identity) -> SignedIn:
    return await identity.register(ANYONE, "anna@example.com", PASSWORD, "Anna")


@dataclass(eq=False)
class Socket:
    """A connection as the hub sees it, that remembers how it was closed."""

    sign_in: SignIn | None
    binding: None = None
    code: int | None = None

    def close(self, code: int, reason: str) -> None:
        self.code = code


async def test_a_refresh_gives_the_next_pair_of_the_same_session(
    identity: Identity, signed: SignedIn, clock: Clock
) -> None:
    clock.turn(timedelta(hours=2))
    with pytest.raises(Unauthorized):
        await identity.authenticate(signed.access_token)
    pair = await identity.refresh(ANYONE, signed.refresh_token)
    assert pair.expires_in == 3600
    assert pair.refresh_token != signed.refresh_token
    assert (await identity.authenticate(pair.access_token)).user == signed.user
    following = await identity.refresh(ANYONE, pair.refresh_token)
    assert following.refresh_token not in (pair.refresh_token, signed.refresh_token)


async def test_using_an_old_refresh_token_ends_the_whole_family(
    identity: Identity, signed: SignedIn
) -> None:
    second = await identity.refresh(ANYONE, signed.refresh_token)
    third = await identity.refresh(ANYONE, second.refresh_token)
    await identity.authenticate(third.access_token)
    with pytest.raises(InvalidToken):
        await identity.refresh(ANYONE, signed.refresh_token)
    with pytest.raises(Unauthorized):
        await identity.authenticate(third.access_token)
    with pytest.raises(InvalidToken):
        await identity.refresh(ANYONE, third.refresh_token)


async def test_the_end_of_a_family_leaves_other_sessions_alone(
    identity: Identity, signed: SignedIn
) -> None:
    other = await identity.login(ANYONE, "anna@example.com", PASSWORD)
    await identity.refresh(ANYONE, signed.refresh_token)
    with pytest.raises(InvalidToken):
        await identity.refresh(ANYONE, signed.refresh_token)
    await identity.authenticate(other.access_token)
    await identity.refresh(ANYONE, other.refresh_token)


@pytest.mark.parametrize("attempt", range(3))
async def test_of_many_refreshes_with_one_token_at_once_one_is_accepted(
    nodes: Nodes, attempt: int
) -> None:
    processes = [await nodes.start() for _ in range(2)]
    signed = await processes[0].identity.register(ANYONE, "anna@example.com", PASSWORD)
    answers = await asyncio.gather(
        *(processes[n % 2].identity.refresh(ANYONE, signed.refresh_token) for n in range(20)),
        return_exceptions=True,
    )
    accepted = [a for a in answers if not isinstance(a, BaseException)]
    assert len(accepted) == 1
    assert sum(isinstance(a, InvalidToken) for a in answers) == 19
    # The others held a used token: what the one got has ended with the family.
    with pytest.raises(InvalidToken):
        await processes[0].identity.refresh(ANYONE, accepted[0].refresh_token)


@pytest.mark.parametrize("token", ["", "x", "\0", "é", "0" * 64])
async def test_an_unknown_refresh_token_is_invalid(identity: Identity, token: str) -> None:
    with pytest.raises(InvalidToken):
        await identity.refresh(ANYONE, token)


async def test_a_refresh_token_lives_thirty_days_and_each_use_gives_thirty_more(
    identity: Identity, signed: SignedIn, clock: Clock
) -> None:
    clock.turn(timedelta(days=29))
    pair = await identity.refresh(ANYONE, signed.refresh_token)
    clock.turn(timedelta(days=29))
    pair = await identity.refresh(ANYONE, pair.refresh_token)
    clock.turn(timedelta(days=30))
    with pytest.raises(InvalidToken):
        await identity.refresh(ANYONE, pair.refresh_token)


async def test_secrets_are_not_in_the_database(
    node: Node, identity: Identity, signed: SignedIn
) -> None:
    cookie = (await identity.guest_in_browser(ANYONE, "Boris", None)).cookie
    async with node.core.db.read() as connection:
        hashes = (await connection.execute(sa.select(tables.refresh_tokens.c.hash))).scalars()
        cookies = (await connection.execute(sa.select(tables.sessions.c.cookie_hash))).scalars()
        passwords = (await connection.execute(sa.select(tables.users.c.password_hash))).scalars()
        stored = " ".join(str(v) for v in (*hashes, *cookies, *passwords))
    for secret in (signed.refresh_token, cookie, PASSWORD):
        assert secret not in stored


async def test_after_logout_the_token_is_refused_at_once(
    identity: Identity, signed: SignedIn
) -> None:
    actor = await identity.authenticate(signed.access_token)
    await identity.logout(actor)
    with pytest.raises(Unauthorized):
        await identity.authenticate(signed.access_token)
    with pytest.raises(InvalidToken):
        await identity.refresh(ANYONE, signed.refresh_token)


async def test_after_logout_every_other_process_refuses_within_a_second(
    nodes: Nodes, clock: Clock
) -> None:
    here, there = await nodes.start(), await nodes.start()
    signed = await here.identity.register(ANYONE, "anna@example.com", PASSWORD)
    await there.identity.authenticate(signed.access_token)
    await here.identity.logout(await here.identity.authenticate(signed.access_token))
    clock.turn(timedelta(seconds=0.9))
    with pytest.raises(Unauthorized):
        await there.identity.authenticate(signed.access_token)


async def test_nobody_cannot_log_out(identity: Identity) -> None:
    with pytest.raises(Unauthorized):
        await identity.logout(ANYONE)


async def test_a_token_of_one_user_with_the_session_of_another_is_refused(
    node: Node, identity: Identity, signed: SignedIn
) -> None:
    other = await identity.guest(ANYONE, "Boris")
    session_id = (await identity.authenticate(signed.access_token)).session_id
    assert session_id is not None
    with pytest.raises(Unauthorized):
        await identity.authenticate(node.core.tokens.issue(other.user.id, session_id))


async def end_by_logout(identity: Identity, signed: SignedIn) -> None:
    await identity.logout(await identity.authenticate(signed.access_token))


async def end_by_reuse(identity: Identity, signed: SignedIn) -> None:
    await identity.refresh(ANYONE, signed.refresh_token)
    with pytest.raises(InvalidToken):
        await identity.refresh(ANYONE, signed.refresh_token)


async def end_by_deletion(identity: Identity, signed: SignedIn) -> None:
    actor = await identity.authenticate(signed.access_token)
    await delete_user(identity, actor, signed.user.id)


@pytest.mark.parametrize("end", [end_by_logout, end_by_reuse, end_by_deletion])
async def test_the_end_of_a_session_closes_its_sockets_and_no_others(
    node: Node, identity: Identity, signed: SignedIn, end: Callable[..., object]
) -> None:
    actor = await identity.authenticate(signed.access_token)
    guest = await identity.authenticate((await identity.guest(ANYONE, "Boris")).access_token)
    own = Socket(SignIn(actor, signed.user.person, actor.session_id))
    other = Socket(SignIn(guest, guest.need_user().person, guest.session_id))
    for socket in (own, other):
        node.core.hub.connect(socket)  # type: ignore[arg-type]
    await end(identity, signed)  # type: ignore[misc]
    assert (own.code, other.code) == (CloseCode.SIGNED_OUT, None)


async def test_which_of_some_sessions_have_ended_can_be_asked(
    node: Node, identity: Identity, signed: SignedIn, clock: Clock
) -> None:
    ended = await identity.authenticate(signed.access_token)
    await identity.logout(ended)
    living = await identity.authenticate((await identity.guest(ANYONE, "Boris")).access_token)
    ids = {str(ended.session_id), str(living.session_id), "unknown"}
    async with node.core.db.read() as connection:
        assert await store.ended_among(connection, ids, clock.moment) == {ended.session_id}
        later = clock.moment + timedelta(days=31)
        assert len(await store.ended_among(connection, ids, later)) == 2


async def test_a_cookie_signs_in_until_its_session_ends(
    identity: Identity, signed: SignedIn, clock: Clock
) -> None:
    web = await identity.login_in_browser(ANYONE, "anna@example.com", PASSWORD, "phone")
    actor = await identity.authenticate_cookie(web.cookie)
    assert actor.user == signed.user
    await identity.logout(actor)
    with pytest.raises(Unauthorized):
        await identity.authenticate_cookie(web.cookie)
    await identity.authenticate(signed.access_token)


async def test_a_cookie_lives_thirty_days(
    identity: Identity, signed: SignedIn, clock: Clock
) -> None:
    cookie = await identity.open_web_session(signed.user, "phone")
    clock.turn(timedelta(days=30) - timedelta(seconds=1))
    await identity.authenticate_cookie(cookie)
    clock.turn(timedelta(seconds=1))
    with pytest.raises(Unauthorized):
        await identity.authenticate_cookie(cookie)


@pytest.mark.parametrize("cookie", ["", "x", "\0", "é", "\udc80"])
async def test_what_is_no_cookie_of_ours_signs_nobody_in(identity: Identity, cookie: str) -> None:
    with pytest.raises(Unauthorized):
        await identity.authenticate_cookie(cookie)


async def test_a_sign_in_gives_the_browser_a_new_cookie_and_ends_the_old_one(
    identity: Identity, signed: SignedIn
) -> None:
    guest = await identity.guest_in_browser(ANYONE, "Boris", "phone")
    actor = await identity.authenticate_cookie(guest.cookie)
    web = await identity.login_in_browser(actor, "anna@example.com", PASSWORD, "phone")
    assert web.cookie != guest.cookie
    with pytest.raises(Unauthorized):
        await identity.authenticate_cookie(guest.cookie)
    assert (await identity.authenticate_cookie(web.cookie)).user == signed.user


async def test_a_guest_who_registers_in_the_browser_keeps_the_id_under_a_new_cookie(
    identity: Identity,
) -> None:
    guest = await identity.guest_in_browser(ANYONE, "Boris", "phone")
    actor = await identity.authenticate_cookie(guest.cookie)
    web = await identity.register_in_browser(actor, "boris@example.com", PASSWORD, None, "phone")
    assert (web.user.id, web.user.name) == (guest.user.id, "Boris")
    with pytest.raises(Unauthorized):
        await identity.authenticate_cookie(guest.cookie)
    assert not (await identity.authenticate_cookie(web.cookie)).is_guest


async def test_a_long_user_agent_is_cut(node: Node, identity: Identity) -> None:
    await identity.guest_in_browser(ANYONE, "Boris", "x" * 5000)
    async with node.core.db.read() as connection:
        agent = await connection.execute(sa.select(tables.sessions.c.user_agent))
        assert len(agent.scalar_one()) == 400
