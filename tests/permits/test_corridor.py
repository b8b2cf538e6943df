"""The corridor that a permit has of its own."""

import json
from typing import Any

import pytest

from permits.corridor import Height, OwnCorridor, corridor_from_json, corridor_to_json

ROUTE = ((121.9, 30.9), (121.95, 30.9), (121.95, 30.95))
CORRIDOR = OwnCorridor(ROUTE, 25.0, Height(30.0, "AGL"), Height(120.0, "AMSL"))
SAID: dict[str, Any] = {
    "line": {"type": "LineString", "coordinates": [list(place) for place in ROUTE]},
    "half_width_m": 25.0,
    "lower": {"value_m": 30.0, "reference": "AGL"},
    "upper": {"value_m": 120.0, "reference": "AMSL"},
}


@pytest.mark.requirement("D4d-52")
def test_a_corridor_is_a_line_of_geojson_with_its_width_and_heights() -> None:
    assert corridor_to_json(CORRIDOR) == SAID
    assert corridor_from_json(json.loads(json.dumps(SAID))) == CORRIDOR


def test_heights_need_not_be_said() -> None:
    bare = {key: SAID[key] for key in ("line", "half_width_m")}
    assert corridor_from_json(bare) == OwnCorridor(ROUTE, 25.0)
    assert corridor_from_json(corridor_to_json(OwnCorridor(ROUTE, 25.0))).upper is None


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"half_width_m": 0}, "half_width_m 0.0"),
        ({"half_width_m": float("inf")}, "half_width_m inf"),
        ({"half_width_m": "25"}, "half_width_m is '25'"),
        ({"half_width_m": None}, "half_width_m is None"),
        ({"line": None}, "line is None"),
        ({"line": {"type": "Point", "coordinates": [1, 2]}}, "'Point'"),
        ({"line": {"type": "LineString", "coordinates": [[1, 2]]}}, "a line of 1 places"),
        ({"line": {"type": "LineString", "coordinates": [[1, 2], [1, 2]]}}, "stays at [1.0, 2.0]"),
        ({"line": {"type": "LineString", "coordinates": [[1, 2, 3], [1, 3]]}}, "line[0] is"),
        (
            {"line": {"type": "LineString", "coordinates": [[121.9, 30.9], [30.9, 121.9]]}},
            "line[1] is [30.9, 121.9]: expected a longitude of -180 to 180 and then a latitude",
        ),
        (
            {"line": {"type": "LineString", "coordinates": [[float("nan"), 30.9], [1, 2]]}},
            "line[0] is [nan, 30.9]",
        ),
        ({"upper": {"value_m": 120, "reference": "QNH"}}, "height 120.0 QNH"),
        ({"upper": 120}, "upper is 120"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_no_corridor_is_refused_with_what_was_found(
    changes: dict[str, Any], named: str
) -> None:
    with pytest.raises(ValueError, match="corridor") as refused:
        corridor_from_json(SAID | changes)
    assert named in str(refused.value)
