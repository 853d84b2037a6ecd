"""Guest lists as files: CSV in the encodings that spreadsheets write, and XLSX."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from festoon_lottery.roster.lines import MOST_LINES, Unreadable

MOST_BYTES = 2 * 1024 * 1024
MOST_UNPACKED = 20 * 1024 * 1024
"""Bytes of a workbook when it is unpacked: a small file may hide a very large one."""
MOST_COLUMNS = 40


def as_text(content: bytes) -> str:
    """A file's list as the text that one could have pasted. Raises `Unreadable`."""
    if content.startswith(b"PK"):
        return "\n".join("\t".join(row) for row in _workbook(content))
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decoded(content, "utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _decoded(content, "cp1252")


def _decoded(content: bytes, encoding: str) -> str:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = "\x00"
    if "\x00" in text:
        raise Unreadable("This is no list that can be read. Save it as CSV (UTF-8) or XLSX.")
    return text


def _workbook(content: bytes) -> list[list[str]]:
    from openpyxl import load_workbook  # takes a moment, and few need it

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(one.file_size for one in packed.infolist()) > MOST_UNPACKED:
                raise Unreadable("This workbook is too large.")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        rows = book.worksheets[0].iter_rows(
            values_only=True, max_row=MOST_LINES + 2, max_col=MOST_COLUMNS
        )
        return [[_text(cell) for cell in row] for row in rows]
    except Unreadable:
        raise
    except Exception as error:
        # Whatever is wrong with the file, and there are many ways, the answer is the same.
        raise Unreadable("This workbook cannot be read. Save it as .xlsx again.") from error


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell == int(cell):
        cell = int(cell)
    return " ".join(str(cell).split())
