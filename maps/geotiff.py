"""A surface from a GeoTIFF: terrain or geoid, in metres.

Needs rasterio, which is the extra ``terrain``: it brings GDAL, which not everybody wants.
"""

from pathlib import Path
from typing import Any

import numpy as np

from maps.surface import Raster

MOST_CELLS = 100_000_000
"""400 MB: a city at 5 m needs a tenth of it."""
WGS84 = "EPSG:4326"
AS_GOOD_AS_WGS84 = {4326, 4490}
METRES = {None, "", "m", "metre", "meter", "metres", "meters"}


class SurfaceUnreadable(ValueError):
    """A file of heights that cannot be used; the message says which, why, and what was expected."""


def read_surface(path: Path) -> Raster:
    """Return the first band of a GeoTIFF, turned to WGS 84 where it is in another system.

    Raises:
        SurfaceUnreadable: rasterio is not installed, or the file is not a map of heights.
    """
    try:
        import rasterio
        from rasterio.errors import RasterioError
    except ImportError:
        msg = f"{path}: expected rasterio to read it: pip install 'test-zone-platform[terrain]'"
        raise SurfaceUnreadable(msg) from None
    try:
        with rasterio.open(path) as file:
            return _raster(path, file)
    except RasterioError as error:
        msg = f"{path}: expected a GeoTIFF: {error}"
        raise SurfaceUnreadable(msg) from error


def _raster(path: Path, file: Any) -> Raster:
    if file.crs is None:
        msg = f"{path} does not say where it is: expected a coordinate system such as {WGS84}"
        raise SurfaceUnreadable(msg)
    if file.units[0] not in METRES:
        msg = f"{path} has heights in {file.units[0]}: expected metres"
        raise SurfaceUnreadable(msg)
    upright = file.transform.b == file.transform.d == 0.0 and file.transform.a > 0.0
    if file.crs.to_epsg() in AS_GOOD_AS_WGS84 and upright and file.transform.e < 0.0:
        return _cells(path, file)
    from rasterio.enums import Resampling
    from rasterio.vrt import WarpedVRT

    how = {"crs": WGS84, "resampling": Resampling.bilinear, "dtype": "float32"}
    with WarpedVRT(file, **how, src_nodata=file.nodata, nodata=float("nan")) as turned:
        return _cells(path, turned)


def _cells(path: Path, file: Any) -> Raster:
    if file.width * file.height > MOST_CELLS:
        msg = f"{path} has {file.width} × {file.height} cells: expected at most {MOST_CELLS}"
        raise SurfaceUnreadable(msg)
    read = file.read(1, masked=True).astype(np.float32).filled(np.nan)
    cells_m = read * np.float32(file.scales[0]) + np.float32(file.offsets[0])
    cells_m[~np.isfinite(cells_m)] = np.nan
    if np.isnan(cells_m).all():
        msg = f"{path} knows no height at all"
        raise SurfaceUnreadable(msg)
    cells_m.flags.writeable = False
    at = file.transform
    return Raster(at.c, at.f, (at.a, -at.e), cells_m)
