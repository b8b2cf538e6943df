"""The columns of the history: whole numbers of small units, which a file holds in a byte or two each.

Rounded to what is below any receiver's noise: positions to 1e-7 degree (11 mm at most), lengths and
speeds to the centimetre, angles and the battery to a hundredth, times to the millisecond. Sorted by device,
event time and place in the journal, so that neighbours differ little. What a number cannot be kept in
is unknown, as it would be had the device not said it; the raw frames have it as it came.
"""

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from zone_service.background import nothing
from zone_service.history.told import Told


class Scaled(NamedTuple):
    """A number of a report, kept as a whole number of a small unit."""

    name: str
    """Of the column."""
    said: str
    """Of the report's field."""
    per_unit: int


SCALED: Final = (
    Scaled("longitude_e7", "longitude_deg", 10_000_000),
    Scaled("latitude_e7", "latitude_deg", 10_000_000),
    Scaled("altitude_hae_cm", "altitude_hae_m", 100),
    Scaled("altitude_msl_cm", "altitude_msl_m", 100),
    Scaled("height_ato_cm", "height_ato_m", 100),
    Scaled("height_agl_cm", "height_agl_m", 100),
    Scaled("altitude_baro_cm", "altitude_baro_m", 100),
    Scaled("horizontal_accuracy_cm", "horizontal_accuracy_m", 100),
    Scaled("vertical_accuracy_cm", "vertical_accuracy_m", 100),
    Scaled("satellites", "satellites", 1),
    Scaled("ground_speed_cmps", "ground_speed_mps", 100),
    Scaled("vertical_speed_cmps", "vertical_speed_mps", 100),
    Scaled("track_cdeg", "track_deg", 100),
    Scaled("heading_cdeg", "heading_deg", 100),
    Scaled("battery_cpercent", "battery_percent", 100),
)
WORDS: Final = (
    "time_source", "boot_id", "source_datum", "control_mode", "operational_status", "codec",
    "quality_flags",
)  # fmt: skip
"""Columns of few different words, of which a file keeps each once."""
PLACE: Final = ("event_time", "longitude_e7", "latitude_e7")
"""What says whether a row is in an area at a time."""
KEY: Final = ("device_id", "event_time", "journal_id", "place", "part")
"""What the rows are sorted by; no two have all of it in common."""

_TIME: Final = pa.timestamp("ms", "UTC")
_WORD: Final = pa.dictionary(pa.int32(), pa.string())
SCHEMA: Final = pa.schema(
    [
        pa.field("device_id", _WORD, nullable=False),
        pa.field("event_time", _TIME, nullable=False),
        pa.field("received_time", _TIME, nullable=False),
        pa.field("journal_id", pa.int64(), nullable=False),
        pa.field("place", pa.int32(), nullable=False),
        pa.field("part", pa.int32(), nullable=False),
        pa.field("seq", pa.int64()),
        *(pa.field(each.name, pa.int32()) for each in SCALED),
        *(pa.field(name, _WORD) for name in WORDS),
    ]
)
_MOST: Final = 2**31 - 1
_BETWEEN_FLAGS: Final = " "
_UNKNOWN: Final = -(2**63)


def table_of(told: Sequence[Told], rest: Callable[[], None] = nothing) -> pa.Table:
    """Return reports as rows, in the order of the history; ``rest`` is called after each column."""
    reports = [each.report for each in told]
    columns: dict[str, Any] = {
        "device_id": _words([each.device_id for each in reports]),
        "event_time": _times([each.event_time_s for each in reports]),
        "received_time": _times([each.received_s for each in told]),
        "journal_id": [each.journal_id for each in told],
        "place": [each.place for each in told],
        "part": [each.part for each in told],
        "seq": [_counted(each.seq) for each in reports],
    }
    for each in SCALED:
        columns[each.name] = _whole(list(map(attrgetter(each.said), reports)), each.per_unit)
        rest()
    for name in WORDS:
        columns[name] = _words(list(map(attrgetter(name), reports)))
        rest()
    return in_order(pa.table(columns, schema=SCHEMA))


def in_order(table: pa.Table) -> pa.Table:
    """Return rows in the order of the history."""
    rows = _of_one_piece(table)
    if _is_in_order(rows):
        return rows
    devices = _array(rows, "device_id")
    ranks = np.empty(len(devices.dictionary), np.int64)
    ranks[np.argsort(np.array(devices.dictionary.to_pylist(), object))] = np.arange(len(ranks))
    keys = (_numbers(rows, name) for name in reversed(KEY[1:]))
    return rows.take(pa.array(np.lexsort((*keys, ranks[np.asarray(devices.indices)]))))


def _is_in_order(rows: pa.Table) -> bool:
    """Tell whether rows are of one device and come one after another, as an answer mostly is."""
    if rows.num_rows < 2:
        return True
    devices = np.asarray(_array(rows, "device_id").indices)
    at = _numbers(rows, "event_time")
    return bool((devices == devices[0]).all() and (at[1:] > at[:-1]).all())


def joined(tables: Iterable[pa.Table]) -> pa.Table:
    """Return all rows of tables in the order of the history, each report once.

    A payload may repeat reports of an earlier one beside new ones: then the journal has it. Who counts
    says so, so the same number of the same boot at the same moment is the same report.
    """
    parts = [each for each in tables if each.num_rows]
    if not parts:
        return SCHEMA.empty_table()
    rows = in_order(pa.concat_tables(parts))
    return rows.filter(pa.array(~_repeats(rows)))


