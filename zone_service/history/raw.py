"""Raw frames of the history, read back: what the journal no longer has."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from telemetry.report import Frame


def read_raw(
    path: Path, topics: Collection[str], from_s: float, until_s: float
) -> Iterator[tuple[int, int, Frame]]:
    """Yield the frames on some topics that were received in a time, with journal number and place.

    A group of rows is in memory at once, and those alone that have something of the time.
    """
    wanted = pa.array(sorted(topics), pa.string())
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            if _may_have(file, group, from_s, until_s):
                rows = file.read_row_group(group, use_threads=False)
                at = rows.column("received_s")
                within = pc.and_(pc.greater_equal(at, from_s), pc.less_equal(at, until_s))
                told = pc.is_in(rows.column("topic").cast(pa.string()), value_set=wanted)
                yield from map(_frame, rows.filter(pc.and_(told, within)).to_pylist())


def _may_have(file: Any, group: int, from_s: float, until_s: float) -> bool:
    column = file.schema_arrow.get_field_index("received_s")
    told = file.metadata.row_group(group).column(column).statistics
    return told is None or bool(told.min <= until_s and from_s <= told.max)


def _frame(row: dict[str, Any]) -> tuple[int, int, Frame]:
    frame = Frame(
        row["topic"], row["payload"], row["received_s"], qos=row["qos"], retained=row["retained"]
    )
    return row["journal_id"], row["place"], frame
