import json
from datetime import date, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Polygon

from geofence.zone import (
    Area,
    Around,
    Circle,
    Corridor,
    HeightBand,
    HeightLimit,
    HeightReference,
    Restriction,
    Schedule,
    Shape,
    SunEvent,
    SunTime,
    Volume,
    Window,
    Zone,
    ZoneKind,
)
from maps.findings import Weight
from maps.geojson import LONGEST, Import, read_zone, read_zones, write_zones
from telemetry.report import Datum

SQUARE = [[[121.4, 31.2], [121.5, 31.2], [121.5, 31.3], [121.4, 31.3], [121.4, 31.2]]]


def feature(geometry: Any = None, **properties: Any) -> dict[str, Any]:
    said = {"zone_id": "z1", "name": "one", "kind": "keep_out"} | properties
    return {
        "type": "Feature",
        "geometry": geometry or {"type": "Polygon", "coordinates": SQUARE},
        "properties": {name: value for name, value in said.items() if value is not ...},
    }


def collection(*features: Any, **members: Any) -> str:
    said = {"type": "FeatureCollection", "datum": "WGS84", "features": list(features)} | members
    return json.dumps({name: value for name, value in said.items() if value is not ...})


def read(*features: Any, **members: Any) -> Import:
    return read_zones(collection(*features, **members))


@pytest.mark.parametrize(("name", "longest"), LONGEST.items())
def test_a_text_that_could_not_be_kept_is_refused_with_its_place(name: str, longest: int) -> None:
    assert read(feature(**{name: "x" * longest})).problems == ()
    (problem,) = read(feature(**{name: "x" * (longest + 1)})).problems
    assert problem.path == f"$.features[0].properties.{name}"
    assert f"expected at most {longest} characters" in problem.message


def complaints(found: Import) -> list[tuple[str, str]]:
    return [(problem.path, problem.message) for problem in found.problems]


def test_a_polygon_becomes_an_area() -> None:
    found = read(feature(name_zh="一", category="airport", source="s", accuracy="1 m"))
    assert found == Import(
        (
            Zone(
                zone_id="z1",
                kind=ZoneKind.KEEP_OUT,
                name="one",
                name_zh="一",
                volumes=(Volume(Area(Polygon(SQUARE[0]))),),
                category="airport",
                source="s",
                accuracy="1 m",
            ),
        ),
        (),
    )


def test_a_zone_says_how_far_outside_a_device_must_be_to_have_left_it() -> None:
    (zone,) = read(feature(exit_margin_m=12.5)).zones
    assert zone.exit_margin_m == 12.5
    (same,) = write_zones([zone])["features"]
    assert same["properties"]["exit_margin_m"] == 12.5


@pytest.mark.parametrize("margin_m", [-1, 1000.5, 1e300])
def test_a_margin_out_of_bounds_is_refused_with_its_place(margin_m: float) -> None:
    (complaint,) = complaints(read(feature(exit_margin_m=margin_m)))
    assert complaint == (
        "$.features[0].properties.exit_margin_m",
        f"found {margin_m:g}, expected 0 to 1000 metres",
    )


def test_a_feature_alone_is_one_zone_where_one_is_asked_for() -> None:
    alone = feature() | {"datum": "WGS84"}
    assert read_zone(json.dumps(alone)) == read_zone(collection(feature())) == read(feature())
    assert complaints(read_zones(json.dumps(alone))) == [
        ("$.type", 'found "Feature", expected one of FeatureCollection')
    ]


def test_what_is_wrong_with_a_feature_alone_is_told_by_its_own_paths() -> None:
    wrong = feature({"type": "Point", "coordinates": [121.4, 91.0]}, radius_m=5, kind="maybe")
    assert [path for path, _ in complaints(read_zone(json.dumps(wrong | {"datum": "WGS84"})))] == [
        "$.geometry.coordinates[0]",
        "$.properties.kind",
    ]
    assert [path for path, _ in complaints(read_zone(json.dumps(feature())))] == ["$.datum"]


