"""What a file is by its content, and whether all of it is there; its name tells nothing.

Four forms are taken: PDF, PNG, JPEG, and ZIP archives, of which XLSX is one. People of other
organisations will open them, so an archive that would unpack into something huge, writes outside
its folder or carries macros is refused here.
"""

import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from permits.paper_words import Fault, fault

PDF, PNG, JPEG = "application/pdf", "image/png", "image/jpeg"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ZIP = "application/zip"
ENDINGS = {PDF: "pdf", PNG: "png", JPEG: "jpg", XLSX: "xlsx", ZIP: "zip"}
"""By media type: how the name of a download ends."""

_TAIL_BYTES = 1024
_MOST_ENTRIES = 2000
_MOST_UNPACKED_BYTES = 1 << 28
"""A second of work: each is unpacked once, to see that all of it is there."""
_MOST_RATIO = 200
"""Deflate itself reaches 1030: honest papers stay far below, an archive that is a trap does not."""
_PNG_END = b"\x00\x00\x00\x00IEND\xaeB`\x82"


@dataclass(frozen=True, slots=True)
class Form:
    """One form of file: how it begins, and how it ends when all of it is there."""

    name: str
    media_type: str
    begins: bytes
    is_whole: Callable[[bytes], bool]
    """Of its last kilobyte."""
    how: tuple[str, str]


_FORMS = (
    Form("PDF", PDF, b"%PDF-", lambda tail: b"%%EOF" in tail, ("it ends with %%EOF", "以 %%EOF 结尾")),
    Form("PNG", PNG, b"\x89PNG\r\n\x1a\n", lambda tail: tail.endswith(_PNG_END), ("it ends with IEND", "以 IEND 结尾")),
    # Some cameras fill up behind the end of the image.
    Form("JPEG", JPEG, b"\xff\xd8\xff", lambda tail: b"\xff\xd9" in tail, ("it ends with FFD9", "以 FFD9 结尾")),
    Form("ZIP", ZIP, b"PK\x03\x04", lambda tail: bool(tail), ("its directory is there", "含完整目录")),
)  # fmt: skip
NAMES = "PDF, PNG, JPEG, XLSX, ZIP"


@dataclass(frozen=True, slots=True)
class Content:
    """What was found of a file: its media type, or what is wrong with it."""

    media_type: str = ""
    fault: Fault | None = None


def content_of(path: Path) -> Content:
    """Look into a file.

    Raises:
        OSError: it cannot be read.
    """
    head, tail, size = _ends(path)
    if not size:
        return Content(fault=fault("file", "0 bytes", "not empty"))
    form = next((each for each in _FORMS if head.startswith(each.begins)), None)
    if form is None:
        return Content(fault=fault("file", repr(head[:12]), "type", choice=NAMES))
    if not form.is_whole(tail):
        return Content(fault=_not_whole(form, size))
    return _archive(path, form, size) if form.media_type == ZIP else Content(form.media_type)


def _ends(path: Path) -> tuple[bytes, bytes, int]:
    with path.open("rb") as file:
        head = file.read(_TAIL_BYTES)
        size = file.seek(0, 2)
        file.seek(max(0, size - _TAIL_BYTES))
        return head, file.read(), size


def _not_whole(form: Form, size: int) -> Fault:
    return fault("file", f"{size} bytes", "whole", type=form.name, how=form.how)


def _archive(path: Path, form: Form, size: int) -> Content:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            unsafe = next(_unsafe(entries, size), None)
            if unsafe is not None:
                return Content(fault=unsafe)
            # Reading what an entry says of itself finds an archive that was cut or spliced.
            damaged = archive.testzip()
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
        return Content(fault=_not_whole(form, size))
    if damaged is not None:
        return Content(fault=_not_whole(form, size))
    names = {each.filename for each in entries}
    return Content(XLSX if {"[Content_Types].xml", "xl/workbook.xml"} <= names else ZIP)


def _unsafe(entries: list[zipfile.ZipInfo], size: int) -> Iterator[Fault]:
    unpacked = sum(each.file_size for each in entries)
    if len(entries) > _MOST_ENTRIES:
        yield _trap(
            f"{len(entries)} entries",
            f"at most {_MOST_ENTRIES} entries",
            f"不超过 {_MOST_ENTRIES} 个条目",
        )
    if unpacked > min(_MOST_UNPACKED_BYTES, size * _MOST_RATIO):
        yield _trap(
            f"{unpacked} bytes unpacked",
            f"at most {_MOST_RATIO} times its size",
            f"解压后不超过其大小的 {_MOST_RATIO} 倍",
        )
    for each in entries:
        path = PurePosixPath(each.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in each.filename:
            yield _trap(each.filename, "no path that leads out of it", "不含指向外部的路径")
        if each.flag_bits & 1:
            yield _trap(each.filename, "no entry with a password", "不含加密条目")
        if path.name.lower() == "vbaproject.bin":
            yield _trap(each.filename, "no macros", "不含宏")


def _trap(found: str, english: str, chinese: str) -> Fault:
    return fault("file", found, "safe", how=(english, chinese))
