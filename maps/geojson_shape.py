"""GeoJSON geometries as shapes of zones: strict positions, one datum, every problem listed."""

from collections.abc import Mapping
from typing import cast

import numpy as np
from numpy.typing import NDArray
from shapely import LineString, MultiPolygon, Polygon

from geofence.said import Said
from geofence.zone import Area, Circle, Corridor, Shape
from maps.datum import to_wgs84
from maps.findings import Findings, Json, is_number, shown
from telemetry.report import Datum

MAX_VERTICES = 5_000  # a ring; beyond it a fence slows every check of everybody
GEOMETRY_OF_SHAPE = {
    "area": frozenset({"Polygon", "MultiPolygon"}),
    "circle": frozenset({"Point"}),
    "corridor": frozenset({"LineString"}),
}
SHAPE_OF_GEOMETRY = {g: shape for shape, kinds in GEOMETRY_OF_SHAPE.items() for g in kinds}

Positions = NDArray[np.float64]
"""Shape (n, 2): longitude and latitude, degrees."""


def _position_problem(value: Json) -> Said | None:
    if not isinstance(value, list) or len(value) < 2 or not all(map(is_number, value)):
        return Said("found {value}, expected [longitude, latitude]", {"value": shown(value)})
    longitude, latitude = value[0], value[1]
    if -180 <= longitude <= 180 and -90 <= latitude <= 90:
        return None
    return Said(
        "found {value}, expected longitude -180 to 180 and latitude -90 to 90",
        {"value": shown(value)},
    )


def _positions(value: Json, path: str, findings: Findings, datum: Datum) -> Positions | None:
    """Read positions and bring them to WGS 84; heights in them are not used, and said so."""
    found = findings.array(value, path)
    if found is None:
        return None
    if len(found) > MAX_VERTICES:
        findings.error(
            path,
            "{count} positions, at most {most} are taken",
            count=len(found),
            most=MAX_VERTICES,
        )
        return None
    wrong = [(i, said) for i, p in enumerate(found) if (said := _position_problem(p))]
    for index, said in wrong:
        findings.error(f"{path}[{index}]", said.why, **said.filled)
    if wrong:
        return None
    positions = cast("list[list[float]]", found)
    if any(len(position) > 2 for position in positions):
        findings.warning(path, "heights of positions are ignored; the band says how high")
    pairs = np.array([position[:2] for position in positions], dtype=np.float64).reshape(-1, 2)
    return np.column_stack(to_wgs84(pairs[:, 0], pairs[:, 1], datum))


def _ring(value: Json, path: str, findings: Findings, datum: Datum) -> Positions | None:
    ring = _positions(value, path, findings, datum)
    if ring is None:
        return None
    if len(ring) < 4:
        findings.error(path, "{count} positions, a ring has at least 4", count=len(ring))
        return None
    if not np.array_equal(ring[0], ring[-1]):
        findings.error(path, "the ring is open: its last position must equal its first")
        return None
    return ring


def _polygon(value: Json, path: str, findings: Findings, datum: Datum) -> Polygon | None:
    found = findings.array(value, path)
    if found is None:
        return None
    if not found:
        findings.error(path, "no rings, expected an outer ring")
        return None
    rings = [_ring(ring, f"{path}[{i}]", findings, datum) for i, ring in enumerate(found)]
    whole = [ring for ring in rings if ring is not None]
    return Polygon(whole[0], whole[1:]) if len(whole) == len(rings) else None


def _area(geometry: Mapping[str, Json], path: str, findings: Findings, datum: Datum) -> Area | None:
    where = f"{path}.coordinates"
    if geometry["type"] == "Polygon":
        polygon = _polygon(geometry.get("coordinates"), where, findings, datum)
        return None if polygon is None else Area(polygon)
    found = findings.array(geometry.get("coordinates"), where)
    if found is None:
        return None
    if not found:
        findings.error(where, "no polygons, expected at least one")
        return None
    polygons = [_polygon(p, f"{where}[{i}]", findings, datum) for i, p in enumerate(found)]
    whole = [polygon for polygon in polygons if polygon is not None]
    return Area(MultiPolygon(whole)) if len(whole) == len(polygons) else None


def _corridor(
    geometry: Mapping[str, Json],
    properties: Mapping[str, Json],
    path: str,
    findings: Findings,
    datum: Datum,
) -> Corridor | None:
    where = f"{path}.geometry.coordinates"
    line = _positions(geometry.get("coordinates"), where, findings, datum)
    width = findings.required_number(properties, "half_width_m", f"{path}.properties", above=0.0)
    if line is not None and len(line) < 2:
        findings.error(where, "{count} positions, a line has at least 2", count=len(line))
        return None
    return None if line is None or width is None else Corridor(LineString(line), width)


def _circle(
    geometry: Mapping[str, Json],
    properties: Mapping[str, Json],
    path: str,
    findings: Findings,
    datum: Datum,
) -> Circle | None:
    where = f"{path}.geometry.coordinates"
    centre = _positions([geometry.get("coordinates")], where, findings, datum)
    radius = findings.required_number(properties, "radius_m", f"{path}.properties", above=0.0)
    if centre is None or radius is None:
        return None
    return Circle(float(centre[0, 0]), float(centre[0, 1]), radius)


def read_shape(
    value: Json, properties: Mapping[str, Json], path: str, findings: Findings, datum: Datum
) -> Shape | None:
    """Read the geometry of one feature as the shape that its properties name.

    ``path`` is the feature's. A polygon is an area, a point a circle, a line a corridor; the
    property ``shape`` may say so again and must then agree.
    """
    geometry = findings.members(value, f"{path}.geometry")
    if geometry is None:
        return None
    kind = findings.choice(geometry, "type", f"{path}.geometry", SHAPE_OF_GEOMETRY)
    if kind is None:
        return None
    shape = SHAPE_OF_GEOMETRY[kind]
    if properties.get("shape", shape) != shape:
        findings.error(
            f"{path}.properties.shape",
            "found {value}, expected {shape} for a {kind}",
            value=shown(properties["shape"]),
            shape=shape,
            kind=kind,
        )
        return None
    if shape == "area":
        return _area(geometry, f"{path}.geometry", findings, datum)
    read = _circle if shape == "circle" else _corridor
    return read(geometry, properties, path, findings, datum)
