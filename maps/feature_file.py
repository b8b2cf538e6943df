"""Zones from GeoPackage and Shapefile and back: their rows as the features that ``maps.geojson`` knows.

A row is one feature, a column one of its properties; what has members (heights, schedules, lists) stands
in a column as JSON text. The datum is that of the file's reference system, and a projected one is
undone; a system of another datum is refused: between two of them lie metres to half a kilometre, and
what shifts them exactly is not public. GeoPackage: OGC 12-128; Shapefile: its names have ten bytes.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from geofence.said import Said
from maps.findings import Problem
from maps.geojson import LIMITS, MAX_BYTES, MAX_FEATURES, PROPERTIES

DRIVERS: Final[Mapping[str, str]] = {
    ".gpkg": "GPKG",
    ".shp": "ESRI Shapefile",
    ".zip": "ESRI Shapefile",
}
"""Which of a file's endings is which format; a zip holds the files of one Shapefile."""
NO_SUCH_FILE: Final[Mapping[str, str]] = {
    ".gpkg": "is no GeoPackage, or not a whole one: expected one as a GIS saves it",
    ".shp": "is no Shapefile, or not a whole one: expected its .shx and .dbf beside it",
    ".zip": "is no zip of a Shapefile: expected its .shp, .shx and .dbf, whole",
}
"""What is said of a file that the library cannot read: its own words are about drivers."""
LAYER: Final = "zones"
NAME_BYTES: Final = 10
"""Of a column of a Shapefile: dBase III."""
DATUMS: Final[Mapping[str, str]] = {
    "World Geodetic System 1984": "WGS84",
    "World Geodetic System 1984 ensemble": "WGS84",
    "China 2000": "CGCS2000",
}
GEODETIC: Final[Mapping[str, int]] = {"WGS84": 4326, "CGCS2000": 4490}


class NotReadable(ValueError):
    """A file that holds no zones that can be read; ``problem`` says why."""

    def __init__(self, said: Said) -> None:
        self.problem = Problem("$", said)
        super().__init__(self.problem.message)


def is_feature_file(path: Path) -> bool:
    """Whether a file's ending says that it is one of these formats."""
    return path.suffix.lower() in DRIVERS


def read_features(path: Path) -> bytes:
    """Return the rows of a file as a GeoJSON ``FeatureCollection``, as yet unchecked.

    Where the file names its reference system, the collection says the datum; else it says none, and
    whoever imports it must know it.

    Raises:
        NotReadable: no such format, several layers, too much, or a datum that cannot be told.
    """
    import geopandas
    import pyogrio.errors

    if path.stat().st_size > MAX_BYTES:
        raise NotReadable(Said("larger than {most} bytes", {"most": MAX_BYTES}))
    try:
        layers = [str(name) for name, _ in pyogrio.list_layers(path)]
        _require_one(layers)
        frame = geopandas.read_file(path, engine="pyogrio", rows=MAX_FEATURES + 1)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError):
        raise NotReadable(Said(NO_SUCH_FILE[path.suffix.lower()])) from None
    if not isinstance(frame, geopandas.GeoDataFrame):
        raise NotReadable(Said("the layer {layer} has no geometries", {"layer": layers[0]}))
    datum = None if frame.crs is None else _datum(frame.crs)
    if datum is not None:
        frame = frame.to_crs(GEODETIC[datum])
    said = {} if datum is None else {"datum": datum}
    features = list(_features(json.loads(frame.to_json(drop_id=True, default=str))["features"]))
    document = {"type": "FeatureCollection", **said, "features": features}
    return json.dumps(document, ensure_ascii=False).encode()


def write_features(document: Mapping[str, Any], path: Path) -> None:
    """Write a ``FeatureCollection`` of zones in WGS 84 as a GeoPackage, one row a volume.

    ``read_features`` reads it back. A Shapefile is not written: its names and texts are too short for
    what a zone says.
    """
    import geopandas

    rows = [
        {**each, "properties": {name: _cell(of) for name, of in each["properties"].items()}}
        for each in document["features"]
    ]
    frame = geopandas.GeoDataFrame.from_features(rows, crs=GEODETIC["WGS84"])
    frame.to_file(path, driver="GPKG", layer=LAYER, engine="pyogrio")


def _require_one(layers: list[str]) -> None:
    if len(layers) != 1:
        found = ", ".join(sorted(layers)) or "none"
        raise NotReadable(Said("expected one layer, found {found}", {"found": found}))


def _datum(system: Any) -> str:
    """Return the datum of a reference system; pyproj knows it by name, whatever the projection."""
    name = system.geodetic_crs.datum.name
    datum = DATUMS.get(name)
    if datum is None:
        filled = {"found": name, "choice": ", ".join(GEODETIC)}
        raise NotReadable(Said("its datum is {found}: expected one of {choice}", filled))
    return datum


def _features(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        said = {_name(name): _value(name, found) for name, found in row["properties"].items()}
        kept = {name: found for name, found in said.items() if found is not None}
        yield {"type": "Feature", "geometry": row["geometry"], "properties": kept}


def _name(column: str) -> str:
    """Return the property that a column is: a Shapefile has cut its name."""
    if column in PROPERTIES:
        return column
    cut = [each for each in PROPERTIES if each[:NAME_BYTES] == column]
    return cut[0] if len(cut) == 1 else column


def _value(column: str, found: object) -> object:
    """Return what a cell says: a table has no other way to leave out, and none to nest."""
    if found is None or (isinstance(found, float) and math.isnan(found)) or found == "":
        return None
    nested = _name(column) in LIMITS and isinstance(found, str) and found[:1] in "[{"
    return _parsed(str(found)) if nested else found


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text  # the reader says what it expected in its place


def _cell(value: object) -> object:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value
