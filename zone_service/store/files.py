"""Files by their content: a folder in which each is named by its SHA-256 and never written twice.

A file comes in under a name of its own, is flushed to the disk, and only then gets its place by
one rename; the folder is flushed too before a row may speak of it. So a row without its file is a
loss, and never a crash in the middle.
"""

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from permits.document import StoredFile
from permits.paper_words import fault
from zone_service.file_content import content_of
from zone_service.store.errors import FileLost, FileReason, FileRefused

_CHUNK_BYTES = 1 << 20
_INCOMING = "incoming"


@dataclass(frozen=True, slots=True)
class Files:
    """The folder of an installation."""

    folder: Path

    def incoming(self, most_bytes: int) -> "Incoming":
        """Begin to take a file in."""
        place = self.folder / _INCOMING
        if not place.is_dir():
            # Papers of people: as the database, nobody else's to read.
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            place.mkdir(exist_ok=True)
            _sync(self.folder.parent)
            _sync(self.folder)
        return Incoming(self, place / secrets.token_hex(16), most_bytes)

    def path(self, sha256: str) -> Path:
        """Return where a file is kept."""
        return self.folder / sha256[:2] / sha256

    def whole(self, file: StoredFile) -> Path:
        """Return where a file is, if it is there and as long as it was.

        Raises:
            FileLost: it is not.
        """
        path = self.path(file.sha256)
        found = path.stat().st_size if path.is_file() else None
        if found != file.size_bytes:
            raise FileLost(file.sha256, found, file.size_bytes)
        return path

    def is_intact(self, file: StoredFile) -> bool:
        """Tell whether a file is there and every byte of it is as it was: reads all of it."""
        path = self.path(file.sha256)
        return path.is_file() and digest_of(path) == file.sha256

    def names(self) -> Iterator[str]:
        """Yield the digest of every file that is kept."""
        return (each.name for each in self.folder.glob("??/*"))

    def clear_incoming(self, before_s: float) -> int:
        """Remove what was last written to before a moment (Unix seconds) and never finished."""
        left = [
            each for each in (self.folder / _INCOMING).glob("*") if each.stat().st_mtime < before_s
        ]
        for each in left:
            each.unlink(missing_ok=True)
        return len(left)


@dataclass
class Incoming:
    """A file that is being taken in; left as a context without ``keep``, nothing of it stays."""

    files: Files
    path: Path
    most_bytes: int
    size_bytes: int = 0
    _digest: Any = field(default_factory=hashlib.sha256)
    _file: Any = None

    def __enter__(self) -> Self:
        self._file = self.path.open("xb")
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        with suppress(FileNotFoundError):
            self.path.unlink()

    def write(self, chunk: bytes) -> None:
        """Take a part of it.

        Raises:
            FileRefused: it is longer than a file may be.
        """
        self.size_bytes += len(chunk)
        if self.size_bytes > self.most_bytes:
            found = f"{self.size_bytes} bytes or more"
            raise FileRefused(
                FileReason.TOO_LARGE, fault("file", found, "small", most=self.most_bytes)
            )
        self._digest.update(chunk)
        self._file.write(chunk)

    def keep(self, expected_sha256: str | None = None) -> StoredFile:
        """Give it its place and return what it is; the same content again changes nothing.

        Raises:
            FileRefused: it is empty, of a form that is not taken, cut short or a trap, or not
                what its sender said that it is.
        """
        sha256 = self._digest.hexdigest()
        if expected_sha256 is not None and expected_sha256 != sha256:
            raise FileRefused(
                FileReason.OTHER_DIGEST, fault("file", sha256, "digest", digest=expected_sha256)
            )
        self._file.flush()
        content = content_of(self.path)
        if content.fault is not None:
            raise FileRefused(_REASONS[content.fault.expected], content.fault)
        os.fsync(self._file.fileno())
        self._place(self.files.path(sha256))
        return StoredFile(sha256, content.media_type, self.size_bytes)

    def _place(self, place: Path) -> None:
        if not place.parent.exists():
            place.parent.mkdir(exist_ok=True)
            _sync(place.parent.parent)
        if place.is_file() and place.stat().st_size == self.size_bytes:
            return
        # Where a shorter one lies there, the disk has lost a part of it: this is its repair.
        self.path.replace(place)
        _sync(place.parent)


_REASONS = {
    "not empty": FileReason.EMPTY,
    "type": FileReason.WRONG_TYPE,
    "whole": FileReason.TRUNCATED,
    "safe": FileReason.UNSAFE,
}


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(folder: Path) -> None:
    """Flush the names in a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
