"""Files by their content: what is taken, what is refused and why, and that none is lost or changed."""

import hashlib
import io
import os
import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from permits.document import StoredFile
from permits.rule_words import Language
from zone_service.file_content import JPEG, PDF, PNG, XLSX, ZIP
from zone_service.store.errors import FileLost, FileReason, FileRefused
from zone_service.store.files import Files

A_PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\nstartxref\n9\n%%EOF\n"
A_JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(200) + b"\xff\xd9"


def a_png() -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    image = zlib.compress(b"\x00\x00")
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", image) + chunk(b"IEND", b"")
    )


def a_zip(**entries: bytes) -> bytes:
    return zipped({name.replace("__", "/"): body for name, body in entries.items()})


def zipped(entries: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in entries.items():
            archive.writestr(name, body)
    return made.getvalue()


AN_XLSX = zipped({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"})


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "data" / "files")


def take(
    files: Files, content: bytes, *, most: int = 100_000, sha256: str | None = None
) -> StoredFile:
    with files.incoming(most) as incoming:
        incoming.write(content[:10])
        incoming.write(content[10:])
        return incoming.keep(sha256)


def refusal(files: Files, content: bytes, most: int = 100_000) -> FileRefused:
    with pytest.raises(FileRefused) as refused:
        take(files, content, most=most)
    assert list(files.names()) == []
    assert list((files.folder / "incoming").iterdir()) == []
    return refused.value


@pytest.mark.requirement("D1-2")
@pytest.mark.parametrize(
    ("content", "media_type"),
    [(A_PDF, PDF), (a_png(), PNG), (A_JPEG, JPEG), (AN_XLSX, XLSX), (a_zip(a=b"1"), ZIP)],
)
def test_a_file_is_known_by_its_content_and_kept_under_its_hash(
    files: Files, content: bytes, media_type: str
) -> None:
    kept = take(files, content)
    sha256 = hashlib.sha256(content).hexdigest()
    assert kept == StoredFile(sha256, media_type, len(content))
    assert files.whole(kept).read_bytes() == content
    assert list(files.names()) == [sha256]
    assert files.folder.stat().st_mode & 0o077 == 0
    assert list((files.folder / "incoming").iterdir()) == []


def test_the_same_content_is_kept_once_and_is_not_written_again(files: Files) -> None:
    kept = take(files, A_PDF)
    before = files.path(kept.sha256).stat()
    assert take(files, A_PDF) == kept
    assert files.path(kept.sha256).stat().st_ino == before.st_ino


def test_a_file_of_which_the_disk_has_lost_a_part_is_repaired_by_the_same_file(
    files: Files,
) -> None:
    kept = take(files, A_PDF)
    files.path(kept.sha256).write_bytes(A_PDF[:7])
    with pytest.raises(FileLost, match=r"7 bytes long: expected \d+ bytes"):
        files.whole(kept)
    assert take(files, A_PDF) == kept
    assert files.whole(kept).read_bytes() == A_PDF


@pytest.mark.requirement("D1-2")
@pytest.mark.parametrize(
    ("content", "reason", "english", "chinese"),
    [
        (b"", FileReason.EMPTY, "file is 0 bytes: expected a file with something", "非空文件"),
        (b"<html>hello</html>", FileReason.WRONG_TYPE, "expected one of PDF, PNG", "PDF, PNG"),
        (b"MZ\x90\x00" + bytes(99), FileReason.WRONG_TYPE, r"file is b'MZ\x90", "内容属于"),
        (A_PDF[:-7], FileReason.TRUNCATED, "ends with %%EOF", "以 %%EOF 结尾"),
        (a_png()[:-4], FileReason.TRUNCATED, "ends with IEND", "以 IEND 结尾"),
        (A_JPEG[:-2], FileReason.TRUNCATED, "ends with FFD9", "以 FFD9 结尾"),
        (AN_XLSX[:-30], FileReason.TRUNCATED, "its directory is there", "含完整目录"),
    ],
)
def test_what_is_empty_of_another_form_or_cut_short_is_refused_by_name(
    files: Files, content: bytes, reason: FileReason, english: str, chinese: str
) -> None:
    found = refusal(files, content)
    assert found.reason is reason
    assert english in str(found)
    assert chinese in found.fault.said(Language.CHINESE)


def test_a_file_that_is_too_long_is_refused_before_all_of_it_has_come(files: Files) -> None:
    with files.incoming(20) as incoming:
        incoming.write(bytes(20))
        with pytest.raises(FileRefused, match="21 bytes or more: expected at most 20 bytes"):
            incoming.write(b"1")


def test_another_content_than_its_sender_says_is_refused(files: Files) -> None:
    with pytest.raises(FileRefused, match="expected a file whose SHA-256 is 00000") as refused:
        take(files, A_PDF, sha256="0" * 64)
    assert refused.value.reason is FileReason.OTHER_DIGEST
    assert take(files, A_PDF, sha256=hashlib.sha256(A_PDF).hexdigest()).media_type == PDF


def spliced() -> bytes:
    """An archive in which the content of an entry is not what its directory says."""
    whole = bytearray(a_zip(a=os.urandom(400)))
    whole[100] ^= 0xFF
    return bytes(whole)


@pytest.mark.requirement("D1-2")
@pytest.mark.parametrize(
    ("content", "why"),
    [
        (a_zip(a=bytes(90_000_0)), "at most 200 times its size"),
        (zipped({"../../etc/cron.d/x": b"1"}), "no path that leads out"),
        (zipped({"/etc/passwd": b"1"}), "no path that leads out"),
        (zipped({"..\\up": b"1"}), "no path that leads out"),
        (zipped({str(n): b"" for n in range(2001)}), "at most 2000 entries"),
        (zipped({"xl/vbaProject.bin": b"1"}), "no macros"),
    ],
)
def test_an_archive_that_is_a_trap_is_refused(files: Files, content: bytes, why: str) -> None:
    found = refusal(files, content, most=10_000_000)
    assert found.reason is FileReason.UNSAFE
    assert why in str(found)


def test_an_archive_with_a_password_is_refused(files: Files) -> None:
    locked = bytearray(a_zip(a=b"1"))
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(signature) + at] |= 1
    assert "no entry with a password" in str(refusal(files, bytes(locked)))


def test_an_archive_whose_content_was_changed_is_not_whole(files: Files) -> None:
    assert refusal(files, spliced()).reason is FileReason.TRUNCATED


def test_what_was_not_finished_leaves_nothing_and_what_a_dead_process_left_is_cleared(
    files: Files,
) -> None:
    with files.incoming(100) as incoming:
        incoming.write(b"abc")
    left = files.folder / "incoming" / "left"
    left.write_bytes(b"abc")
    os.utime(left, (1000.0, 1000.0))
    (files.folder / "incoming" / "begun").write_bytes(b"abc")
    assert files.clear_incoming(2000.0) == 1
    assert [each.name for each in (files.folder / "incoming").iterdir()] == ["begun"]
    assert Files(files.folder / "none").clear_incoming(2000.0) == 0


def test_a_changed_byte_is_found_by_reading_all_of_a_file(files: Files) -> None:
    kept = take(files, A_PDF)
    assert files.is_intact(kept)
    files.path(kept.sha256).write_bytes(A_PDF.replace(b"1.7", b"1.4"))
    assert files.whole(kept).is_file()
    assert not files.is_intact(kept)
