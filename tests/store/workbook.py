"""A workbook read back by the letter of its format, not by the library that wrote it."""

import re
from io import BytesIO
from xml.etree import ElementTree as ET
from zipfile import ZipFile

_NS = {"s": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
Cells = list[list[str | float]]


def sheets_of(content: bytes) -> dict[str, Cells]:
    """Return the cells of each sheet by rows; texts as texts, numbers as numbers."""
    with ZipFile(BytesIO(content)) as book:
        texts = [
            "".join(part.text or "" for part in each.iterfind(".//s:t", _NS))
            for each in _root(book, "xl/sharedStrings.xml").iterfind("s:si", _NS)
        ]
        named = _root(book, "xl/workbook.xml").iterfind("s:sheets/s:sheet", _NS)
        return {
            each.attrib["name"]: _rows(book, f"xl/worksheets/sheet{number}.xml", texts)
            for number, each in enumerate(named, 1)
        }


def formulas_in(content: bytes) -> list[str]:
    """Return every formula of a workbook."""
    with ZipFile(BytesIO(content)) as book:
        pages = [each for each in book.namelist() if re.match(r"xl/worksheets/sheet", each)]
        return [each.text or "" for page in pages for each in _root(book, page).iterfind(".//s:f", _NS)]  # fmt: skip


def _root(book: ZipFile, name: str) -> ET.Element:
    return ET.fromstring(book.read(name))


def _rows(book: ZipFile, name: str, texts: list[str]) -> Cells:
    return [
        [_value(cell, texts) for cell in row.iterfind("s:c", _NS)]
        for row in _root(book, name).iterfind(".//s:row", _NS)
    ]


def _value(cell: ET.Element, texts: list[str]) -> str | float:
    value = cell.findtext("s:v", "", _NS)
    return texts[int(value)] if cell.attrib.get("t") == "s" else float(value)
