"""The certificate of a permit as a PDF: Chinese and English, its own font, a signed code.

The same certificate and token give the same bytes, so that what was handed out can be told by its
hash. The font is embedded with the characters that are used: nothing need be installed to read it.
"""

from collections.abc import Iterator
from datetime import UTC
from itertools import groupby

import segno
from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace

from permits.certificate import Certificate, CertifiedHours, CertifiedPlace
from permits.entries import MEMBER_ROLE_NAMES
from zone_service.certificate_words import DAYS, Both, both, kind_name
from zone_service.paper import (
    BLACK,
    FONT,
    GREY,
    MARGIN_MM,
    RED,
    Paper,
    heading,
    joined,
    line,
    moment,
    prepare,
)

_QR_MM = 62.0
"""With 97 modules, as of a few vehicles, 0.6 mm a module: a telephone reads it off a print."""
_QUIET_MODULES = 4
_LABEL, _VALUE = 1, 3
_KMH_PER_MPS = 3.6


def drawn(certificate: Certificate, token: str, key_id: str) -> bytes:
    """Return the certificate as a PDF.

    Raises:
        FontMissing: set-up has not brought the font.
    """
    paper = Paper(f"{certificate.number} · {certificate.confirmation}")
    _describe(paper, certificate, token)
    paper.add_page()
    _head(paper, certificate)
    _table(paper, tuple(_facts(certificate)))
    _vehicles(paper, certificate)
    heading(paper, both("terms"))
    _table(paper, tuple(_terms(certificate)))
    _code(paper, token, key_id)
    return bytes(paper.output())


def _describe(paper: Paper, certificate: Certificate, token: str) -> None:
    paper.set_creation_date(certificate.issued_at.astimezone(UTC))
    paper.set_title(f"{certificate.number} {WORDS_OF_TITLE[1]} {WORDS_OF_TITLE[0]}")
    paper.set_author(certificate.jurisdiction)
    paper.set_subject(certificate.number)
    # In plain text, where `zone permit verify` finds it without reading PDF.
    paper.set_keywords(token)
    prepare(paper)


WORDS_OF_TITLE = both("title")


def _head(paper: Paper, certificate: Certificate) -> None:
    english, chinese = kind_name(certificate.kind)
    line(paper, f"{chinese}{WORDS_OF_TITLE[1]}", 21, BLACK)
    line(paper, f"{english}: {WORDS_OF_TITLE[0]}", 12, GREY)
    paper.ln(2)
    line(paper, f"{certificate.confirmation}    {certificate.number}", 12, RED)
    paper.ln(3)


def _facts(certificate: Certificate) -> Iterator[tuple[Both, str]]:
    yield both("confirmation"), certificate.confirmation
    yield both("number"), certificate.number
    yield both("application"), f"{certificate.application}    {_twice('edition', certificate)}"
    yield both("kind"), joined(kind_name(certificate.kind))
    yield both("holder"), certificate.holder
    if certificate.members:
        yield (
            both("members"),
            "\n".join(
                f"{each.name}  {joined(MEMBER_ROLE_NAMES[each.role])}"
                for each in certificate.members
            ),
        )
    until = both("until")
    begins, ends = moment(certificate.valid_from), moment(certificate.valid_to)
    yield both("validity"), f"{begins}  {until[1]} {until[0]}  {ends}"
    yield both("cut by"), joined(both(f"cut {certificate.cut_by}"))
    title = (certificate.rules_title, certificate.rules_title_zh)
    yield both("rules"), f"{joined(title)}\n{certificate.rules}"
    names = certificate.departments
    zh, en = "、".join(each[1] for each in names), ", ".join(each[0] for each in names)
    yield both("departments"), joined((en, zh)) if names else "–"
    yield both("issued by"), certificate.issued_by
    yield both("issued at"), moment(certificate.issued_at)


def _twice(key: str, certificate: Certificate) -> str:
    words = both(key)
    return f"{words[1]} {words[0]} {certificate.edition}"


