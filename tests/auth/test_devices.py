"""A device is called what its owner would call it."""

from __future__ import annotations

import pytest

from host.auth.devices import UNKNOWN, device_of

KHTML = "AppleWebKit/537.36 (KHTML, like Gecko)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15"


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (
            f"Mozilla/5.0 (Linux; Android 14) {KHTML} Chrome/130.0 Safari/537.36",
            "Chrome on Android",
        ),
        (f"{IPHONE} Version/18.0 Mobile/15E148 Safari/604.1", "Safari on iPhone"),
        (f"{IPHONE} CriOS/130.0 Mobile/15E148 Safari/604.1", "Chrome on iPhone"),
        (f"Mozilla/5.0 (Windows NT 10.0) {KHTML} Chrome/130 Safari/537 Edg/130", "Edge on Windows"),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0",
            "Firefox on Linux",
        ),
        ("python-httpx/0.28.1", "The program “python-httpx”"),
        ("curl/8.9.1", "The program “curl”"),
        ("<script>alert(1)</script>", UNKNOWN),
        ("\u202eevil", UNKNOWN),
        ("", UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_a_header_becomes_words(header: str | None, words: str) -> None:
    assert device_of(header) == words
