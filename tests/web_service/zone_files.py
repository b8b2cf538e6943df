"""Zones as clients of the API write them."""

from typing import Any

from tests import mapped
from tests.web_service.site import Site


def square(zone_id: str = "area-1", west: float = 121.0, **said: Any) -> dict[str, Any]:
    ring = [[west, 31.0], [west + 0.1, 31.0], [west + 0.1, 31.1], [west, 31.1], [west, 31.0]]
    properties = {"zone_id": zone_id, "name": zone_id, "kind": "keep_in", "shape": "area"}
    return {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": properties | said,
    }


def collection(*features: Any, datum: str | None = "WGS84") -> dict[str, Any]:
    said = {"type": "FeatureCollection", "features": list(features)}
    return said if datum is None else said | {"datum": datum}


def zone_ids(site: Site) -> list[str]:
    """The zones on the map, but for those that were there from the first."""
    features = site.as_("paul").get("/api/zones").json()["features"]
    found = [each["properties"]["zone_id"] for each in features]
    return [each for each in found if each not in mapped.IDS]
