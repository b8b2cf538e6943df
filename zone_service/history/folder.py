"""The folder of the history: whose it is, who works in it, and what lies in it that no row speaks of."""

import fcntl
import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

import structlog

from zone_service.secret_file import write_private
from zone_service.store import audit
from zone_service.store.engine import Store
from zone_service.store.errors import StoreError
from zone_service.store.records import HistoryKind

STRAYS: Final = "strays"
"""Where whole files go that no row speaks of."""
OWNER: Final = "installation"
"""The file that says whose the folder is."""

log = structlog.get_logger("history")


class CompactionRuns(StoreError):
    """Another run is at work on this folder."""


class ForeignHistory(StoreError):
    """The folder is of another installation."""


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the folder, which is made where there is none, and which nobody else may enter.

    Raises:
        CompactionRuns: another run holds it.
    """
    make_private(folder)
    folder.chmod(0o700)
    file = os.open(folder / "compact.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CompactionRuns(why="history at work", directory=folder) from None
        yield
    finally:
        os.close(file)


def claim(folder: Path, installation: str) -> None:
    """Note with the first run whose folder it is; the runs after it ask.

    Raises:
        ForeignHistory: it is another's: that of another database over the same data directory.
    """
    note = folder / OWNER
    if is_of_another(folder, installation):
        raise ForeignHistory(why="history of another", directory=folder, file=note)
    if not note.exists():
        write_private(note, f"{installation}\n".encode())


def claim_for(store: Store, folder: Path) -> None:
    """Note that a folder is of the installation of a database, which has an audit since it is settled.

    Raises:
        ForeignHistory: it is another's.
    """
    with store.read() as session:
        installation = audit.first_hash(session)
    if installation is not None:
        claim(folder, installation)


def is_of_another(folder: Path, installation: str) -> bool:
    """Tell whether the folder is another installation's; one of nobody's is not."""
    note = folder / OWNER
    return note.exists() and note.read_text().strip() != installation


def strays(folder: Path, known: Collection[str]) -> list[Path]:
    """Return the whole files that no row speaks of."""
    return [each for each in _found(folder, "*.parquet") if _name(folder, each) not in known]


def put_aside(folder: Path, known: Collection[str], at: datetime) -> list[Path]:
    """Move whole files without a row out of the way, and say so; return where they are.

    They are of a run that died, or all that is left of their hours: a database from a backup knows
    less than its folder. Halves of files are of a run that died in any case, and are removed.
    """
    for half in _found(folder, "*.part"):
        half.unlink()
    lost = strays(folder, known)
    if not lost:
        return []
    make_private(folder / STRAYS)
    aside = Path(mkdtemp(prefix=f"{at:%Y-%m-%dT%H%M%SZ}-", dir=folder / STRAYS))
    log.warning("history_files_put_aside", count=len(lost), directory=str(aside))
    return [_moved(each, aside / _name(folder, each)) for each in lost]


def forget_aside(folder: Path, twice: Sequence[Path]) -> None:
    """Remove files put aside that the manifest has once more, and the folders that this leaves empty."""
    for each in twice:
        each.unlink()
        for above in each.parents:
            if above == folder or any(above.iterdir()):
                break
            above.rmdir()


def make_private(folder: Path) -> None:
    """Make a folder, and those above it, which nobody else may enter; ``parents`` has no mode."""
    if not folder.is_dir():
        make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _moved(file: Path, to: Path) -> Path:
    make_private(to.parent)
    return file.rename(to)


def _found(folder: Path, pattern: str) -> list[Path]:
    return sorted(file for kind in HistoryKind for file in (folder / kind).rglob(pattern))


def _name(folder: Path, file: Path) -> str:
    return file.relative_to(folder).as_posix()
