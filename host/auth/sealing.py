"""Texts that only this host can read: AES in Galois counter mode, as a JWE in the compact form.

Loaded by the first that is sealed or opened: `cryptography` takes 9 MB in each process.
"""

from __future__ import annotations

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

_HEADER = {"alg": "dir", "enc": "A256GCM"}


class Seal:
    """Seals and opens by one key of 256 bits."""

    def __init__(self, key: bytes) -> None:
        self._key = OctKey.import_key(key)

    def close(self, data: bytes) -> bytes:
        """`data`, sealed; another text each time."""
        return jwe.encrypt_compact(dict(_HEADER), data, self._key).encode()

    def open(self, sealed: bytes) -> bytes | None:
        """What `close` was given; None when it was sealed by another key, or by nobody."""
        try:
            return jwe.decrypt_compact(sealed, self._key).plaintext
        except (JoseError, ValueError):
            return None