@pytest.mark.parametrize(
    ("said", "restriction"),
    [
        (..., Restriction.PROHIBITED),
        ("PROHIBITED", Restriction.PROHIBITED),
        ("REQ_AUTHORIZATION", Restriction.REQ_AUTHORIZATION),
        ("REQ_AUTHORISATION", Restriction.REQ_AUTHORIZATION),
        ("CONDITIONAL", Restriction.CONDITIONAL),
        ("NO_RESTRICTION", Restriction.NO_RESTRICTION),
    ],
)
def test_a_keep_out_zone_says_how_far_it_restricts_and_else_prohibits(
    said: object, restriction: Restriction
) -> None:
    found = read(feature(restriction=said))
    assert (found.zones[0].restriction, found.problems) == (restriction, ())
    assert read_zones(json.dumps(write_zones(found.zones))) == found


def test_a_restriction_that_is_not_one_or_of_another_kind_refuses_the_file() -> None:
    assert complaints(read(feature(restriction="FORBIDDEN"))) == [
        (
            "$.features[0].properties.restriction",
            'found "FORBIDDEN", expected one of ' + ", ".join(sorted(Restriction)),
        )
    ]
    assert complaints(read(feature(kind="keep_in", restriction="CONDITIONAL"))) == [
        (
            "$.features[0].properties.restriction",
            "only a keep-out zone has one, this is keep_in",
        )
    ]


def test_a_window_may_follow_the_sun_and_is_written_as_it_was_read() -> None:
    windows = [{"days": [0], "start": "sunrise+30min", "end": "20:00:00"}]
    found = read(feature(schedule={"windows": windows}))
    assert found.problems == ()
    schedule = found.zones[0].volumes[0].schedule
    assert schedule is not None
    assert schedule.windows[0].start == SunTime(SunEvent.SUNRISE, 30)
    assert read_zones(json.dumps(write_zones(found.zones))) == found


def test_a_moment_that_the_sun_does_not_know_refuses_the_file() -> None:
    windows = [{"start": "noon", "end": "sunset"}]
    assert complaints(read(feature(schedule={"windows": windows}))) == [
        (
            "$.features[0].properties.schedule.windows[0].start",
            'found "noon", expected local time as 07:30, or the sun\'s as sunset+30min',
        )
    ]


def test_a_point_becomes_a_circle_and_a_line_a_corridor() -> None:
    point = feature({"type": "Point", "coordinates": [121.5, 31.2]}, radius_m=100)
    line = feature(
        {"type": "LineString", "coordinates": [[121.5, 31.2], [121.6, 31.2]]},
        zone_id="z2",
        half_width_m=20.5,
        shape="corridor",
    )
    shapes = [zone.volumes[0].shape for zone in read(point, line).zones]
    assert shapes == [
        Circle(121.5, 31.2, 100.0),
        Corridor(LineString([(121.5, 31.2), (121.6, 31.2)]), 20.5),
    ]


FOLLOWING = {"shape": "around", "follows": "load-1", "radius_m": 50.0}


def around(**properties: Any) -> dict[str, Any]:
    return feature(**FOLLOWING | properties) | {"geometry": None}


@pytest.mark.requirement("D4d-54")
def test_a_feature_without_a_geometry_may_follow_a_device_and_is_written_as_it_was_read() -> None:
    top = {"value_m": 60, "reference": "AGL"}
    found = read(around(exempt_devices=["escort-1", "escort-2"], upper=top))
    assert found.problems == ()
    (zone,) = found.zones
    band = HeightBand(upper=HeightLimit(60.0, HeightReference.AGL))
    assert zone.volumes == ()
    assert zone.around == Around("load-1", 50.0, band, frozenset({"escort-1", "escort-2"}))
    assert read_zones(json.dumps(write_zones(found.zones))) == found
    bare = read(around())
    assert read_zones(json.dumps(write_zones(bare.zones))) == bare


