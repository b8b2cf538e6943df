"""How exactly somebody is told where a device was: as it came, by decimals, or by the middle of a cell.

A cell is nowhere narrower than the grid: its sides are degrees that are at least so many metres at the
end of its band where degrees are shortest. Cells tile the earth, so the same place is always in the same one.
"""

import math
from dataclasses import replace
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from permits.precision_rules import Coarse
from zone_service.history.asked import Window
from zone_service.history.given import Precision

E7: Final = 10_000_000
LATITUDE_M: Final = 110_574.0
"""A degree of latitude where it is shortest: at the equator of WGS 84."""
LONGITUDE_M: Final = 111_319.0
"""A degree of longitude at the equator, rounded down; elsewhere, times the cosine, it is at least that."""
Numbers = NDArray[np.int64]


def coarsened(table: pa.Table, precision: Precision, rules: Coarse) -> pa.Table:
    """Return rows with their positions as exact as they may be told; what is unknown stays so."""
    match precision:
        case Precision.EXACT:
            return table
        case Precision.DEPARTMENT:
            unit = round(E7 / 10**rules.department_decimals)
            return _placed(table, *(_rounded(each, unit) for each in _places(table)))
        case Precision.PUBLIC:
            blurred = _placed(table, *_middles(*_places(table), rules.public_grid_m))
            # How exact the fix was says nothing any more of how exact this is.
            at = blurred.schema.get_field_index("horizontal_accuracy_cm")
            field = blurred.schema.field(at)
            return blurred.set_column(at, field, pa.nulls(len(blurred), field.type))


def widened(asked: Window, precision: Precision, rules: Coarse) -> Window:
    """Return a window whose box has all that may be told as within the box that is asked for.

    What is asked for is then chosen by what is told: else one box after another would find where it was.
    """
    if asked.box is None or precision is Precision.EXACT:
        return asked
    west, south, east, north = asked.box
    side_m = rules.public_grid_m if precision is Precision.PUBLIC else 0.0
    along = side_m / LATITUDE_M + 10.0**-rules.department_decimals
    south, north = max(-90.0, south - along), min(90.0, north + along)
    across = _width_deg(max(abs(south), abs(north)) + along, side_m) + along
    if (east - west) % 360.0 + 2 * across >= 360.0 or east - west >= 360.0:
        return replace(asked, box=(-180.0, south, 180.0, north))
    return replace(asked, box=(_turned(west - across), south, _turned(east + across), north))


def _turned(longitude_deg: float) -> float:
    return (longitude_deg + 180.0) % 360.0 - 180.0


def _width_deg(latitude_deg: float, side_m: float) -> float:
    """Return how wide a cell may be that reaches to a latitude; at a pole it goes around."""
    shortest_m = LONGITUDE_M * math.cos(math.radians(min(latitude_deg, 90.0)))
    return 360.0 if shortest_m * 360.0 <= 2 * side_m else 2 * side_m / shortest_m


def _places(table: pa.Table) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    return table.column("longitude_e7"), table.column("latitude_e7")


def _placed(table: pa.Table, longitude: pa.Array, latitude: pa.Array) -> pa.Table:
    for name, values in (("longitude_e7", longitude), ("latitude_e7", latitude)):
        at = table.schema.get_field_index(name)
        table = table.set_column(at, table.schema.field(at), values)
    return table


def _rounded(column: pa.ChunkedArray, unit: int) -> pa.Array:
    values, unknown = _numbers(column)
    return _column(np.rint(values / unit) * unit, unknown)


def _middles(
    longitude: pa.ChunkedArray, latitude: pa.ChunkedArray, side_m: float
) -> tuple[pa.Array, pa.Array]:
    along, unknown = _numbers(latitude)
    across, _ = _numbers(longitude)
    bands = math.floor(180.0 * LATITUDE_M / side_m)
    height = 180.0 / bands
    band = np.minimum(np.floor((along / E7 + 90.0) / height), bands - 1)
    # The edge that is further from the equator, where a degree of longitude is shortest.
    edge_deg = np.maximum(np.abs(band * height - 90.0), np.abs((band + 1) * height - 90.0))
    shortest_m = LONGITUDE_M * np.cos(np.radians(np.minimum(edge_deg, 90.0)))
    cells = np.maximum(1.0, np.floor(360.0 * shortest_m / side_m))
    width = 360.0 / cells
    cell = np.minimum(np.floor((across / E7 + 180.0) / width), cells - 1)
    middle = (cell + 0.5) * width - 180.0, (band + 0.5) * height - 90.0
    return _column(np.rint(middle[0] * E7), unknown), _column(np.rint(middle[1] * E7), unknown)


def _numbers(column: pa.ChunkedArray) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return whole numbers as such, and which are unknown."""
    unknown = np.asarray(column.is_null())
    return np.asarray(column.fill_null(0)).astype(float), unknown


def _column(values: NDArray[np.float64], unknown: NDArray[np.bool_]) -> pa.Array:
    return pa.array(np.where(unknown, 0, values).astype(np.int32), mask=unknown)
