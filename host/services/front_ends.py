"""To which addresses a sign-in may lead back, with tokens in its hands."""

from __future__ import annotations

from urllib.parse import urlsplit

from host.config import Config
from host.errors import ValidationFailed

LONGEST_URL = 2000
_PORTS = {"http": 80, "https": 443}


def allowed_url(config: Config, url: str | None) -> str:
    """An address of this host or of a front end in `FESTOON_CORS_ORIGINS`; None is this host's.

    `ValidationFailed` for every other: who is led there would carry their tokens to it.
    """
    if url is None:
        return f"{config.origin}/"
    origin = _origin(url)
    known = {_origin(one) for one in (config.public_url, *config.cors_origins)}
    if origin is None or origin not in known or "#" in url or len(url) > LONGEST_URL:
        raise ValidationFailed(
            "A sign-in cannot lead back there.",
            {
                "redirect_url": [
                    "must be a whole address, without a fragment, of this host or of an origin "
                    "that it allows (FESTOON_CORS_ORIGINS)"
                ]
            },
        )
    return url


def _origin(url: str) -> str | None:
    """Scheme, host and port, the way browsers compare them; None for what they read otherwise."""
    # Browsers take a backslash for a slash, and leave out tabs and line ends.
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not host or "@" in parts.netloc:
        return None
    return f"{parts.scheme}://{host}:{port or _PORTS[parts.scheme]}"