@pytest.mark.requirement("D4d-60")
def test_what_follows_a_device_has_hours_and_a_margin_and_is_written_with_them() -> None:
    hours = {"windows": [{"start": "07:30", "end": "19:00"}]}
    found = read(around(schedule=hours, exit_margin_m=20.0))
    assert found.problems == ()
    (zone,) = found.zones
    assert zone.exit_margin_m == 20.0
    assert zone.around is not None
    assert zone.around.schedule == Schedule((Window(frozenset(range(7)), time(7, 30), time(19)),))
    assert read_zones(json.dumps(write_zones(found.zones))) == found


@pytest.mark.parametrize(
    ("said", "path", "message"),
    [
        ({"follows": ...}, ".properties.follows", "missing, expected the id of a device"),
        ({"follows": "a b"}, ".properties.follows", 'found "a b"'),
        ({"follows": 7}, ".properties.follows", "found 7"),
        ({"radius_m": 0}, ".properties.radius_m", "found 0, expected more than 0"),
        ({"radius_m": ...}, ".properties.radius_m", "missing"),
        ({"exempt_devices": ["x"]}, ".properties.exempt_devices[0]", 'found "x"'),
        ({"exempt_devices": "escort-1"}, ".properties.exempt_devices", "expected an array"),
        ({"schedule": 7}, ".properties.schedule", "found 7"),
    ],
)
def test_what_does_not_follow_is_refused_with_the_value_and_its_place(
    said: dict[str, Any], path: str, message: str
) -> None:
    ((found_path, found),) = complaints(read(around(**said)))
    assert found_path == f"$.features[0]{path}"
    assert message in found


def test_who_follows_stands_nowhere_and_who_stands_follows_nobody() -> None:
    drawn = read(feature(**FOLLOWING))
    assert complaints(drawn)[0][0] == "$.features[0].geometry"
    stands = read(feature(follows="load-1"))
    assert complaints(stands)[0][0] == "$.features[0].properties.follows"
    twice = read(around(), around(radius_m=60.0))
    assert "one feature alone" in complaints(twice)[0][1]
    both = read(feature(), around())
    assert "one feature alone" in complaints(both)[0][1]


def test_features_of_one_zone_id_form_one_zone() -> None:
    low = feature(upper={"value_m": 50, "reference": "AGL"})
    high = feature(lower={"value_m": 300, "reference": "AMSL"})
    (zone,) = read(low, high).zones
    assert [volume.band for volume in zone.volumes] == [
        HeightBand(None, HeightLimit(50.0, HeightReference.AGL)),
        HeightBand(HeightLimit(300.0, HeightReference.AMSL), None),
    ]


def test_a_schedule_is_read() -> None:
    schedule = {
        "windows": [{"days": [0, 4], "start": "07:30", "end": "09:00"}],
        "valid_from": "2026-05-01",
        "valid_to": None,
    }
    (zone,) = read(feature(schedule=schedule)).zones
    assert zone.volumes[0].schedule == Schedule(
        windows=(Window(frozenset({0, 4}), time(7, 30), time(9)),), valid_from=date(2026, 5, 1)
    )


@pytest.mark.requirement("D4e-5")
def test_a_file_without_a_datum_is_refused() -> None:
    found = read(feature(), datum=...)
    assert found.refused
    assert found.zones == ()
    assert "no datum declared" in found.problems[0].message


def test_the_caller_may_know_the_datum() -> None:
    assert not read_zones(collection(feature(), datum=...), Datum.CGCS2000).refused


@pytest.mark.parametrize("crs", ["urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4490"])
def test_an_old_crs_member_declares_the_datum(crs: str) -> None:
    member = {"type": "name", "properties": {"name": crs}}
    assert not read(feature(), datum=..., crs=member).refused


@pytest.mark.parametrize(
    "members",
    [
        {"datum": "EPSG:3857"},
        {"datum": 7},
        {"datum": "GCJ02", "crs": {"properties": {"name": "EPSG:4326"}}},
        {"crs": {"type": "name", "properties": {"name": "EPSG:32651"}}},
        {"crs": "WGS84"},
    ],
)
def test_a_datum_that_is_not_known_or_said_twice_is_refused(members: dict[str, Any]) -> None:
    assert read(feature(), **members).refused


