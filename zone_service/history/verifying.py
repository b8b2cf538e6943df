"""Whether the files of the history are, byte for byte, those that were written."""

from collections.abc import Iterator
from pathlib import Path

from zone_service.history.files import digest
from zone_service.store import history_files
from zone_service.store.engine import Store
from zone_service.store.records import HistoryFile


def verified(store: Store, folder: Path) -> Iterator[tuple[HistoryFile, bool]]:
    """Read every file; yield each, and whether it is as it was written."""
    with store.reader.begin() as connection:
        files = history_files.every_file(connection)
    for each in files:
        yield each, _is_as_written(folder / each.name, each.sha256)


def _is_as_written(path: Path, sha256: str) -> bool:
    try:
        return digest(path) == sha256
    except OSError:
        return False
