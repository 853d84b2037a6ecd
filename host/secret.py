"""The signing key of a host that nobody gave one: made once, kept beside its SQLite file."""

from __future__ import annotations

import os
import secrets
import tempfile
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
    if not path.exists():
        _make(path)
    return config.with_values(secret_key=path.read_text(encoding="ascii").strip())


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Written whole before it gets its name, so that nobody ever reads half a key.
    with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="ascii") as file:
        file.write(secrets.token_hex(32))
        file.flush()
        os.fsync(file.fileno())
        try:
            os.link(file.name, path)
        except FileExistsError:
            return