def test_the_file_and_the_caller_must_agree() -> None:
    found = read_zones(collection(feature()), Datum.GCJ02)
    assert complaints(found) == [
        (
            "$.datum",
            "the datum is declared twice and differently: the caller says GCJ02, $.datum says WGS84",
        )
    ]


@pytest.mark.requirement("D4e-5")
def test_gcj02_is_converted_once_at_the_edge() -> None:
    point = {"type": "Point", "coordinates": [121.500245, 31.238243]}
    (zone,) = read(feature(point, radius_m=5), datum="GCJ02").zones
    circle = zone.volumes[0].shape
    assert isinstance(circle, Circle)
    assert (circle.longitude_deg, circle.latitude_deg) == pytest.approx(
        (121.4957986, 31.240237), abs=1e-5
    )


def test_every_problem_of_a_file_is_listed_with_its_path() -> None:
    found = read(
        feature(zone_id="bad id", kind="forbid", speed_limit_mps=-1),
        feature({"type": "Point", "coordinates": [181, 31]}, zone_id="z2"),
        feature({"type": "Circle"}, zone_id="z3", domains=["space"]),
        feature(zone_id="z4", lower={"value_m": "10", "reference": "MSL"}),
        7,
    )
    assert [path for path, _ in complaints(found)] == [
        "$.features[0].properties.zone_id",
        "$.features[0].properties.kind",
        "$.features[0].properties.speed_limit_mps",
        "$.features[1].geometry.coordinates[0]",
        "$.features[1].properties.radius_m",
        "$.features[2].geometry.type",
        "$.features[2].properties.domains",
        "$.features[3].properties.lower.value_m",
        "$.features[3].properties.lower.reference",
        "$.features[4]",
    ]
    assert found.zones == ()


def test_what_is_right_in_a_refused_file_is_still_read() -> None:
    found = read(feature(), feature(zone_id="z2", kind=...))
    assert found.refused
    assert [zone.zone_id for zone in found.zones] == ["z1"]


def test_a_zone_with_one_wrong_volume_is_left_out_whole() -> None:
    found = read(feature(), feature({"type": "Polygon", "coordinates": [[]]}))
    assert found.zones == ()


@pytest.mark.parametrize(
    ("coordinates", "message"),
    [
        ([], "no rings, expected an outer ring"),
        ([SQUARE[0][:-1]], "the ring is open: its last position must equal its first"),
        ([SQUARE[0][:3]], "3 positions, a ring has at least 4"),
        ([[[121.4, True]] * 4], "found [121.4, true], expected [longitude, latitude]"),
        ([[["121.4", 31.2]] * 4], 'found ["121.4", 31.2], expected [longitude, latitude]'),
        ([[[121.4]] * 4], "found [121.4], expected [longitude, latitude]"),
        ("rings", 'found "rings", expected an array'),
        (None, "missing, expected an array"),
        ([[[121.4, 31.2]] * 5001], "5001 positions, at most 5000 are taken"),
    ],
)
def test_a_ring_is_read_strictly(coordinates: Any, message: str) -> None:
    found = read(feature({"type": "Polygon", "coordinates": coordinates}))
    assert message in [text for _, text in complaints(found)]
    assert found.zones == ()


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_is_not_finite_is_refused(number: str) -> None:
    text = collection(feature()).replace("121.5", number)
    assert read_zones(text).refused


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"type": "Feature"}',
        '{"type": "FeatureCollection", "datum": "WGS84"}',
        '{"type": "FeatureCollection", "datum": "WGS84", "features": []}',
        '{"type": "FeatureCollection", "datum": "WGS84", "datum": "GCJ02", "features": []}',
        "[" * 100_000,
        "1" * 10_000,
        b"\xff\xfe\xfa",
        b"\x80",
    ],
)
def test_what_is_not_a_collection_is_refused_with_one_clear_problem(text: str | bytes) -> None:
    found = read_zones(text)
    assert len(found.problems) == 1
    assert found.refused


