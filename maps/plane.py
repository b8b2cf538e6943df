"""A metric plane around a place: metres east and north of it, true along every ray."""

from collections.abc import Iterable

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from shapely import MultiPolygon, Polygon


class Plane:
    """Azimuthal equidistant about one WGS 84 position; good to 1 m within 50 km of it."""

    def __init__(self, longitude_deg: float, latitude_deg: float) -> None:
        centre = f"+lat_0={latitude_deg!r} +lon_0={longitude_deg!r}"
        self._to_plane = Transformer.from_pipeline(
            "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad "
            f"+step +proj=aeqd {centre} +ellps=WGS84"
        )

    def metres(self, positions: Iterable[tuple[float, float]]) -> NDArray[np.float64]:
        """Return (n, 2) metres east and north of (longitude, latitude) degrees."""
        pairs = np.asarray(list(positions), dtype=np.float64)
        return np.column_stack(self._to_plane.transform(pairs[:, 0], pairs[:, 1]))

    def degrees(self, area: Polygon | MultiPolygon) -> Polygon | MultiPolygon:
        """Return an area in metres as longitude and latitude, to 1e-7 degrees (1 cm)."""
        return shapely.transform(area, self._back)

    def _back(self, metres: NDArray[np.float64]) -> NDArray[np.float64]:
        lon, lat = self._to_plane.transform(metres[:, 0], metres[:, 1], direction="INVERSE")
        return np.round(np.column_stack((lon, lat)), 7)
