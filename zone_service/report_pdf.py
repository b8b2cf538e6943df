"""A report of the authority as a PDF, in Chinese and English, with its own font."""

from datetime import UTC

from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace

from zone_service.paper import BLACK, FONT, GREY, Paper, heading, joined, line, prepare
from zone_service.report_tables import Head, Table, head_rows, shown
from zone_service.report_words import words

_FIRST_COLUMN = 2


def drawn(head: Head, parts: tuple[Table, ...]) -> bytes:
    """Return the report as a PDF; the same report gives the same bytes.

    Raises:
        FontMissing: set-up has not brought the font.
    """
    english, chinese = head.title
    paper = Paper(f"{chinese} {head.name}")
    paper.set_creation_date(head.as_of.astimezone(UTC))
    paper.set_title(f"{chinese} {english} {head.name}")
    paper.set_subject(head.rules)
    prepare(paper)
    paper.add_page()
    line(paper, f"{chinese} {head.name}", 18, BLACK)
    line(paper, english, 11, GREY)
    paper.ln(3)
    _rows(paper, None, tuple((joined(name), value) for name, value in head_rows(head)))
    for part in parts:
        heading(paper, part.title)
        columns = tuple(f"{chinese}\n{english}" for english, chinese in part.columns)
        rows = tuple(tuple(map(shown, row)) for row in part.rows)
        _rows(paper, columns, rows or ((joined(words("none")), *("",) * (len(columns) - 1)),))
    return bytes(paper.output())


def _rows(paper: Paper, columns: tuple[str, ...] | None, rows: tuple[tuple[str, ...], ...]) -> None:
    width = len(rows[0]) if columns is None else len(columns)
    paper.set_font(FONT, size=9)
    with paper.table(
        col_widths=(_FIRST_COLUMN, *(1 for _ in range(width - 1))),
        first_row_as_headings=columns is not None,
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        headings_style=FontFace(color=GREY),
        text_align="LEFT",
        line_height=5,
        padding=1,
    ) as table:
        for row in (*([columns] if columns is not None else []), *rows):
            line_of = table.row()
            for cell in row:
                line_of.cell(cell)
