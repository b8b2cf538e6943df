"""The demonstration map of Shanghai: schematic, drawn from public descriptions, without effect.

Zones drawn by hand lie in ``demo/zones.geojson``. The surfaces of the two airports are computed
from ``airportsdata`` (reference point, elevation) and the runways in ``demo/runways.csv``, the
radio keep-outs from ``demo/navaids.csv``. Nothing here is a legal boundary.
"""

import csv
import json
import sys
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import TypedDict, cast

import airportsdata
import numpy as np

from geofence.zone import Circle, Volume, Zone, ZoneKind
from maps.airport import Airport, Place, Runway, airport_zones
from maps.geojson import read_zones, write_zones
from maps.plane import Plane
from maps.surface_file import surface_file

BOUNDS = (120.85, 30.50, 122.30, 31.95)
"""West, south, east, north of everything on the map, degrees."""
RUNWAY_CLASS = "code-4-precision-1"
"""Of every runway on the map."""
AIRPORTS = {"ZSPD": "浦东国际机场", "ZSSS": "虹桥国际机场"}
METRES_PER_FOOT = 0.3048
NAVAID_RADIUS_M = 500.0
DATA_SOURCE = "OurAirports (public domain), positions to about 10 m"


class AirportRow(TypedDict):
    """What is used of a row of ``airportsdata``."""

    name: str
    lon: float
    lat: float
    elevation: float


def _text(name: str) -> str:
    return files("maps").joinpath("demo", name).read_text(encoding="utf-8")


def _rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(_text(name).splitlines()))


def drawn_zones() -> tuple[Zone, ...]:
    """Return the zones drawn by hand. Raises ``ValueError`` if the file has any problem."""
    found = read_zones(_text("zones.geojson"))
    if found.problems:
        message = "; ".join(f"{problem.path}: {problem.message}" for problem in found.problems)
        raise ValueError(message)
    return found.zones


def _ends(row: dict[str, str]) -> tuple[Place, Place]:
    """Return a runway's ends, moved apart evenly where they lie closer than its length."""
    first, last = (
        (float(row[f"longitude_{end}_deg"]), float(row[f"latitude_{end}_deg"])) for end in (1, 2)
    )
    listed_m = float(np.hypot(*Plane(*first).metres([last])[0]))
    missing = max(0.0, float(row["length_m"]) / listed_m - 1.0) / 2.0
    away = np.subtract(last, first) * missing
    return _place(np.array(first) - away), _place(np.array(last) + away)


def _place(pair: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Place:
    return float(pair[0]), float(pair[1])


def airports() -> tuple[Airport, ...]:
    """Return the two airports as their surfaces are drawn from."""
    table = cast("dict[str, AirportRow]", airportsdata.load("ICAO"))
    runways = _rows("runways.csv")
    return tuple(
        Airport(
            icao=icao,
            name=table[icao]["name"],
            name_zh=name_zh,
            reference_point=(table[icao]["lon"], table[icao]["lat"]),
            elevation_m=round(table[icao]["elevation"] * METRES_PER_FOOT, 2),
            runways=tuple(
                Runway(row["runway"], _ends(row)) for row in runways if row["icao"] == icao
            ),
            source=f"reference point: airportsdata; runways: {DATA_SOURCE}",
        )
        for icao, name_zh in AIRPORTS.items()
    )


def navaid_zones() -> Iterator[Zone]:
    """Yield a keep-out around each VOR/DME station, for aircraft at any height."""
    for row in _rows("navaids.csv"):
        ident = row["ident"]
        centre = Circle(float(row["longitude_deg"]), float(row["latitude_deg"]), NAVAID_RADIUS_M)
        yield Zone(
            zone_id=f"navaid-{ident.lower()}",
            kind=ZoneKind.KEEP_OUT,
            name=f"{ident} VOR/DME",
            name_zh=f"{ident}导航台",
            volumes=(Volume(centre),),
            domains=frozenset({"air"}),
            category="radio_navaid",
            source=f"{DATA_SOURCE}; radius assumed",
            accuracy="about 10 m",
        )


@cache
def demo_zones() -> tuple[Zone, ...]:
    """Return every zone of the demonstration map; none has legal effect."""
    figures = surface_file().figures(RUNWAY_CLASS)
    surfaces = [zone for airport in airports() for zone in airport_zones(airport, figures)]
    return (*drawn_zones(), *surfaces, *navaid_zones())


def backdrop() -> dict[str, object]:
    """Return the schematic backdrop of the page: GeoJSON, WGS 84, not for navigation."""
    return cast("dict[str, object]", json.loads(_text("backdrop.geojson")))


def main() -> None:
    """Write the whole map to standard output as GeoJSON."""
    json.dump(write_zones(demo_zones()), sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
