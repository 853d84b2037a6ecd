"""Tables as CSV and XLSX."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any

from festoon_quiz.exchange.rows import BadFile, guarded

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_UNPACKED = 20 * 1024 * 1024
"""Bytes of a workbook when it is unpacked: a small file may hide a very large one."""


def write_csv(rows: Iterable[Sequence[Any]]) -> bytes:
    """Rows as CSV, with the mark by which spreadsheets know that it is UTF-8."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([guarded(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def read_csv(content: bytes) -> list[list[str]]:
    """The rows of a CSV file, whichever of `,` `;` and tab divides its cells."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    head = text.partition("\n")[0]
    divider = max(",;\t", key=head.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=divider, strict=True))
    except csv.Error as error:
        raise BadFile(f"This is not a table: {error}.") from None


def write_xlsx(sheets: Sequence[tuple[str, Iterable[Sequence[Any]]]]) -> bytes:
    """Named sheets of rows as a workbook; nothing in it is a formula."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            cells = []
            for value in row:
                cell = WriteOnlyCell(sheet, value=_storable(value))
                if isinstance(value, str):
                    # Without this, text that begins with = would be taken for a formula.
                    cell.data_type = "s"
                cells.append(cell)
            sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read_xlsx(content: bytes) -> list[list[Any]]:
    """The rows of a workbook's first sheet, values only."""
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(one.file_size for one in packed.infolist()) > MOST_UNPACKED:
                raise BadFile("This workbook is too large.")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        return [list(row) for row in sheet.iter_rows(values_only=True, max_row=2000, max_col=60)]
    except BadFile:
        raise
    except Exception as error:
        # Whatever is wrong with the file, and there are many ways, the answer is the same.
        raise BadFile("This is not a workbook that can be read. Save it as .xlsx again.") from error


def _storable(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return "".join(c for c in value if c in "\n\t" or ord(c) >= 32)
