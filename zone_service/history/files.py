"""Parquet files of the history: written whole or not at all, and read only where something is asked for.

A file is written under another name, synced, hashed and renamed; its row in the manifest comes after.
So a file without a row is of a run that died, or the database is older than it.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from zone_service.history.asked import Box
from zone_service.history.folder import make_private
from zone_service.history.table import PLACE, SCALED, SCHEMA, WORDS, in_area, of_device

GROUP_ROWS: Final = 8192
"""A group of rows ends with a device, once it has so many: who asks for one device reads few others'.
Each group costs some 3 KB of the file's index, which is read first."""
RAW_SCHEMA: Final = pa.schema(
    [
        pa.field("journal_id", pa.int64(), nullable=False),
        pa.field("batch_id", pa.dictionary(pa.int32(), pa.string()), nullable=False),
        pa.field("place", pa.int32(), nullable=False),
        pa.field("topic", pa.dictionary(pa.int32(), pa.string()), nullable=False),
        pa.field("payload", pa.binary(), nullable=False),
        pa.field("received_s", pa.float64(), nullable=False),
        pa.field("qos", pa.int32(), nullable=False),
        pa.field("retained", pa.bool_(), nullable=False),
    ]
)
_DELTAS: Final = (
    "event_time", "received_time", "journal_id", "place", "part", "seq",
    *(each.name for each in SCALED),
)  # fmt: skip
_CODED: Final = {
    "compression": "zstd",
    "compression_level": 3,
    "version": "2.6",
    "use_dictionary": ["device_id", *WORDS],
    "column_encoding": dict.fromkeys(_DELTAS, "DELTA_BINARY_PACKED"),
}
_RAW_CODED: Final = {
    "compression": "zstd",
    "compression_level": 3,
    "version": "2.6",
    "use_dictionary": ["batch_id", "topic"],
    "column_encoding": {"journal_id": "DELTA_BINARY_PACKED", "place": "DELTA_BINARY_PACKED"},
}


@dataclass(frozen=True, slots=True)
class Written:
    """What a file turned out to be."""

    size_bytes: int
    sha256: str


def write_reports(path: Path, table: pa.Table) -> Written:
    """Write rows, which are in the order of the history, and return when they are on the disk."""
    with _whole(path) as part, pq.ParquetWriter(part, SCHEMA, **_CODED) as writer:
        for group in _groups(table):
            writer.write_table(group, row_group_size=len(group))
    return _written(path)


def write_raw(path: Path, tables: Iterable[pa.Table]) -> Written:
    """Write raw frames, a group of rows for each table, and return when they are on the disk."""
    with _whole(path) as part, pq.ParquetWriter(part, RAW_SCHEMA, **_RAW_CODED) as writer:
        for table in tables:
            writer.write_table(table)
    return _written(path)


def packed(table: pa.Table) -> bytes:
    """Return rows as the bytes of a file, for a segment, which the database keeps."""
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, SCHEMA, **_CODED) as writer:
        for group in _groups(table):
            writer.write_table(group, row_group_size=len(group))
    return bytes(sink.getvalue())


def unpacked(body: bytes) -> pa.Table:
    """Return the rows of a segment."""
    return _as_written(pq.ParquetFile(pa.BufferReader(body)).read(use_threads=False))


def read_device(
    source: Path | bytes, device_id: str, from_ms: int, until_ms: int
) -> Iterator[pa.Table]:
    """Yield the rows of one device from a moment on and before another, of a file or a segment."""
    with _opened(source) as file:
        wanted = [
            group
            for group, each in enumerate(_spans(source, file))
            if each.first_device <= device_id <= each.last_device
            and each.from_ms < until_ms
            and from_ms <= each.last_ms
        ]
        if wanted:
            found = _as_written(file.read_row_groups(wanted, use_threads=False))
            yield of_device(found, device_id, from_ms, until_ms)


def read_all(
    source: Path | bytes, from_ms: int, until_ms: int, box: Box | None = None
) -> Iterator[pa.Table]:
    """Yield the groups of rows that have some from a moment on and before another, in a box."""
    with _opened(source) as file:
        for group, each in enumerate(_spans(source, file)):
            if not (each.from_ms < until_ms and from_ms <= each.last_ms):
                continue
            if box is None or _has_any(file, group, (from_ms, until_ms), box):
                yield _as_written(file.read_row_group(group, use_threads=False))


def _has_any(file: Any, group: int, when: tuple[int, int], box: Box) -> bool:
    """Tell whether a group has rows of a time in a box: three columns cost a tenth of all."""
    where = file.read_row_group(group, columns=list(PLACE), use_threads=False)
    return bool(in_area(where, box, *when).num_rows)


def _as_written(table: pa.Table) -> pa.Table:
    return table if table.schema.equals(SCHEMA) else table.cast(SCHEMA)


@dataclass(frozen=True, slots=True)
class _Span:
    """What a group of rows reaches over, by the file's index."""

    first_device: str
    last_device: str
    from_ms: int
    last_ms: int


@contextmanager
def _opened(source: Path | bytes) -> Iterator[Any]:
    if isinstance(source, bytes):
        yield pq.ParquetFile(pa.BufferReader(source))
        return
    with pq.ParquetFile(source, metadata=_index(source)) as file:
        yield file


@lru_cache(maxsize=512)
def _index(path: Path) -> Any:
    """Return a file's index. A file never changes, so that it is read once."""
    return pq.read_metadata(path)


def _spans(source: Path | bytes, file: Any) -> Sequence[_Span]:
    return _spans_of(file.metadata) if isinstance(source, bytes) else _spans_of_file(source)


@lru_cache(maxsize=512)
def _spans_of_file(path: Path) -> tuple[_Span, ...]:
    return _spans_of(_index(path))


def _spans_of(index: Any) -> tuple[_Span, ...]:
    device, at = SCHEMA.get_field_index("device_id"), SCHEMA.get_field_index("event_time")
    found = []
    for number in range(index.num_row_groups):
        group = index.row_group(number)
        devices, times = group.column(device).statistics, group.column(at).statistics
        found.append(_Span(devices.min, devices.max, times.min_raw, times.max_raw))
    return tuple(found)


def _groups(table: pa.Table) -> Iterator[pa.Table]:
    """Yield runs of whole devices, each of ``GROUP_ROWS`` rows or more but for the last."""
    begin = 0
    for end in _ends_of_devices(table):
        if end - begin >= GROUP_ROWS or end == table.num_rows:
            # A device of many rows is cut by time, so that a window need not read its whole hour.
            for first in range(begin, end, 4 * GROUP_ROWS):
                yield table.slice(first, min(4 * GROUP_ROWS, end - first))
            begin = end


def _ends_of_devices(table: pa.Table) -> list[int]:
    if not table.num_rows:
        return []
    codes = table.column("device_id").combine_chunks()
    indices = np.asarray(codes.indices if isinstance(codes, pa.DictionaryArray) else codes)
    return [*(np.flatnonzero(np.diff(indices)) + 1).tolist(), table.num_rows]


@contextmanager
def _whole(path: Path) -> Iterator[str]:
    """Give a name to write under; the file is at its place, and on the disk, when the block ends."""
    make_private(path.parent)
    part = path.with_name(f"{path.name}.part")
    # Made before it is written: nobody else reads positions even while they are.
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    yield str(part)
    _sync(part)
    part.replace(path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _written(path: Path) -> Written:
    return Written(path.stat().st_size, digest(path))


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
