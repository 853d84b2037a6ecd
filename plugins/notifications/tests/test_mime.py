"""A letter that is written by hand is read as the same by whoever reads letters."""

from __future__ import annotations

from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default
from typing import cast

import pytest

from festoon_notifications.mime import letter

SENDER = ("Ёлка, ООО “Хвоя”", "hello@festoon.test")
SUBJECT = "Автобус уходит в десять часов вечера, от главных ворот — не опоздайте на него 🎄"
PLAIN = "Привет\n\n.\n..\nFrom here\na = b \n\t" + "слово " * 60 + "\nend\n"
HTML = "<p>" + "x" * 3000 + "ё=</p>\n"
HEADERS = [
    ("To", "o'neil+tag@example.com"),
    ("Subject", SUBJECT),
    ("Date", "Mon, 23 Nov 2026 08:00:00 +0000"),
    ("Message-ID", f"<{'x' * 26}.{'u' * 26}.abc@festoon.test>"),
    ("List-Unsubscribe", f"<https://x.test/unsubscribe/{'a' * 80}>"),
    ("Reply-To", "desk@example.com"),
]


def _read(raw: bytes) -> EmailMessage:
    return cast(EmailMessage, message_from_bytes(raw, policy=default))


def test_a_letter_says_what_it_was_given_in_every_header_and_both_forms() -> None:
    raw = letter(SENDER, HEADERS, PLAIN, HTML)
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) < 998
    read = _read(raw)
    assert read.defects == []
    assert {name: str(read[name]) for name, _ in HEADERS} == dict(HEADERS)
    (sender,) = read["From"].addresses
    assert sender == Address(SENDER[0], addr_spec=SENDER[1])
    plain, html = cast("list[EmailMessage]", list(read.iter_parts()))
    assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert plain.get_content().replace("\r\n", "\n") == PLAIN
    assert html.get_content().replace("\r\n", "\n") == HTML


@pytest.mark.parametrize("name", ["Tea & Co.", 'The "Guild", Ltd.', "Long " * 16 + "name"])
def test_a_senders_name_stays_one_name(name: str) -> None:
    read = _read(letter((name, "a@festoon.test"), HEADERS, "a", "b"))
    assert [one.display_name for one in read["From"].addresses] == [name]


@pytest.mark.parametrize("name", ["From", "To", "Subject", "Message-ID", "List-Unsubscribe"])
@pytest.mark.parametrize("said", ["a\r\nBcc: all@festoon.test", "a\nb", "ё\r\nBcc: a@b.test"])
def test_no_header_holds_a_line_break(name: str, said: str) -> None:
    sender = (said, "a@b.test") if name == "From" else SENDER
    with pytest.raises(ValueError, match="line"):
        letter(sender, [(name, said)] if name != "From" else [], "a", "b")
