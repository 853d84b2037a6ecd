"""Templates that were compiled once stay so, where Python keeps what it compiled of the code."""

from __future__ import annotations

import hashlib
import secrets
import sys
from contextlib import suppress
from importlib.metadata import version
from importlib.util import cache_from_source
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import BytecodeCache

if TYPE_CHECKING:
    from jinja2.bccache import Bucket


class Compiled(BytecodeCache):
    """One file for each template, beside the compiled modules of a folder.

    A page's first view takes a tenth of a second less in every process after the first. As with
    modules: where nothing can be written, or nothing should (`PYTHONDONTWRITEBYTECODE`), each
    process compiles for itself.
    """

    def __init__(self, folder: Path, basis: bytes) -> None:
        """`basis` is what the outcome depends on besides a template's text: how it is compiled,
        and the code of filters, which are called once and for all where they are given constants.
        """
        self._folder = Path(cache_from_source(str(folder / "templates.py"))).parent
        self._basis = hashlib.sha256(version("jinja2").encode() + basis).hexdigest()

    def get_source_checksum(self, source: str) -> str:
        """What is compared with what was kept: another text or basis is compiled anew."""
        return hashlib.sha256(f"{self._basis}{source}".encode()).hexdigest()

    def load_bytecode(self, bucket: Bucket) -> None:
        """Reads what was compiled before, by whichever process."""
        # Half a file, say, of a machine that lost its power: it is compiled and written again.
        with suppress(Exception), self._file(bucket).open("rb") as file:
            bucket.load_bytecode(file)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Writes it, whole or not at all: other processes read and write at the same time."""
        if sys.dont_write_bytecode:
            return
        file = self._file(bucket)
        part = file.with_suffix(f".{secrets.token_hex(4)}")
        with suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(bucket.bytecode_to_string())
            part.replace(file)

    def _file(self, bucket: Bucket) -> Path:
        return self._folder / f"{bucket.key}.jinja"
