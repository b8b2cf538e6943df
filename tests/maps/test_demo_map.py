import json
import time
from importlib.resources import files

import numpy as np
import pytest
import shapely

from geofence.validity import problems
from geofence.zone import Area, Circle, Corridor, HeightReference, Shape, ZoneKind
from maps.demo_map import BOUNDS, airports, backdrop, demo_zones
from maps.demo_places import circle_of, line_of
from maps.geojson import read_zones, write_zones

ZONES = {zone.zone_id: zone for zone in demo_zones()}


def bounds(shape: Shape) -> tuple[float, float, float, float]:
    match shape:
        case Area(geometry=geometry):
            return geometry.bounds
        case Corridor(line=line):
            return line.bounds
        case Circle(longitude_deg=lon, latitude_deg=lat, radius_m=radius_m):
            d_lon, d_lat = radius_m / 95_000, radius_m / 110_800
            return lon - d_lon, lat - d_lat, lon + d_lon, lat + d_lat


@pytest.mark.parametrize("zone_id", ZONES)
def test_every_zone_of_the_demo_could_be_published(zone_id: str) -> None:
    assert problems(ZONES[zone_id]) == ()


@pytest.mark.parametrize("zone_id", ZONES)
def test_no_zone_of_the_demo_claims_legal_effect_or_hides_where_it_is_from(zone_id: str) -> None:
    zone = ZONES[zone_id]
    assert not zone.legal_effect
    assert zone.source
    assert zone.accuracy
    assert zone.name
    assert zone.name_zh
    assert zone.category


@pytest.mark.parametrize("zone_id", ZONES)
def test_every_zone_of_the_demo_lies_in_shanghai(zone_id: str) -> None:
    for volume in ZONES[zone_id].volumes:
        west, south, east, north = bounds(volume.shape)
        assert BOUNDS[0] <= west < east <= BOUNDS[2]
        assert BOUNDS[1] <= south < north <= BOUNDS[3]


def test_places_of_the_demo_are_told_in_plain_geometry() -> None:
    route, park = ZONES["air-route-wujiaochang"], ZONES["air-lingang-a"]
    assert isinstance(route.volumes[0].shape, Corridor)
    assert line_of("air-route-wujiaochang") == route.volumes[0].shape.line
    assert Circle(*circle_of("air-lingang-a")) == park.volumes[0].shape


@pytest.mark.parametrize(
    ("zone_id", "said"),
    [("air-lingang-a", "is no corridor"), ("nowhere", "no zone nowhere")],
)
def test_a_place_of_the_demo_that_there_is_not_is_refused_by_name(zone_id: str, said: str) -> None:
    with pytest.raises(LookupError, match=said):
        line_of(zone_id)


def test_ids_are_unique() -> None:
    assert len(ZONES) == len(demo_zones())


@pytest.mark.requirement("A44-1")
def test_the_zones_that_the_demonstration_names_are_there() -> None:
    assert ZONES.keys() >= {
        *("seg-lingang-huanhu1", "seg-lingang-lianggang", "area-lingang", "area-jiading"),
        *("area-jinqiao", "area-fengxian", "speed-huanhu1", "air-lingang-a", "air-lingang-b"),
        *("air-jinshan", "air-qingpu", "apt-zspd-inner", "apt-zspd-conical", "apt-zsss-inner"),
        *(
            "ldg-lingang-1",
            "ldg-jinshan-1",
            "ldg-gaodong",
            "water-dishui",
            "channel-huangpu-wusong",
            "bridge-donghai",
        ),
        *("expressway-s2-hulu", "navaid-pud"),
    }


@pytest.mark.requirement("A43-4")
def test_test_roads_of_every_class_are_there() -> None:
    roads = [zone for zone in ZONES.values() if zone.category.startswith("test_road")]
    assert len(roads) >= 12
    assert {zone.category for zone in roads} == {
        *("test_road_urban", "test_road_arterial", "test_road_rural", "test_road_freight"),
        *("test_road_expressway", "test_road_bridge"),
    }


def test_the_demo_map_is_there_in_well_under_two_seconds() -> None:
    demo_zones.cache_clear()
    start = time.perf_counter()
    demo_zones()
    assert time.perf_counter() - start < 2.0


def test_the_demo_map_survives_being_written_and_read() -> None:
    found = read_zones(json.dumps(write_zones(demo_zones())))
    assert found.problems == ()
    assert found.zones == demo_zones()


