"""Heights from a GeoTIFF that the test makes itself."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyproj import Transformer

from maps.geotiff import SurfaceUnreadable, read_surface

CELLS = np.array([[10, 20, 30], [40, 50, -9999]], np.float32)
NORTH_WEST, CELL_DEG = (121.0, 31.3), 0.1


# rasterio 1.4 multiplies transforms in a way that affine 3 has begun to discourage.
pytestmark = pytest.mark.filterwarnings("ignore:.*matmul:PendingDeprecationWarning")


@pytest.fixture
def rasterio() -> Any:
    return pytest.importorskip("rasterio", reason="the extra terrain is not installed")


def written(rasterio: Any, path: Path, **changes: Any) -> Path:
    from rasterio.transform import from_origin

    said = {
        "driver": "GTiff",
        "height": CELLS.shape[0],
        "width": CELLS.shape[1],
        "count": 1,
        "dtype": "float32",
        "crs": "EPSG:4326",
        "transform": from_origin(*NORTH_WEST, CELL_DEG, CELL_DEG),
        "nodata": -9999.0,
    }
    units = changes.pop("units", None)
    with rasterio.open(path, "w", **said | changes) as file:
        file.write(CELLS, 1)
        if units:
            file.units = (units,)
    return path


@pytest.mark.requirement("D4d-48")
@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:4490"])
def test_a_file_knows_its_cells_and_nothing_at_nodata_or_beyond(
    rasterio: Any, tmp_path: Path, crs: str
) -> None:
    ground = read_surface(written(rasterio, tmp_path / "ground.tif", crs=crs))
    assert ground.height_m(121.05, 31.25) == pytest.approx(10.0, abs=1e-4)
    assert ground.height_m(121.15, 31.15) == pytest.approx(50.0, abs=1e-4)
    assert ground.height_m(121.25, 31.15) is None
    assert ground.height_m(121.5, 31.25) is None


def test_a_file_in_another_system_is_turned_to_longitude_and_latitude(
    rasterio: Any, tmp_path: Path
) -> None:
    from rasterio.transform import from_origin

    west_m, north_m, cell_m = 357_000.0, 3_453_000.0, 1_000.0
    corner = from_origin(west_m, north_m, cell_m, cell_m)
    ground = read_surface(
        written(rasterio, tmp_path / "utm.tif", crs="EPSG:32651", transform=corner)
    )

    def at(columns: float, rows: float) -> float | None:
        turned = Transformer.from_crs("EPSG:32651", "EPSG:4326", always_xy=True)
        return ground.height_m(
            *turned.transform(west_m + columns * cell_m, north_m - rows * cell_m)
        )

    assert at(0.5, 0.5) == pytest.approx(10.0, abs=3.0)
    assert at(1.5, 0.5) == pytest.approx(20.0, abs=3.0)
    assert at(2.5, 1.5) is None
    assert at(4.0, 0.5) is None
    assert at(-1.0, 0.5) is None


def test_what_lies_beyond_a_file_that_is_turned_is_unknown_and_not_sea_level(
    rasterio: Any, tmp_path: Path
) -> None:
    from rasterio.transform import from_origin

    path = tmp_path / "turned.tif"
    # West of the zone's middle by 2.6 degrees, north is turned by more than a degree.
    corner = from_origin(200_000.0, 3_453_000.0, 1_000.0, 1_000.0)
    said = {"driver": "GTiff", "height": 100, "width": 100, "count": 1, "dtype": "int16"}
    with rasterio.open(path, "w", **said, crs="EPSG:32651", transform=corner) as file:
        file.write(np.full((100, 100), 50, np.int16), 1)
    known = read_surface(path).cells_m
    assert np.isnan(known).any()
    assert set(known[~np.isnan(known)].tolist()) == {50.0}


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"crs": None}, "does not say where it is"), ({"units": "ft"}, "heights in ft")],
)
@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_file_that_leaves_out_where_or_what_it_is_is_refused(
    rasterio: Any, tmp_path: Path, changes: dict[str, Any], why: str
) -> None:
    with pytest.raises(SurfaceUnreadable, match=why):
        read_surface(written(rasterio, tmp_path / "odd.tif", **changes))


def test_a_file_that_is_no_map_is_refused(rasterio: Any, tmp_path: Path) -> None:
    path = tmp_path / "notes.tif"
    path.write_text("mostly flat")
    with pytest.raises(SurfaceUnreadable, match=r"notes.tif: expected a GeoTIFF"):
        read_surface(path)


def test_without_rasterio_the_error_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "rasterio", None)
    with pytest.raises(SurfaceUnreadable, match=r"test-zone-platform\[terrain\]"):
        read_surface(tmp_path / "ground.tif")
