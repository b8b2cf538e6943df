"""A report of the authority as a workbook: a sheet for each part, numbers as numbers.

A text is a text, whatever it begins with: names are other people's, and a cell that begins with
``=``, ``+``, ``-`` or ``@`` would be a formula to whoever opens the file.
"""

from datetime import UTC
from io import BytesIO
from typing import Any

import xlsxwriter

from zone_service.report_tables import Cell, Head, Table, head_rows, shown
from zone_service.report_words import words

_NOTHING_IS_GUESSED = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_FORMULA_LIKE = ("=", "+", "-", "@", "\t", "\r")
_LONGEST_NAME = 31
"""Of a sheet; more no program for workbooks takes."""
_WIDTH = 34


def drawn(head: Head, parts: tuple[Table, ...]) -> bytes:
    """Return the report as a workbook; the same report gives the same bytes."""
    content = BytesIO()
    book = xlsxwriter.Workbook(content, _NOTHING_IS_GUESSED)
    english, chinese = head.title
    created = head.as_of.astimezone(UTC).replace(tzinfo=None)
    book.set_properties(
        {"title": f"{chinese} {english}", "subject": head.rules, "created": created}
    )
    writing = _Writing(book)
    writing.head(head)
    for part in parts:
        writing.part(part)
    book.close()
    return content.getvalue()


class _Writing:
    """A workbook while it is written."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._bold = book.add_format({"bold": True, "text_wrap": True})
        # Marked as a text for whoever edits it later, too.
        self._quoted = book.add_format({"quote_prefix": True})

    def head(self, head: Head) -> None:
        """Write what the report says of itself."""
        english, chinese = head.title
        sheet = self._sheet(words("head")[1])
        self._text(sheet, 0, 0, f"{chinese}  {english}  {head.name}", self._bold)
        for at, (name, value) in enumerate(head_rows(head), 1):
            self._text(sheet, at, 0, shown(name))
            self._text(sheet, at, 1, value)

    def part(self, part: Table) -> None:
        """Write a sheet."""
        sheet = self._sheet(part.title[1])
        for at, column in enumerate(part.columns):
            self._text(sheet, 0, at, shown(column), self._bold)
        for line, row in enumerate(part.rows, 1):
            for at, cell in enumerate(row):
                self._cell(sheet, line, at, cell)

    def _sheet(self, name: str) -> Any:
        sheet = self._book.add_worksheet(_sheet_name(name))
        sheet.set_column(0, 9, _WIDTH)
        return sheet

    def _cell(self, sheet: Any, row: int, column: int, cell: Cell) -> None:
        if isinstance(cell, int | float):
            sheet.write_number(row, column, cell)
        else:
            self._text(sheet, row, column, shown(cell))

    def _text(self, sheet: Any, row: int, column: int, text: str, form: Any = None) -> None:
        looks_like_one = text.startswith(_FORMULA_LIKE)
        sheet.write_string(row, column, text, self._quoted if looks_like_one else form)


def _sheet_name(name: str) -> str:
    plain = "".join(each for each in name if each not in "[]:*?/\\")
    return plain[:_LONGEST_NAME]
