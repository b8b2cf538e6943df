"""Rows of the history as the trace of a vehicle, and the days that rows are late for."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from geofence.matching import Trace
from zone_service.history.table import SCALED

AHEAD_MS: Final = 8 * 3_600_000
"""Of UTC: days are those of the law, in Asia/Shanghai."""
DAY_MS: Final = 86_400_000
LATE_DAYS: Final = 60
"""What is dated further back is of a wrong clock: each such unit would name days without end."""
_EPOCH: Final = date(1970, 1, 1)
_PER_UNIT: Final = {each.said: (each.name, each.per_unit) for each in SCALED}


def trace_of(table: pa.Table, mode_of: Callable[[str | None], int]) -> Trace:
    """Return the rows of one device as its trace; ``mode_of`` tells who drives by the name of a mode."""
    modes = table.column("control_mode").unify_dictionaries().combine_chunks()
    names = [mode_of(name) for name in modes.dictionary.to_pylist()]
    codes = np.array([*names, mode_of(None)], np.int64)
    indices = modes.indices.fill_null(len(names)).to_numpy(zero_copy_only=False)
    return Trace(
        at_s=np.asarray(table.column("event_time").cast(pa.int64())) / 1000.0,
        longitude_deg=_said(table, "longitude_deg"),
        latitude_deg=_said(table, "latitude_deg"),
        accuracy_m=_said(table, "horizontal_accuracy_m"),
        course_deg=_said(table, "track_deg"),
        speed_mps=_said(table, "ground_speed_mps"),
        mode=codes[indices],
    )


def late_days(table: pa.Table) -> Iterator[tuple[str, date]]:
    """Yield of which days of which devices something was received when they were over, each once."""
    made, received = (_days(table, name) for name in ("event_time", "received_time"))
    rows = np.flatnonzero((made < received) & (made >= received - LATE_DAYS))
    late = table.take(pa.array(rows))
    devices = late.column("device_id").cast(pa.string()).to_pylist()
    for device_id, day in sorted(set(zip(devices, made[rows].tolist(), strict=True))):
        yield device_id, _EPOCH + timedelta(days=day)


def _days(table: pa.Table, name: str) -> NDArray[np.int64]:
    at_ms = np.asarray(table.column(name).cast(pa.int64()))
    days: NDArray[np.int64] = (at_ms + AHEAD_MS) // DAY_MS
    return days


def _said(table: pa.Table, name: str) -> NDArray[np.float64]:
    column, per_unit = _PER_UNIT[name]
    known = pc.cast(table.column(column), pa.float64()).to_numpy()
    said: NDArray[np.float64] = known / per_unit
    return said
