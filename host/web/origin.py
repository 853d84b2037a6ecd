"""Whether a browser's request comes from a page of this host."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers


def from_this_host(headers: Headers, public_origin: str) -> bool:
    """By Sec-Fetch-Site, or else by Origin; true where neither is sent, as by no browser of today.

    A laptop in a hall is reached by several names, so besides `public_origin` the name that
    the request itself was sent to is this host. No page can make a browser lie about either.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    if origin is None or origin == public_origin:
        return True
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    downgraded = public_origin.startswith("https:") and parts.scheme != "https"
    return bool(parts.netloc) and parts.netloc == headers.get("host") and not downgraded
