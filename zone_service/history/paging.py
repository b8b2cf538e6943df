"""Pages of an answer: each begins behind the last row of the one before, whatever came in meanwhile."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from typing import overload

import pyarrow as pa

from zone_service.history.asked import Window
from zone_service.history.table import KEY

Key = tuple[str, int, int, int, int]


class _Keys(Sequence[Key]):
    """The keys of rows, each read when somebody looks at it."""

    def __init__(self, table: pa.Table) -> None:
        self._columns = [table.column("device_id")]
        self._columns += [table.column(name).cast(pa.int64()) for name in KEY[1:]]

    def __len__(self) -> int:
        return len(self._columns[0])

    @overload
    def __getitem__(self, at: int) -> Key: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Key]: ...
    def __getitem__(self, at: int | slice) -> Key | Sequence[Key]:
        if isinstance(at, slice):
            return [self[each] for each in range(*at.indices(len(self)))]
        device_id, at_ms, journal_id, place, part = (each[at].as_py() for each in self._columns)
        return device_id, at_ms, journal_id, place, part


def begun(asked: Window, after: str | None) -> Window:
    """Return what is left of a window behind a row: of one device it goes by time, and begins there."""
    if after is None or asked.device_id is None:
        return asked
    from_ms = max(asked.from_ms, _read(after)[1])
    return replace(asked, from_ms=min(from_ms, asked.until_ms))


def page(table: pa.Table, after: str | None, limit: int) -> pa.Table:
    """Return so many rows behind one that ``last_key`` has named."""
    begins = 0 if after is None else bisect_right(_Keys(table), _read(after))
    return table.slice(begins, limit)


def last_key(table: pa.Table) -> str | None:
    """Return the name of the last row, ``None`` where there is none."""
    return "/".join(map(str, _Keys(table)[len(table) - 1])) if len(table) else None


def _read(key: str) -> Key:
    device_id, at_ms, journal_id, place, part = key.split("/")
    return device_id, int(at_ms), int(journal_id), int(place), int(part)
