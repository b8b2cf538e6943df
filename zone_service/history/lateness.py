"""What came late, as the history takes it in: what of it is dated within the time of a clip of evidence.

A unit that kept its records during an outage delivers them later. What its clip holds was received in the
time of that; this was not, and goes into a supplement.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from zone_service.store import clips_beside
from zone_service.store.clips_beside import Late
from zone_service.store.engine import Store
from zone_service.store.records import EvidenceClip

LATE_MS: Final = 10_000
"""Between what a report is dated and its receipt: a network that is slow takes less."""
MOST_MS: Final = 7 * 86_400_000
"""What is dated further back is of a wrong clock: each such unit would have all clips there are looked at."""
ROUNDED_S: Final = 0.001
"""More than what a row has rounded away of when it was received."""
Times = NDArray[np.int64]


def late_for_clips(store: Store, rows: pa.Table) -> tuple[Late, ...]:
    """Return what of some rows is dated within clips and came when these held nothing any more."""
    event, received = (_times(rows, each) for each in ("event_time", "received_time"))
    late = np.flatnonzero((received - event >= LATE_MS) & (received - event <= MOST_MS))
    if not len(late):
        return ()
    with store.reader.begin() as connection:
        found = clips_beside.dated_within(
            connection, event[late].min() / 1000, event[late].max() / 1000
        )
    devices = rows.column("device_id").cast(pa.string()).take(pa.array(late))
    return tuple(_late_for(found, np.array(devices.to_pylist()), event[late], received[late]))


def _late_for(
    clips: list[EvidenceClip], devices: NDArray[np.str_], event: Times, received: Times
) -> Iterator[Late]:
    for each in clips:
        within = [(at - each.before_s, at + each.after_s) for at in each.moments_s]
        its = np.isin(devices, each.device_ids) & _in(within, event) & ~_in(within, received)
        if its.any():
            came_s = received[its] / 1000
            yield Late(each.clip_id, came_s.min() - ROUNDED_S, came_s.max() + ROUNDED_S)


def _in(within: Sequence[tuple[float, float]], at_ms: Times) -> NDArray[np.bool_]:
    found = np.zeros(len(at_ms), bool)
    for from_s, until_s in within:
        found |= (at_ms >= from_s * 1000) & (at_ms <= until_s * 1000)
    return found


def _times(rows: pa.Table, name: str) -> Times:
    return np.asarray(rows.column(name).cast(pa.int64()))