def _repeats(rows: pa.Table) -> NDArray[np.bool_]:
    said = np.zeros(rows.num_rows, bool)
    if rows.num_rows < 2:
        return said
    pieces = _of_one_piece(rows)
    same = np.ones(rows.num_rows - 1, bool)
    for name in ("event_time", "seq", "device_id", "boot_id"):
        values = _numbers(pieces, name)
        same &= values[1:] == values[:-1]
    said[1:] = same & (_numbers(pieces, "seq")[1:] != _UNKNOWN)
    return said


def _of_one_piece(table: pa.Table) -> pa.Table:
    """Return rows whose columns are an array each, with one dictionary."""
    return table.unify_dictionaries().combine_chunks()


def _array(table: pa.Table, name: str) -> Any:
    """Return a column of a table of one piece."""
    column = table.column(name)
    return column.chunk(0) if column.num_chunks else pa.array([], column.type)


def _numbers(table: pa.Table, name: str) -> NDArray[np.int64]:
    """Return a column of a table of one piece as numbers: of words their places in the dictionary."""
    array = _array(table, name)
    if isinstance(array, pa.DictionaryArray):
        array = array.indices
    found: NDArray[np.int64] = np.asarray(array.cast(pa.int64()).fill_null(_UNKNOWN))
    return found


def of_device(table: pa.Table, device_id: str, from_ms: int, until_ms: int) -> pa.Table:
    """Return the rows of one device from a moment on and before another.

    ``table`` is in the order of the history: what is asked for stands together, and nothing is copied.
    """
    rows = _of_one_piece(table)
    devices = _array(rows, "device_id")
    code = devices.dictionary.index(device_id).as_py()
    its = np.flatnonzero(np.asarray(devices.indices) == code)
    if not len(its):
        return rows.slice(0, 0)
    of_it = rows.slice(its[0], len(its))
    at = _numbers(of_it, "event_time")
    first, until = np.searchsorted(at, (from_ms, until_ms)).tolist()
    return of_it.slice(first, until - first)


def of_devices(table: pa.Table, device_ids: frozenset[str]) -> pa.Table:
    """Return the rows of some devices."""
    wanted = pa.array(sorted(device_ids), pa.string())
    return table.filter(pc.is_in(table.column("device_id").cast(pa.string()), value_set=wanted))


def in_area(
    table: pa.Table, box: tuple[float, float, float, float] | None, from_ms: int, until_ms: int
) -> pa.Table:
    """Return the rows from a moment on and before another, within a box where one is given.

    ``box`` is west, south, east, north in degrees, its edges within; it reaches over the 180th
    meridian where west is greater than east.
    """
    found = _within(table, from_ms, until_ms)
    if box is None:
        return found
    west, south, east, north = (round(each * 1e7) for each in box)
    longitude, latitude = found.column("longitude_e7"), found.column("latitude_e7")
    beyond, before = pc.greater_equal(longitude, west), pc.less_equal(longitude, east)
    across = pc.and_(beyond, before) if west <= east else pc.or_(beyond, before)
    along = pc.and_(pc.greater_equal(latitude, south), pc.less_equal(latitude, north))
    return found.filter(pc.and_(across, along))


def _within(table: pa.Table, from_ms: int, until_ms: int) -> pa.Table:
    at = table.column("event_time")
    since, until = pa.scalar(from_ms, _TIME), pa.scalar(until_ms, _TIME)
    return table.filter(pc.and_(pc.greater_equal(at, since), pc.less(at, until)))


def span_ms(table: pa.Table, name: str = "event_time") -> tuple[int, int]:
    """Return the first and the last moment of rows; of none, an empty span."""
    if not table.num_rows:
        return 0, -1
    ends = pc.min_max(table.column(name).cast(pa.int64())).as_py()
    return ends["min"], ends["max"]


def _times(values_s: Sequence[float]) -> pa.Array:
    return pa.array(np.rint(np.array(values_s) * 1000.0).astype(np.int64), pa.int64()).cast(_TIME)


def _whole(values: Sequence[float | None], per_unit: int) -> pa.Array:
    """Return numbers in a small unit; what is unknown or beyond 32 bits is null."""
    # None becomes NaN without a look at each from here.
    scaled = np.rint(np.array(values, float) * per_unit)
    unknown = ~(np.abs(scaled) <= _MOST)
    return pa.array(np.where(unknown, 0, scaled).astype(np.int32), mask=unknown)


def _counted(seq: int | None) -> int | None:
    return None if seq is None or abs(seq) >= 2**63 else seq


def _words(values: Sequence[object]) -> pa.Array:
    """Return words, each of which there is once: few are different, and only those are looked at."""
    places: dict[object, int] = {}
    found = [places.setdefault(each, len(places)) for each in values]
    words = list(map(_word, places))
    different = pa.array(words, pa.string()).dictionary_encode()
    return different.take(pa.array(found, pa.int32()))


def _word(value: object) -> str | None:
    if isinstance(value, tuple):
        return _BETWEEN_FLAGS.join(value)
    return None if value is None else str(value)
