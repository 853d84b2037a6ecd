"""The administration: for platform admins alone, every act by the rules and in the audit log."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from host.store.tables import audit_log, jobs, users
from host.testing.host import PASSWORD, Person, TestHost, running_host
from host.web.cookies import SESSION
from tests.web.visitor import ORIGIN, Hall, Page, Visitor

TABLES = ("users", "rooms", "apps", "calls", "sessions", "audit", "jobs")
TOKEN = "starlette_admin_csrftoken"


@pytest.fixture
async def either(database_url: str) -> AsyncIterator[Hall]:
    """A host on each database."""
    async with running_host(database_url=database_url) as running:
        found = Hall(running)
        yield found
        for visitor in found.visitors:
            await visitor.close()


async def admin_of(hall: Hall, name: str = "Ada") -> Visitor:
    """A browser signed in as an admin."""
    identity = hall.running.host.services.identity
    email = f"{name.lower()}@example.com"
    user = await identity.create_account(email, PASSWORD, True, name)
    visitor = hall.visitor()
    visitor.client.cookies.set(SESSION, await identity.open_web_session(user, None))
    return visitor


async def act(ada: Visitor, table: str, name: str, pk: str | None, **headers: str) -> Page:
    """Presses the button of a row, as the library's script does it."""
    if TOKEN not in ada.client.cookies:
        await ada.open(f"/admin/{table}/list")
    return Page(
        await ada.client.post(
            f"/admin/_api/{table}/row-action",
            params={"name": name, "pk": pk or ""},
            data={"csrftoken": ada.client.cookies[TOKEN]},
            headers={"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin", **headers},
        )
    )


async def acts(host: TestHost) -> list[tuple[str, str | None, Any, Any]]:
    """What the audit log says, in order."""
    async with host.host.db.read() as connection:
        columns = (audit_log.c.act, audit_log.c.subject_id, audit_log.c.before, audit_log.c.after)
        rows = await connection.execute(sa.select(*columns).order_by(audit_log.c.id))
        return [tuple(row) for row in rows]


async def test_there_is_nothing_for_anybody_but_admins(hall: Hall) -> None:
    olga, nobody = await hall.organizer(), hall.visitor()
    masha = await hall.running.guest("Masha")
    paths = ["/admin", "/admin/", *(f"/admin/{table}/list" for table in TABLES)]
    for path in (*paths, "/admin/static/js/list.js", "/admin/users/detail?pk=1"):
        assert (await olga.open(path)).status == 404
        assert (await nobody.open(path)).path == "/sign-in"
        bearer = {"Authorization": f"Bearer {masha.token}"}
        assert (await nobody.client.get(path, headers=bearer)).status_code == 404
    path = f"/admin/_api/users/row-action?name=make-admin&pk={masha.id}"
    assert (await olga.post(path, {"csrftoken": "x"})).status == 404


async def test_every_table_is_read_searched_sorted_and_filtered(either: Hall) -> None:
    ada = await admin_of(either)
    olga = await either.running.register("Olga")
    room = await either.running.room(olga)
    await either.running.join(room, await either.running.guest("Masha 100%_"))
    async with either.running.host.db.write() as connection:
        now = either.running.host.sources.now()
        await connection.execute(
            jobs.insert().values(
                id="j1",
                kind="letter",
                payload={"to": "secret@example.com"},
                run_at=now,
                attempts=20,
                parked_at=now,
                reason="nobody answers",
                created_at=now,
            )
        )
    for table in TABLES:
        page = await ada.open(f"/admin/{table}/list")
        assert page.status == 200, page.text
        for field in re.findall(r"sort=([a-z_]+)[:%]", page.html):
            assert (await ada.open(f"/admin/{table}/list?sort={field}:desc")).status == 200
    found = await ada.open("/admin/users/list?q=100%25_")
    assert "Masha" in found.text
    assert "Olga" not in found.text
    assert "nobody answers" in (await ada.open("/admin/jobs/list")).text
    assert "secret@example.com" not in (await ada.open("/admin/jobs/detail?pk=j1")).html
    assert "New Year" in (await ada.open(f"/admin/rooms/detail?pk={room['id']}")).text
    page = await ada.open("/admin/users/list?filter=is_guest__yes")
    assert "Masha" in page.text
    assert "Olga" not in page.text
    assert "Nowhere" not in (await ada.open("/admin/users/list?q=%00")).text
    assert (await ada.open("/admin/users/detail?pk=%00")).status == 404


