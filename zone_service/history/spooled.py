"""A file of the history that lies on the disk until its client has read it, however slowly."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Final

PIECE_BYTES: Final = 1 << 18


def spooled(content: Iterable[bytes], folder: Path) -> tuple[IO[bytes], int]:
    """Return content as an open file of no name, which goes when it is closed, and its bytes."""
    file = TemporaryFile(dir=folder)  # noqa: SIM115 - who reads it closes it
    try:
        file.writelines(content)
        size_bytes = file.tell()
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file, size_bytes


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    """Yield a file and close it, also where nobody wants the rest."""
    with file:
        while some := file.read(PIECE_BYTES):
            yield some
