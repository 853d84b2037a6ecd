"""The signing key of a host that nobody gave one: made once, kept beside its SQLite file."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from sqlalchemy.engine import make_url

from host.config import Config
from host.errors import ConfigurationError


def with_secret(config: Config) -> Config:
    """The configuration with a signing key.

    Raises `ConfigurationError` on PostgreSQL, where several hosts must share one key.
    """
    if config.secret_key:
        return config
    url = make_url(config.database_url)
    if not url.drivername.startswith("sqlite") or url.database in (None, "", ":memory:"):
        raise ConfigurationError(
            "FESTOON_SECRET_KEY is missing. Set it to a long random text, the same for every "
            'host: python3 -c "import secrets; print(secrets.token_hex(32))"'
        )
    path = Path(str(url.database)).with_suffix(".key")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return config.with_values(secret_key=path.read_text(encoding="ascii").strip())
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32))
    return config.with_values(secret_key=path.read_text(encoding="ascii").strip())
