"""The folder of clips: who seals into it, and files that are there whole or not at all."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from zone_service.history.folder import make_private
from zone_service.store.errors import StoreError


class SealingRuns(StoreError):
    """Another process seals into this folder."""


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the folder, which is made where there is none, and which nobody else may enter.

    Raises:
        SealingRuns: another process holds it.
    """
    make_private(folder)
    file = os.open(folder / "seal.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SealingRuns(why="evidence at work", directory=folder) from None
        yield
    finally:
        os.close(file)


def write_whole(path: Path, content: bytes) -> None:
    """Put a file at its place, readable by its owner alone; it is on the disk when this returns.

    Raises:
        OSError: there is no room; nothing of it is left.
    """
    make_private(path.parent)
    part = path.with_name(f".{path.name}.part")
    try:
        file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(file, "wb") as written:
            written.write(content)
            written.flush()
            os.fsync(written.fileno())
        part.replace(path)
    except OSError:
        with suppress(OSError):
            part.unlink()
        raise
    _sync(path.parent)
    _sync(path.parent.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