def test_a_file_that_is_too_large_is_not_even_parsed() -> None:
    found = read_zones(b" " * (32 * 1024 * 1024 + 1))
    assert "at most 33554432 are read" in found.problems[0].message


def test_two_zones_under_one_id_are_told_apart_from_two_volumes_of_one() -> None:
    found = read(feature(), feature(name="another"))
    assert complaints(found)[0][0] == "$.features[1].properties.zone_id"
    assert "described differently at $.features[0]" in complaints(found)[0][1]
    assert "there twice" in complaints(read(feature(), feature()))[0][1]


def test_a_feature_id_that_is_used_twice_is_refused() -> None:
    one, other = feature() | {"id": 1}, feature(zone_id="z2") | {"id": 1}
    assert complaints(read(one, other)) == [
        ("$.features[1].id", "1 is also the id of $.features[0]")
    ]


def test_a_property_that_nobody_reads_is_a_warning() -> None:
    found = read(feature(tower="119.75 MHz"))
    assert [problem.weight for problem in found.problems] == [Weight.WARNING]
    assert found.problems[0].path == "$.features[0].properties.tower"
    assert not found.refused
    assert len(found.zones) == 1


HEIGHT: dict[str, Any] = {"value_m": 120, "reference": "AGL"}


@pytest.mark.requirement("A44-3")
@pytest.mark.parametrize(
    ("properties", "path", "limit"),
    [
        ({"uper": HEIGHT}, "uper", "upper"),
        ({"lowre": HEIGHT}, "lowre", "lower"),
        ({"upper_m": 120}, "upper_m", "upper"),
        ({"upperLimit": 120}, "upperLimit", "upper"),
        ({"shedule": {"windows": []}}, "shedule", "schedule"),
        ({"speed_limit_kmh": 50}, "speed_limit_kmh", "speed_limit_mps"),
        ({"domain": ["road"]}, "domain", "domains"),
        ({"restrictions": "PROHIBITED"}, "restrictions", "restriction"),
        ({"schedule": {"window": []}}, "schedule.window", "windows"),
        ({"schedule": {"validTo": "2026-05-31"}}, "schedule.validTo", "valid_to"),
        (
            {"schedule": {"windows": [{"start": "07:30", "end": "09:00", "day": [0]}]}},
            "schedule.windows[0].day",
            "days",
        ),
    ],
)
def test_a_misspelt_limit_keeps_its_zone_out_and_names_what_was_meant(
    properties: dict[str, Any], path: str, limit: str
) -> None:
    found = read(feature(**properties))
    assert found.refused
    assert found.zones == ()
    (where, said), *_ = complaints(found)
    assert where == f"$.features[0].properties.{path}"
    assert f"too like '{limit}' to be ignored, expected '{limit}': " in said


@pytest.mark.parametrize("beside", [{"upper": HEIGHT, "upper_m": 120}, {"upper_m": None}])
def test_what_is_like_a_limit_that_is_said_or_says_nothing_is_a_warning(
    beside: dict[str, Any],
) -> None:
    found = read(feature(**beside))
    assert [problem.weight for problem in found.problems] == [Weight.WARNING]
    assert len(found.zones) == 1


