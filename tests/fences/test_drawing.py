"""What is drawn simpler is never told smaller where it lets in, nor larger where it keeps out."""

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Polygon

from geofence.frame import footprint
from geofence.zone import Circle, Corridor, Volume, Zone, ZoneKind
from telemetry.fences import plan as told
from zone_service.fences.drawing import area_told, box_of, widened, zone_told

pytestmark = pytest.mark.requirement("D7-8")
PLACES = st.tuples(st.floats(121.0, 121.1), st.floats(31.0, 31.1))
METRE_DEG = 1e-5


def drawn(polygon: told.Polygon) -> Polygon:
    return Polygon(polygon.outer, polygon.holes)


@given(PLACES, st.floats(20.0, 5_000.0))
def test_where_a_device_may_be_is_told_with_few_corners_and_whole(
    place: tuple[float, float], radius_m: float
) -> None:
    circle = footprint(Volume(Circle(*place, radius_m)))
    (found,) = area_told(circle)
    assert len(found.outer) <= 150
    assert drawn(found).buffer(1e-9).covers(circle)
    far_m = max(3.0, radius_m / 100.0)
    assert shapely.hausdorff_distance(drawn(found), circle) < far_m * METRE_DEG


@given(PLACES, PLACES, st.floats(10.0, 500.0))
def test_a_corridor_to_keep_out_of_is_told_to_an_autopilot_no_wider_than_it_is(
    one: tuple[float, float], other: tuple[float, float], half_width_m: float
) -> None:
    volume = Volume(Corridor(LineString([one, (one[0] + 0.01, one[1]), other]), half_width_m))
    zone = Zone("z", ZoneKind.KEEP_OUT, "Z", (volume,))
    shapes = zone_told(zone, is_flat=True, is_lifted=False).volumes[0].shapes
    for each in shapes:
        assert isinstance(each, told.Polygon)
        assert footprint(volume).buffer(1e-6).covers(drawn(each))


@given(PLACES, st.floats(1.0, 5_000.0), st.floats(0.0, 10_000.0))
def test_a_box_has_all_of_its_zone(
    place: tuple[float, float], radius_m: float, margin_m: float
) -> None:
    zone = Zone("z", ZoneKind.KEEP_OUT, "Z", (Volume(Circle(*place, radius_m)),))
    around = shapely.box(*widened(box_of(zone), margin_m))
    assert around.covers(footprint(Volume(Circle(*place, radius_m + margin_m))))