async def test_no_secret_is_on_any_page(hall: Hall) -> None:
    ada = await admin_of(hall)
    await hall.organizer()
    async with hall.running.host.db.read() as connection:
        secrets = await connection.execute(
            sa.text("SELECT password_hash FROM users UNION SELECT cookie_hash FROM sessions")
        )
        hidden = [one for one in secrets.scalars() if one]
    assert len(hidden) >= 3
    for table in TABLES:
        page = await ada.open(f"/admin/{table}/list")
        assert not [one for one in hidden if one in page.html]


async def test_what_somebody_typed_is_never_run(hall: Hall) -> None:
    ada = await admin_of(hall)
    await hall.running.guest("<script>alert(1)</script>")
    for path in ("/admin/users/list", "/admin/sessions/list"):
        answer = await ada.client.get(path)
        assert "<script>alert" not in answer.text
        policy = answer.headers["content-security-policy"]
        nonce = re.search(r"script-src 'self' 'nonce-([\w-]+)';", policy)
        assert nonce is not None
        assert "unsafe-inline" not in policy.partition("style-src-attr")[0]
        scripts = re.findall(r"<(?:script|style)\b([^>]*)", answer.text)
        assert scripts
        assert re.search(r'\son[a-z]+="', answer.text) is None
        assert all(f'nonce="{nonce[1]}"' in attributes for attributes in scripts)
        loaded = re.findall(r"(?:src|href)=\"(https?://[^\"]+)|url\('(https?:[^']+)", answer.text)
        assert all(one.startswith(ORIGIN) for pair in loaded for one in pair if one)


async def test_an_admin_is_made_and_unmade_but_never_the_last(either: Hall) -> None:
    ada = await admin_of(either)
    olga, masha = await either.running.register("Olga"), await either.running.guest("Masha")
    page = await act(ada, "users", "make-admin", olga.id)
    assert "They are an admin now." in page.text
    assert "Olga" in {one["name"] for one in [await olga.get("/auth/me")]}
    await olga.get(f"/users/{masha.id}/export")
    await act(ada, "users", "make-admin", masha.id)
    page = await act(ada, "users", "unmake-admin", olga.id)
    assert "They are no admin any more." in page.text
    page = await ada.open("/admin/users/list?q=Ada")
    me = re.search(r"/admin/users/detail\?pk=(\w{26})", page.html)
    assert me is not None
    page = await act(ada, "users", "unmake-admin", me[1])
    assert "This is the last admin." in page.text
    told = [one for one in await acts(either.running) if one[0] == "user:admin"]
    assert told == [
        ("user:admin", olga.id, {"isAdmin": False}, {"isAdmin": True}),
        ("user:admin", olga.id, {"isAdmin": True}, {"isAdmin": False}),
    ]


async def _refused(person: Person) -> bool:
    return (await person.call("GET", "/auth/me")).status_code == 401


async def test_who_is_switched_off_is_out_and_stays_out_until_switched_on(either: Hall) -> None:
    ada, host = await admin_of(either), either.running
    olga = await host.register("Olga")
    body = {"email": (await olga.get("/auth/me"))["email"], "password": PASSWORD}
    await act(ada, "users", "disable", olga.id)
    assert await _refused(olga)
    answer = await host.nobody.call("POST", "/auth/login", body)
    assert answer.status_code == 403
    wrong = await host.nobody.call("POST", "/auth/login", {**body, "password": "not the password"})
    assert wrong.status_code == 401, "only who knows the password learns of it"
    await act(ada, "users", "enable", olga.id)
    again = Person(host.client, await host.nobody.post("/auth/login", body))
    await act(ada, "users", "sign-out", olga.id)
    assert await _refused(again)
    told = [(act, before, after) for act, _, before, after in await acts(host)]
    assert told == [
        ("user:disable", {"disabled": False}, {"disabled": True}),
        ("user:enable", {"disabled": True}, {"disabled": False}),
        ("user:sign_out", {"sessions": 1}, {"sessions": 0}),
    ]