def floors(zone_id: str, longitude: float, latitude: float) -> list[float | None]:
    """The floors of the volumes of a zone over a place; ``None`` is the ground."""
    found = []
    for volume in ZONES[zone_id].volumes:
        assert isinstance(volume.shape, Area)
        if shapely.intersects_xy(volume.shape.geometry, longitude, latitude):
            lower = volume.band.lower
            assert lower is None or lower.reference is HeightReference.AMSL
            found.append(None if lower is None else lower.value_m)
    return found


def test_an_airport_is_closed_from_the_ground_on_its_runways_and_higher_further_out() -> None:
    on_runway = (121.7925, 31.1441)  # the middle of 17L/35R
    assert None in floors("apt-zspd-strip", *on_runway)
    assert floors("apt-zspd-inner", *on_runway) == [48.96]  # 13 ft and 45 m
    west_of_it = (121.755, 31.140)
    assert floors("apt-zspd-strip", *west_of_it) == []
    assert floors("apt-zspd-inner", *west_of_it) == [48.96]
    assert floors("apt-zspd-conical", *west_of_it) == []
    assert floors("apt-zspd-conical", 121.7305, 31.140) == [108.96]  # 5.3 km off


def test_conical_floors_are_never_above_the_slope_and_less_than_a_step_below_it() -> None:
    metres_per_degree = 111_320.0 * np.cos(np.radians(31.15))
    west_edge = min(x for x, _ in shapely.get_coordinates(shape_of("apt-zspd-inner")))
    for out_m in (10.0, 390.0, 410.0, 1_150.0, 1_990.0):
        slope_m = 48.96 + out_m * 0.05
        (floor_m,) = floors("apt-zspd-conical", west_edge - out_m / metres_per_degree, 31.1545)
        assert floor_m is not None
        assert slope_m - 20.5 <= floor_m <= slope_m + 0.5


def shape_of(zone_id: str) -> shapely.Polygon | shapely.MultiPolygon:
    shape = ZONES[zone_id].volumes[0].shape
    assert isinstance(shape, Area)
    return shape.geometry


def test_surfaces_have_the_size_of_four_kilometre_stadiums() -> None:
    square_degree_m2 = 111_190 * np.cos(np.radians(31.15)) * 110_870
    assert shape_of("apt-zspd-inner").area * square_degree_m2 == pytest.approx(121e6, rel=0.01)


def test_approach_surfaces_rise_to_150_m_and_reach_15_km() -> None:
    volumes = ZONES["apt-zspd-approach"].volumes
    assert volumes[-1].band.lower is not None
    assert volumes[-1].band.lower.value_m == pytest.approx(3.96 + 150.0)
    south = min(bounds(volume.shape)[1] for volume in volumes)
    assert (31.1257 - south) * 110.86 == pytest.approx(15.1, abs=0.2)  # heading 162 degrees


def test_airport_surfaces_concern_aircraft_alone() -> None:
    for zone_id, zone in ZONES.items():
        if zone_id.startswith("apt-"):
            assert zone.kind is ZoneKind.KEEP_OUT
            assert zone.domains == {"air"}


def test_a_runway_whose_listed_ends_are_too_close_is_moved_to_its_length() -> None:
    hongqiao = airports()[1]
    (west,) = (runway for runway in hongqiao.runways if runway.name == "18R/36L")
    (x1, y1), (x2, y2) = west.ends
    assert np.hypot((x2 - x1) * 95_300, (y2 - y1) * 110_870) == pytest.approx(3300, abs=5)


def test_the_backdrop_is_small_and_says_that_it_is_schematic() -> None:
    assert len(files("maps").joinpath("demo/backdrop.geojson").read_bytes()) < 100_000
    said = backdrop()
    assert "示意图" in str(said["attribution"])
    assert "schematic" in str(said["attribution"])


def test_the_backdrop_is_valid_geometry_and_has_land_under_both_airports() -> None:
    features = backdrop()["features"]
    assert isinstance(features, list)
    shapes = [(f["properties"]["kind"], shapely.geometry.shape(f["geometry"])) for f in features]
    assert all(geometry.is_valid for _, geometry in shapes)
    land = [geometry for kind, geometry in shapes if kind == "land"]
    for airport in airports():
        for runway in airport.runways:
            assert any(area.contains(shapely.LineString(runway.ends)) for area in land)