def _terms(certificate: Certificate) -> Iterator[tuple[Both, str]]:
    yield both("places"), _places(certificate.places)
    if certificate.transfers:
        yield both("transfers"), _places(certificate.transfers)
    if certificate.exempt:
        yield both("exempt"), _places(certificate.exempt)
    if certificate.corridor_half_width_m is not None:
        yield both("route"), joined(both("half width", m=certificate.corridor_half_width_m))
    hours = "\n".join(map(_window, certificate.hours))
    yield both("hours"), hours or joined(both("any"))
    speed = certificate.max_speed_mps
    yield (
        both("speed"),
        joined(
            both("no limit")
            if speed is None
            else both("speed value", kmh=round(speed * _KMH_PER_MPS, 1))
        ),
    )
    if certificate.max_height_agl_m is not None:
        yield both("height"), joined(both("height value", m=certificate.max_height_agl_m))
    yield both("modes"), ", ".join(certificate.control_modes) or joined(both("any"))
    conditions = "\n".join(map(joined, certificate.conditions))
    yield both("conditions"), conditions or joined(both("none"))


def _places(places: tuple[CertifiedPlace, ...]) -> str:
    if not places:
        return joined(both("none"))
    return "\n".join(
        f"{joined((each.name, each.name_zh or each.name))} [{each.zone_id}]" for each in places
    )


def _window(hours: CertifiedHours) -> str:
    every = len(hours.days) == 7
    english, chinese = (" ".join(names.split()[day] for day in hours.days) for names in DAYS)
    days = joined(both("every day") if every else (english, chinese))
    return f"{days}  {hours.start:%H:%M}–{hours.end:%H:%M}"


def _table(paper: Paper, rows: tuple[tuple[Both, str], ...]) -> None:
    paper.set_font(FONT, size=9.5)
    with paper.table(
        col_widths=(_LABEL, _VALUE),
        first_row_as_headings=False,
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        text_align="LEFT",
        line_height=5,
        padding=1,
    ) as table:
        for words, value in rows:
            row = table.row()
            row.cell(f"{words[1]}\n{words[0]}", style=FontFace(color=GREY))
            row.cell(value)


def _vehicles(paper: Paper, certificate: Certificate) -> None:
    heading(paper, both("vehicles"))
    paper.set_font(FONT, size=9)
    columns = ("plate", "vin", "device", "plate to")
    with paper.table(
        col_widths=(3, 5, 5, 5),
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        headings_style=FontFace(color=GREY),
        text_align="LEFT",
        line_height=5,
        padding=1,
    ) as table:
        head = table.row()
        for each in columns:
            words = both(each)
            head.cell(f"{words[1]}\n{words[0]}")
        for vehicle in certificate.vehicles:
            row = table.row()
            ends = "–" if vehicle.valid_to is None else moment(vehicle.valid_to)
            named = f"{vehicle.label}\n{vehicle.device_id}"
            for cell in (vehicle.plate or "–", vehicle.vin or "–", named, ends):
                row.cell(cell)


def _code(paper: Paper, token: str, key_id: str) -> None:
    """Draw the token as a QR code of filled boxes: sharp at any size, and no picture in the file."""
    if paper.will_page_break(_QR_MM + 18):
        paper.add_page()
    paper.ln(4)
    top_mm = paper.get_y()
    matrix = segno.make(token, error="m", boost_error=False, micro=False).matrix
    module_mm = _QR_MM / (len(matrix) + 2 * _QUIET_MODULES)
    left_mm = paper.w - MARGIN_MM - _QR_MM
    paper.set_fill_color(*BLACK)
    for row, modules in enumerate(matrix):
        y_mm = top_mm + (row + _QUIET_MODULES) * module_mm
        for start, length in _runs(modules):
            x_mm = left_mm + (start + _QUIET_MODULES) * module_mm
            paper.rect(x_mm, y_mm, length * module_mm, module_mm, style="F")
    words, key = both("verify"), both("key")
    paper.set_xy(MARGIN_MM, top_mm + 8)
    paper.set_font(FONT, size=9)
    text = f"{words[1]}\n\n{words[0]}\n\n{key[1]} {key[0]}: {key_id}"
    paper.multi_cell(left_mm - MARGIN_MM - 6, 5, text)


def _runs(modules: bytearray) -> Iterator[tuple[int, int]]:
    """Yield where each run of dark modules begins, and how long it is."""
    at = 0
    for is_dark, run in groupby(modules):
        length = len(tuple(run))
        if is_dark:
            yield at, length
        at += length
