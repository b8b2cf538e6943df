"""One platform on one data directory."""

import fcntl
import os
import time
from pathlib import Path
from typing import Self

NAME = "zone.lock"
WORKER_NAME = "worker.lock"
"""Held by the worker as long as it lives, with the number of its process inside."""
FENCES_NAME = "fences.lock"
"""Held by the process that tells units of zones."""
TRIES = 5
PAUSE_S = 0.02
"""Whoever only looks holds it for a moment; that must not keep a platform from starting."""


class AlreadyRunning(RuntimeError):
    """Another platform runs on this data directory."""

    def __init__(self, pid: str, directory: Path) -> None:
        super().__init__(
            f"already running on {directory} as process {pid}: "
            "stop it, or choose another directory with ZONE_DATA_DIR"
        )
        self.pid = pid
        self.directory = directory


class DataLock:
    """Held as long as the process lives: the kernel lets go of it whatever way that ends."""

    def __init__(self, directory: Path, name: str = NAME) -> None:
        """``name``: of the file that is held, where it is for one of the processes alone."""
        self.directory = directory
        self._name = name
        self._file: int | None = None

    def take(self) -> None:
        """Take the directory.

        Raises:
            AlreadyRunning: somebody else has it; names the process.
            OSError: nothing can be kept there; names the folder.
        """
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = os.open(self.directory / self._name, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise type(error)(_cannot_keep(self.directory, error)) from error
        if not _locked(file, TRIES):
            pid = _owner(file)
            os.close(file)
            raise AlreadyRunning(pid, self.directory)
        os.ftruncate(file, 0)
        os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
        self._file = file

    def release(self) -> None:
        """Let go; harmless when it is not held."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __enter__(self) -> Self:
        self.take()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def _cannot_keep(directory: Path, error: OSError) -> str:
    return (
        f"{directory} cannot hold the data: {error.strerror}; expected a folder that this user may "
        "make and write, set by ZONE_DATA_DIR"
    )


def held_by(directory: Path, name: str = NAME) -> str | None:
    """Return the process that runs on this directory, None when nobody does; changes nothing."""
    try:
        file = os.open(directory / name, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        return None if _locked(file, 1) else _owner(file)
    finally:
        os.close(file)


def _locked(file: int, tries: int) -> bool:
    for _ in range(tries):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(PAUSE_S)
        else:
            return True
    return False


def _owner(file: int) -> str:
    return os.pread(file, 20, 0).decode().strip() or "unknown"
