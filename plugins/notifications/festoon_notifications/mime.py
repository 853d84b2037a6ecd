"""A letter as bytes, for thousands of them: `email` takes five milliseconds for each.

It is asked for every header whose words it has to encode or fold, once for the same words; what
is different in each letter is plain, and plain headers and bodies need no more than is here.
"""

from __future__ import annotations

import re
from binascii import b2a_qp
from collections.abc import Sequence
from email.header import Header as EncodedHeader
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formataddr
from functools import lru_cache
from hashlib import sha256

_PLAIN = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~@<>:, -]{1,900}", re.ASCII)
"""What stands in a header as it is."""
WORDED = frozenset({"Reply-To", "Subject"})
"""The same in many letters, and of words that are folded."""

Header = tuple[str, str]


def letter(sender: tuple[str, str], headers: Sequence[Header], plain: str, html: str) -> bytes:
    """The letter in both forms, of a `sender` with name and address.

    Raises `ValueError` for a line break in a header.
    """
    # In quoted-printable "=" is followed by something else, so no part can hold the boundary.
    made = sha256(repr(headers).encode()).hexdigest()[:24]
    boundary = f"=_{made}"
    return b"".join(
        [
            _sender(*sender),
            *(_header(name, value) for name, value in headers),
            b"MIME-Version: 1.0\r\n",
            f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n'.encode(),
            *_part(boundary, "plain", plain),
            *_part(boundary, "html", html),
            f"--{boundary}--\r\n".encode(),
        ]
    )


def _header(name: str, value: str) -> bytes:
    if name not in WORDED and _PLAIN.fullmatch(value) is not None:
        return f"{name}: {value}\r\n".encode()
    return _folded(name, value)


@lru_cache(maxsize=500)
def _sender(name: str, address: str) -> bytes:
    """Whom it is from. All of a name is encoded: the newer part of `email` leaves the comma of a
    name in Cyrillic as it is, and then there are two senders.
    """
    if name.isascii():
        return _folded("From", formataddr((name, address)))
    if len(name.splitlines()) > 1:
        raise ValueError("a name is one line")
    words = EncodedHeader(name, "utf-8", header_name="From").encode(linesep="\r\n")
    return f"From: {words}\r\n <{address}>\r\n".encode()


@lru_cache(maxsize=500)
def _folded(name: str, value: str) -> bytes:
    """As the standard library writes it, which refuses a line break."""
    message = EmailMessage(SMTP)
    message[name] = value
    return bytes(message).removesuffix(b"\r\n")


def _part(boundary: str, kind: str, text: str) -> tuple[bytes, bytes, bytes]:
    lines = "\r\n".join(text.splitlines()) + "\r\n"
    return (
        f'--{boundary}\r\nContent-Type: text/{kind}; charset="utf-8"\r\n'.encode()
        + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n",
        b2a_qp(lines.encode(), istext=True),
        b"\r\n",
    )