async def test_rooms_sessions_jobs_and_accounts_are_ended_by_the_services(either: Hall) -> None:
    ada, host = await admin_of(either), either.running
    olga, masha = await host.register("Olga"), await host.guest("Masha")
    room = await host.room(olga)
    page = await act(ada, "users", "erase", olga.id)
    assert "You answer for “New Year”." in page.text
    await act(ada, "rooms", "delete-room", room["id"])
    assert (await olga.call("GET", f"/rooms/{room['id']}")).status_code == 404
    session = (await masha.get("/auth/sessions"))[0]["id"]
    await act(ada, "sessions", "end", session)
    assert await _refused(masha)
    page = await act(ada, "users", "erase", olga.id)
    assert "The account is deleted." in page.text
    async with host.host.db.read() as connection:
        left = await connection.execute(sa.select(users.c.name).where(users.c.id == olga.id))
        assert left.scalar_one() == "Deleted user"
    page = await act(ada, "jobs", "again", "nothing")
    assert "This job is not parked" in page.text
    made = [one[0] for one in await acts(host)]
    assert made[-3:] == ["room:delete", "session:end", "user:delete"]


async def test_an_application_is_switched_off_and_on(hall: Hall) -> None:
    ada, host = await admin_of(hall), hall.running
    page = await act(ada, "apps", "disable-app", "moody")
    assert "It is off in this process" in page.text
    assert "moody" not in {one["appId"] for one in await host.nobody.get("/apps")}
    await act(ada, "apps", "enable-app", "moody")
    states = [("app:disable", "moody"), ("app:enable", "moody")]
    assert [one[:2] for one in await acts(host)] == states


async def test_an_application_is_reviewed(hall: Hall) -> None:
    ada, host = await admin_of(hall), hall.running
    page = await act(ada, "apps", "reject-app", "moody")
    assert "It is rejected." in page.text
    assert (await host.nobody.get("/apps/moody"))["reviewState"] == "REJECTED"
    picker = await ada.open("/rooms/new")
    assert "Turned down" in picker.text
    await act(ada, "apps", "approve-app", "moody")
    assert [one[:2] for one in await acts(host)] == [("app:review", "moody")] * 2


@pytest.mark.parametrize(
    ("token", "headers"),
    [
        (None, {}),
        ("forged", {}),
        ("right", {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}),
        ("right", {"Origin": "http://other.testserver", "Sec-Fetch-Site": "same-site"}),
    ],
)
async def test_a_form_of_another_site_does_nothing(
    hall: Hall, token: str | None, headers: dict[str, str]
) -> None:
    ada, olga = await admin_of(hall), await hall.running.register("Olga")
    await ada.open("/admin/users/list")
    given = {"right": ada.client.cookies[TOKEN], "forged": "forged.token"}
    answer: httpx.Response = await ada.client.post(
        "/admin/_api/users/row-action",
        params={"name": "make-admin", "pk": olga.id or ""},
        data={"csrftoken": given[token]} if token else {},
        headers={"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin", **headers},
    )
    assert answer.status_code == 403
    assert await acts(hall.running) == []


async def test_nothing_is_made_edited_or_handed_out_by_the_library_itself(hall: Hall) -> None:
    ada = await admin_of(hall)
    for table in TABLES:
        for path in ("create", "edit?pk=1", "export?format=csv", "import"):
            page = await ada.open(f"/admin/{table}/{path}")
            assert page.status in (400, 403, 404, 405), (table, path, page.text)
        assert (await act(ada, table, "delete", "1")).status == 400
