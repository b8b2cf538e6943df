"""Zones in GeoPackages and Shapefiles are the zones that GeoJSON would say."""

import json
import zipfile
from pathlib import Path
from typing import Any

import geopandas
import pandas as pd
import pytest
from shapely.geometry import Point, box

from maps.feature_file import NotReadable, is_feature_file, read_features, write_features
from maps.findings import Weight
from maps.geojson import read_zones, write_zones

ROOT = Path(__file__).parents[2]
FAIR = {
    "zone_id": "fair-2026",
    "name": "Fair",
    "name_zh": "博览会",
    "kind": "keep_out",
    "restriction": "REQ_AUTHORIZATION",
    "domains": '["air"]',
    "exit_margin_m": 10.0,
    "upper": '{"value_m": 120, "reference": "AGL"}',
}
PLACE = box(121.47, 31.23, 121.48, 31.24)


def table(path: Path, crs: int | None = 4326, *, shape: Any = PLACE, **said: object) -> Path:
    frame = geopandas.GeoDataFrame([FAIR | said], geometry=[shape], crs=crs and 4326)
    frame = frame if crs is None else frame.to_crs(crs)
    frame.to_file(path, engine="pyogrio")
    return path


@pytest.mark.requirement("A44-3")
def test_the_whole_map_goes_into_a_geopackage_and_comes_back_as_it_was(tmp_path: Path) -> None:
    whole = read_zones((ROOT / "maps/demo/zones.geojson").read_bytes())
    path = tmp_path / "map.gpkg"
    write_features(write_zones(whole.zones), path)
    back = read_zones(read_features(path))
    assert not back.refused
    assert {zone.zone_id: zone for zone in back.zones} == {
        each.zone_id: each for each in whole.zones
    }


def test_a_row_of_a_geopackage_is_a_zone_and_its_system_says_its_datum(tmp_path: Path) -> None:
    read = read_zones(read_features(table(tmp_path / "fair.gpkg")))
    assert read.problems == ()
    (zone,) = read.zones
    assert (zone.zone_id, zone.name_zh, zone.exit_margin_m) == ("fair-2026", "博览会", 10.0)
    assert zone.volumes[0].band.upper is not None
    assert zone.volumes[0].band.upper.value_m == 120


@pytest.mark.filterwarnings("ignore:Column names longer than 10:UserWarning")
@pytest.mark.filterwarnings("ignore:Normalized/laundered field name:RuntimeWarning")
def test_the_names_that_a_shapefile_has_cut_are_known_also_in_a_zip(tmp_path: Path) -> None:
    path = table(tmp_path / "fair.shp")
    (zone,) = read_zones(read_features(path)).zones
    assert (zone.exit_margin_m, str(zone.restriction)) == (10.0, "REQ_AUTHORIZATION")
    packed = tmp_path / "fair.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for part in tmp_path.glob("fair.[!z]*"):
            archive.write(part, part.name)
    assert read_features(packed) == read_features(path)


@pytest.mark.parametrize(
    ("system", "datum"), [(4490, "CGCS2000"), (4549, "CGCS2000"), (32651, "WGS84")]
)
def test_a_projected_system_is_undone_and_its_datum_named(
    tmp_path: Path, system: int, datum: str
) -> None:
    document = json.loads(read_features(table(tmp_path / "fair.gpkg", system)))
    assert document["datum"] == datum
    corner = min(document["features"][0]["geometry"]["coordinates"][0])
    assert corner == pytest.approx([121.47, 31.23], abs=1e-9)


@pytest.mark.filterwarnings("ignore:'crs' was not provided:UserWarning")
def test_a_file_without_a_system_says_no_datum_and_is_refused_unless_somebody_does(
    tmp_path: Path,
) -> None:
    unsaid = read_features(table(tmp_path / "fair.gpkg", None))
    assert "datum" not in json.loads(unsaid)
    assert read_zones(unsaid).refused


@pytest.mark.parametrize(
    ("system", "datum"),
    [(4610, "Xian 1980"), (4214, "Beijing 1954"), (4258, "European Terrestrial")],
)
def test_another_datum_is_refused_by_its_name(tmp_path: Path, system: int, datum: str) -> None:
    frame = geopandas.GeoDataFrame([FAIR], geometry=[PLACE], crs=system)
    frame.to_file(tmp_path / "fair.gpkg", engine="pyogrio")
    with pytest.raises(
        NotReadable, match=f"its datum is {datum}.*: expected one of WGS84, CGCS2000"
    ):
        read_features(tmp_path / "fair.gpkg")


def test_several_layers_are_refused_by_their_names(tmp_path: Path) -> None:
    path = table(tmp_path / "fair.gpkg")
    frame = geopandas.GeoDataFrame([FAIR], geometry=[PLACE], crs=4326)
    frame.to_file(path, layer="another", engine="pyogrio")
    with pytest.raises(NotReadable, match="expected one layer, found another, fair"):
        read_features(path)


@pytest.mark.parametrize("name", ["fair.gpkg", "fair.shp", "fair.zip"])
def test_what_is_no_such_file_is_said_without_its_folder(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"not a database")
    with pytest.raises(NotReadable, match=r"^is no (GeoPackage|Shapefile|zip of)") as refused:
        read_features(path)
    assert str(tmp_path) not in str(refused.value)
    assert "driver" not in str(refused.value)


def test_what_is_wrong_in_a_cell_is_named_where_geojson_would_have_it(tmp_path: Path) -> None:
    path = table(tmp_path / "fair.gpkg", upper='{"value_m": 120', shape=Point(121.47, 31.23))
    told = {each.path for each in read_zones(read_features(path)).problems}
    assert "$.features[0].properties.upper" in told


def test_a_column_that_no_zone_has_is_told_also_where_it_is_a_date(tmp_path: Path) -> None:
    drawn = pd.Timestamp("2026-11-27T08:00:00")
    told = read_zones(read_features(table(tmp_path / "fair.gpkg", drawn=drawn))).problems
    assert [(each.path, each.weight) for each in told] == [
        ("$.features[0].properties.drawn", Weight.WARNING)
    ]


def test_an_ending_tells_the_format() -> None:
    told = {
        name
        for name in ("a.gpkg", "A.SHP", "a.zip", "a.geojson", "a")
        if is_feature_file(Path(name))
    }
    assert told == {"a.gpkg", "A.SHP", "a.zip"}
