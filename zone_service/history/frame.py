"""The history as a geopandas frame, for analysis: in memory and as GeoParquet."""

from io import BytesIO
from typing import TYPE_CHECKING, Final

import geopandas
import numpy as np
import pyarrow as pa

from zone_service.history.table import SCALED, WORDS

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

WGS84: Final = "EPSG:4326"


def frame(table: pa.Table) -> "GeoDataFrame":
    """Return rows as points in WGS 84, in the units of the platform's own JSON.

    ``event_time`` and ``received_time`` are aware, in UTC. Where no position was told the geometry is
    missing. Sorted by device and event time.
    """
    data = table.select(
        ["device_id", "event_time", "received_time", "journal_id", "place", "part", "seq"]
    ).to_pandas(use_threads=False, types_mapper=_whole)
    placed: dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]] = {}
    for each in SCALED:
        said = table.column(each.name).cast(pa.float64()).to_numpy() / each.per_unit
        if each.said in {"longitude_deg", "latitude_deg"}:
            placed[each.said] = said
        else:
            data[each.said] = said
    for name in WORDS:
        data[name] = table.column(name).cast(pa.string()).to_pandas()
    data["device_id"] = table.column("device_id").cast(pa.string()).to_pandas()
    points = geopandas.points_from_xy(placed["longitude_deg"], placed["latitude_deg"])
    points[np.isnan(placed["longitude_deg"])] = None
    return geopandas.GeoDataFrame(data, geometry=points, crs=WGS84)


def trajectories(table: pa.Table) -> "GeoDataFrame":
    """Return rows as ``movingpandas.TrajectoryCollection(…, traj_id_col="device_id")`` takes them.

    Points in WGS 84 by their event time, which is the index, in UTC and without an offset; what told no
    position is not among them. movingpandas itself is not needed for it.
    """
    found = frame(table)
    found = found[found.geometry.notna()]
    return found.set_index(found["event_time"].dt.tz_localize(None).rename("t"))


def geoparquet(table: pa.Table) -> bytes:
    """Return rows as a file of GeoParquet 1.1, with the box of each row."""
    sink = BytesIO()
    frame(table).to_parquet(
        sink, index=False, compression="zstd", schema_version="1.1.0", write_covering_bbox=True
    )
    return sink.getvalue()


def _whole(kind: pa.DataType) -> object:
    """Keep whole numbers whole where some are unknown."""
    import pandas as pd

    return pd.Int64Dtype() if kind == pa.int64() else None
