"""An address under which somebody switches mail of one kind off, without signing in (RFC 8058).

What it says is signed and not kept, and opens nothing else. It works for as long as the host's
key does.
"""

from __future__ import annotations

import base64
import hmac

from host.contract import Category
from host.services.core import Core
from host.services.reading import ALWAYS

PURPOSE = "unsubscribe"
BYTES = 16
"""Of the signature: 128 bits."""


def address(core: Core, user_id: str, category: Category) -> str | None:
    """Where a person stops mail of this category; None for what nobody can stop."""
    if category in ALWAYS:
        return None
    return f"{core.config.public_url.rstrip('/')}/unsubscribe/{_token(core, user_id, category)}"


def read(core: Core, token: str) -> tuple[str, Category] | None:
    """Whose address it is, and for what; None for one that is none of ours."""
    user_id, _, rest = token.partition(".")
    name, _, _ = rest.partition(".")
    try:
        category = Category(name)
    except ValueError:
        return None
    if not hmac.compare_digest(token.encode(), _token(core, user_id, category).encode()):
        return None
    return user_id, category


def _token(core: Core, user_id: str, category: Category) -> str:
    told = f"{user_id}.{category.value}"
    signed = hmac.digest(core.tokens.derive_key(PURPOSE), told.encode(), "sha256")[:BYTES]
    return f"{told}.{base64.urlsafe_b64encode(signed).decode().rstrip('=')}"