@pytest.mark.parametrize(
    ("properties", "path"),
    [
        ({"kind": "speed_limit"}, "speed_limit_mps"),
        ({"name": ...}, "name"),
        ({"name": 7}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"name": "\ud800"}, "name"),
        ({"source": "s" * 1001}, "source"),
        ({"legal_effect": 1}, "legal_effect"),
        ({"domains": []}, "domains"),
        ({"shape": "circle"}, "shape"),
        ({"zone_id": ...}, "zone_id"),
        ({"zone_id": "区"}, "zone_id"),
        (
            {"schedule": {"windows": [{"start": "7:30", "end": "09:00"}]}},
            "schedule.windows[0].start",
        ),
        ({"schedule": {"windows": [{"days": [7]}]}}, "schedule.windows[0].days"),
        ({"schedule": {"valid_to": "tomorrow"}}, "schedule.valid_to"),
        ({"schedule": {"utc_offset_s": 0.5}}, "schedule.utc_offset_s"),
        ({"schedule": 7}, "schedule"),
        ({"lower": {"value_m": True, "reference": "AGL"}}, "lower.value_m"),
        (
            {
                "lower": {"value_m": 9, "reference": "AGL"},
                "upper": {"value_m": 3, "reference": "AGL"},
            },
            "lower",
        ),
    ],
)
def test_a_wrong_property_keeps_its_zone_out(properties: dict[str, Any], path: str) -> None:
    found = read(feature(**properties))
    assert complaints(found)[0][0] == f"$.features[0].properties.{path}"
    assert found.zones == ()


numbers = st.floats(0.5, 5000, allow_nan=False)
places = st.tuples(st.floats(120.9, 122.0), st.floats(30.7, 31.8))
boxes = places.map(lambda p: Polygon([p, (p[0] + 0.1, p[1]), (p[0], p[1] + 0.1), p]))
shapes: st.SearchStrategy[Shape] = st.one_of(
    boxes.map(Area),
    st.lists(boxes, min_size=1, max_size=3).map(lambda parts: Area(MultiPolygon(parts))),
    st.builds(lambda p, r: Circle(p[0], p[1], r), places, numbers),
    st.builds(Corridor, st.lists(places, min_size=2, max_size=5).map(LineString), numbers),
)
heights = st.none() | st.builds(HeightLimit, numbers, st.sampled_from(HeightReference))
bands = st.builds(HeightBand, heights, heights).filter(
    lambda b: not (b.lower and b.upper) or b.lower.value_m <= b.upper.value_m
)
windows = st.builds(Window, st.frozensets(st.integers(0, 6), min_size=1), st.times(), st.times())
schedules = st.none() | st.builds(
    Schedule,
    st.lists(windows, max_size=2).map(tuple),
    st.none() | st.dates(),
    st.none() | st.dates(),
    st.integers(-12, 14).map(lambda hours: hours * 3600),
)
volumes = st.builds(Volume, shapes, bands, schedules)
zones = st.builds(
    Zone,
    zone_id=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,20}", fullmatch=True),
    kind=st.just(ZoneKind.KEEP_OUT),
    name=st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=8),
    volumes=st.lists(volumes, min_size=1, max_size=3, unique_by=str).map(tuple),
    domains=st.sets(st.sampled_from(["road", "air", "water"]), min_size=1).map(frozenset),
    speed_limit_mps=st.none() | numbers,
    name_zh=st.none() | st.just("一"),
    category=st.just("airspace"),
    legal_effect=st.booleans(),
    accuracy=st.just("1 m"),
    exit_margin_m=st.floats(0.0, 1000.0),
)


@given(st.lists(zones, min_size=1, max_size=3, unique_by=lambda zone: zone.zone_id))
def test_what_is_written_is_read_back_the_same(some: list[Zone]) -> None:
    found = read_zones(json.dumps(write_zones(some)))
    assert found.problems == ()
    assert found.zones == tuple(some)


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


@given(junk, junk, st.sampled_from(["geometry", "properties"]), st.data())
def test_no_file_makes_the_reader_raise(a: Any, b: Any, part: str, data: st.DataObject) -> None:
    one = feature()
    inner = data.draw(st.sampled_from([*one[part], ""]))
    one[part] = a if inner == "" else {**one[part], inner: a}
    text = json.dumps({"type": "FeatureCollection", "datum": "WGS84", "features": [one, b]})
    assert read_zones(text).refused or isinstance(read_zones(text), Import)


@pytest.mark.parametrize("text", ["", b" ", " \n"], ids=repr)
def test_an_empty_file_is_called_one(text: str | bytes) -> None:
    assert [each.message for each in read_zones(text).problems] == ["the file is empty"]
