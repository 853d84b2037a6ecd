"""A letter says who it is from, is never said twice by us, and cannot be made to say more."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from festoon_notifications.channels import Asked
from festoon_notifications.desk import Desk
from festoon_notifications.mailer import CONNECTIONS
from host import Category, MailSettings, Reach, Recipient
from plugins.notifications.tests.telling import STOP, won
from tests.remote.conftest import until
from tests.servers.smtp import MailServer, text_of

BY_MAIL = frozenset({"mail"})


class Counting(MailServer):
    """Knows how many connections letters came by."""

    def __init__(self) -> None:
        super().__init__()
        self.callers: set[object] = set()
        self.most = 1_000
        self.by: Counter[object] = Counter()
        self.held = ""
        self.holding = 0
        self.released = Event()

    async def handle_MAIL(  # noqa: N802
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, _options: object
    ) -> str:
        if self.by[session.peer] >= self.most:
            return "421 4.7.0 enough letters for one connection"
        self.by[session.peer] += 1
        envelope.mail_from = address
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.callers.add(session.peer)
        if self.held in envelope.rcpt_tos:
            self.holding += 1
            await asyncio.to_thread(self.released.wait, 30)
        return await super().handle_DATA(server, session, envelope)


@pytest.fixture
def server(ctx: Any) -> Iterator[Counting]:
    made = Counting()
    made.start()
    ctx.mail = MailSettings.read(made.url, "Festoon <hello@festoon.test>")
    yield made
    made.stop()


def asked(ctx: Any, room: Any, ident: str = "n1", **changes: Any) -> Asked:
    settings = changes.pop("settings", {})
    return Asked(ctx, room, won(ident, channels=BY_MAIL, **changes), settings)


async def test_a_letter_has_all_that_mailboxes_look_for(
    ctx: Any, desk: Desk, room: Any, server: MailServer
) -> None:
    settings = {"senderName": "Ёлка компании", "replyTo": "olga@example.com"}
    one = asked(ctx, room, locale="ru", settings=settings)
    assert (await desk.deliver(one)).channel == "mail"
    (letter,) = server.messages
    assert letter["From"] == "Ёлка компании <hello@festoon.test>"
    assert letter["To"] == "masha@example.com"
    assert letter["Reply-To"] == "olga@example.com"
    assert letter["Subject"] == "Вы выиграли! · Новый год"
    assert letter["Date"].datetime == ctx.now()
    assert letter["Message-ID"].startswith("<n1.masha.")
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["List-Unsubscribe"] == f"<{STOP}>"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert [part.get_content_type() for part in letter.iter_parts()] == ["text/plain", "text/html"]
    assert all(len(line) <= 998 for line in letter.as_bytes().splitlines())
    for kind in ("plain", "html"):
        said = text_of(letter, kind)
        for word in ("Маша", "«Выходные в Суздале»", STOP, "https://festoon.test/r/room"):
            assert word in said, (kind, word)
    assert "<img" not in text_of(letter, "html")
    assert "http" not in text_of(letter, "html").replace("https://festoon.test/", "")


NASTY = "You won\r\nBcc: everybody@example.com\r\n\r\n<script>alert(1)</script>"


async def test_nothing_that_people_write_becomes_a_header_or_a_script(
    ctx: Any, desk: Desk, room: Any, server: MailServer
) -> None:
    room.name = NASTY
    told = won("nasty", channels=BY_MAIL, recipient=Recipient(NASTY, "masha@example.com"))
    object.__setattr__(told, "title", NASTY)
    object.__setattr__(told, "body", NASTY)
    object.__setattr__(told, "kind", "app:news")
    settings = {"senderName": NASTY, "replyTo": NASTY}
    assert (await desk.deliver(Asked(ctx, room, told, settings))).delivered
    (letter,) = server.messages
    assert letter["Bcc"] is None
    assert letter["To"] == "masha@example.com"
    assert "<script>" not in text_of(letter, "html")
    assert set(letter.keys()) <= {
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Reply-To",
        "Auto-Submitted",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "MIME-Version",
        "Content-Type",
    }


async def test_an_address_that_is_refused_is_left_alone_until_it_changes(
    ctx: Any, desk: Desk, room: Any, server: MailServer
) -> None:
    server.refuses.add("masha@example.com")
    first = await desk.deliver(asked(ctx, room))
    assert (first.delivered, first.final) == (False, True)
    assert "the address is refused: 550" in (first.failed or "")
    assert "masha@example.com" not in (first.failed or "")
    server.refuses.clear()
    again = await desk.deliver(asked(ctx, room, "n2"))
    assert "not tried" in (again.failed or "")
    assert server.messages == []
    other = asked(ctx, room, "n3", recipient=Recipient("Masha", "masha@example.org"))
    assert (await desk.deliver(other)).failed is None
    assert [letter["To"] for letter in server.messages] == ["masha@example.org"]


async def test_letters_share_connections_and_a_lost_one_is_no_matter(
    ctx: Any, desk: Desk, room: Any, server: Counting
) -> None:
    async def send(first: int) -> list[bool]:
        many = (
            asked(ctx, room, f"n{n}", recipient=Recipient("U", f"u{n}@example.com"))
            for n in range(first, first + 20)
        )
        return [one.delivered for one in await asyncio.gather(*map(desk.deliver, many))]

    assert all(await send(0))
    assert 1 <= len(server.callers) <= 4
    server.stop()
    assert not any(await send(20))
    server.start()
    assert all(await send(20))
    assert len({letter["Message-ID"] for letter in server.messages}) == 40
    assert len(server.messages) == 40


async def test_a_letter_that_somebody_waits_for_waits_for_no_other(
    ctx: Any, room: Any, server: Counting
) -> None:
    desk = Desk(ctx, ())
    server.held = "masha@example.com"
    hall = [
        asyncio.create_task(desk.deliver(asked(ctx, room, f"n{n}"))) for n in range(CONNECTIONS + 2)
    ]
    assert await until(lambda: _holds(server, CONNECTIONS))
    ann = Recipient("Ann", "ann@example.com")
    urgent = asked(ctx, room, "code", recipient=ann, category=Category.ACCOUNT, urgent=True)
    assert (await desk.deliver(urgent)).delivered
    server.released.set()
    await asyncio.gather(*hall)
    await desk.close()


async def test_a_server_that_wants_new_connections_has_them(
    ctx: Any, desk: Desk, room: Any, server: Counting
) -> None:
    server.most = 3
    for n in range(9):
        one = asked(ctx, room, f"n{n}", recipient=Recipient("U", f"u{n}@example.com"))
        assert (await desk.deliver(one)).failed is None
    assert len(server.messages) == 9
    assert len(server.callers) >= 3


async def test_the_rooms_own_server_is_reached_only_where_the_host_may_call(
    ctx: Any, desk: Desk, room: Any, server: MailServer
) -> None:
    host, ctx.mail = ctx.mail, None
    own = {"mailServer": server.url, "mailFrom": "party@example.com"}
    ctx.reach = Reach()
    refused = await desk.deliver(asked(ctx, room, settings=own))
    assert not refused.delivered
    assert "this host may not call" in (refused.failed or "")
    assert server.messages == []
    # The host's own server is its admin's choice, wherever it is.
    ctx.mail = host
    assert (await desk.deliver(asked(ctx, room))).delivered
    assert [letter["From"] for letter in server.messages] == ["Festoon <hello@festoon.test>"]


async def test_a_mail_server_that_is_set_up_wrong_is_told_without_its_password(
    ctx: Any, desk: Desk, room: Any
) -> None:
    own = {"mailServer": "smtp://olga:very-secret@mail.example/x", "mailFrom": "a@example.com"}
    answer = await desk.deliver(asked(ctx, room, settings=own))
    assert "not set up right" in (answer.failed or "")
    assert "very-secret" not in (answer.failed or "")


async def test_a_letter_that_comes_twice_is_known_by_its_id(
    ctx: Any, desk: Desk, room: Any, server: MailServer
) -> None:
    """The process is killed between the server's word and its own record."""
    await desk.deliver(asked(ctx, room))
    other = Desk(ctx, ())
    other.records.of = _nothing  # type: ignore[method-assign]
    other.records.keep = _lost  # type: ignore[method-assign]
    ctx.passed = timedelta(minutes=1)
    await other.deliver(asked(ctx, room))
    await other.close()
    first, second = server.messages
    assert first["Message-ID"] == second["Message-ID"]


async def _holds(server: Counting, many: int) -> bool:
    return server.holding >= many


async def _nothing(*_: Any) -> dict[str, Any]:
    return {}


async def _lost(*_: Any) -> None:
    return None
