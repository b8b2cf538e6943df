"""Zones in the formats of units: what each carries, what it leaves out and says so."""

import json
from collections.abc import Callable, Mapping
from hashlib import md5, sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.fences import acknowledged, canonical, dji, mavlink
from telemetry.fences.acknowledged import Holds, HoldsFile, Serves, Status, WantsFiles
from telemetry.fences.plan import (
    Allowed,
    Circle,
    Corridor,
    Encoded,
    Hours,
    LeftOut,
    Limit,
    Plan,
    Polygon,
    Rule,
    Times,
    Volume,
    What,
    Zone,
)

pytestmark = pytest.mark.requirement("D7-8")
GOLDEN = Path(__file__).parent / "data"
ENCODE: Mapping[str, Callable[[Plan], Encoded]] = {
    "canonical": canonical.encoded,
    "dji": dji.encoded,
    "mavlink": mavlink.encoded,
}
FIELD = Polygon(((121.9, 30.9), (121.92, 30.9), (121.92, 30.92), (121.9, 30.92)))
YARD = Polygon(
    FIELD.outer, (((121.905, 30.905), (121.91, 30.905), (121.91, 30.91), (121.905, 30.91)),)
)
MAST = Circle(121.91, 30.91, 50.0)
TO_120_M = Allowed(
    "FA-1", "2026-05-04T00:00:00+00:00", "2026-06-04T00:00:00+00:00", ("field-1",),
    max_height_agl_m=120.0,
)  # fmt: skip


def keep_out(zone_id: str, *volumes: Volume, is_lifted: bool = False) -> Zone:
    return Zone(zone_id, Rule.KEEP_OUT, zone_id, volumes, is_lifted=is_lifted)


FIELD_ZONE = Zone("field-1", Rule.KEEP_IN, "Field", (Volume((FIELD,)),), name_zh="试飞场")
DAY = Times(28_800, (Hours((0, 1, 2, 3, 4), "08:00:00", "sunset-30min"),))
EVERYTHING = Plan(
    permits=(TO_120_M,),
    zones=(
        FIELD_ZONE,
        keep_out("mast-1", Volume((MAST,))),
        keep_out("school-1", Volume((YARD,), times=DAY)),
        keep_out("airport-1", Volume((FIELD,), upper=Limit(500.0, "AGL"))),
        keep_out("airway-1", Volume((FIELD,), lower=Limit(300.0, "AMSL"))),
        keep_out("river-1", Volume((Corridor(((121.9, 30.9), (122.0, 31.0)), 30.0),))),
        keep_out("works-1", Volume((FIELD,)), is_lifted=True),
        Zone("slow-1", Rule.SPEED_LIMIT, "Slow", (Volume((FIELD,)),), speed_limit_mps=8.3),
    ),
    area=(YARD,),
    left_out=(LeftOut("convoy-1", What.FOLLOWS),),
)


def one_zone(zone: Zone) -> Plan:
    return Plan(permits=(TO_120_M,), zones=(zone,), area=(FIELD,))


@pytest.mark.parametrize("name", ["canonical", "dji", "mavlink"])
def test_a_plan_is_these_bytes(name: str) -> None:
    assert ENCODE[name](EVERYTHING).body == (GOLDEN / f"fence_{name}.json").read_bytes().rstrip()


def test_the_platforms_own_format_leaves_out_what_is_nowhere_alone() -> None:
    found = canonical.encoded(EVERYTHING)
    assert found.left_out == (LeftOut("convoy-1", What.FOLLOWS),)
    assert found.zone_count == len(EVERYTHING.zones)
    said = json.loads(canonical.message(found.body, 7))
    assert said["version"] == 7
    assert said["zones"][2]["volumes"][0]["times"]["hours"][0]["end"] == "sunset-30min"
    assert said["left_out"] == [{"of": "convoy-1", "what": "follows_a_device"}]


def test_what_has_no_room_is_left_out_from_the_farthest_on_and_named() -> None:
    near = [keep_out(f"mast-{at:03}", Volume((MAST,))) for at in range(400)]
    found = canonical.encoded(Plan(permits=(TO_120_M,), zones=tuple(near)), most_bytes=20_000)
    assert len(found.body) <= 20_000
    said = json.loads(found.body)
    kept = [each["zone_id"] for each in said["zones"]]
    assert 50 < found.zone_count == len(kept) < 400
    assert kept == [each.zone_id for each in near[: len(kept)]]
    assert {each.of for each in found.left_out} == {each.zone_id for each in near[len(kept) :]}
    assert len(said["left_out"]) + said["left_out_besides"] == 400 - len(kept)


def test_a_near_zone_that_is_too_large_takes_nothing_from_those_behind_it() -> None:
    ring = tuple((121.0 + at / 1e4, 31.0 + at % 2) for at in range(1_000))
    zones = (keep_out("large-1", Volume((Polygon(ring),))), keep_out("mast-1", Volume((MAST,))))
    found = canonical.encoded(Plan(permits=(TO_120_M,), zones=zones), most_bytes=2_000)
    assert len(found.body) <= 2_000
    assert [each["zone_id"] for each in json.loads(found.body)["zones"]] == ["mast-1"]
    assert found.left_out == (LeftOut("large-1", What.SIZE),)


@given(st.lists(st.integers(1, 60), max_size=40), st.integers(1_000, 8_000))
def test_a_body_has_no_more_bytes_than_it_may_and_every_zone_is_in_it_or_named_as_left_out(
    corners: list[int], most_bytes: int
) -> None:
    zones = tuple(
        keep_out(f"zone-{at}", Volume((Polygon(((121.0, 31.0),) * count),)))
        for at, count in enumerate(corners)
    )
    found = canonical.encoded(Plan(zones=zones), most_bytes)
    told = {each["zone_id"] for each in json.loads(found.body)["zones"]}
    assert len(found.body) <= most_bytes or not told
    assert told | {each.of for each in found.left_out} == {each.zone_id for each in zones}
    assert found.zone_count == len(told) == len(zones) - len(found.left_out)


@pytest.mark.parametrize("form", ["dji", "mavlink"])
def test_areas_alone_leave_out_heights_hours_corridors_and_speeds_by_name(form: str) -> None:
    assert ENCODE[form](EVERYTHING).left_out == (
        LeftOut("FA-1", What.HEIGHTS),
        LeftOut("airway-1", What.HEIGHTS),
        LeftOut("convoy-1", What.FOLLOWS),
        LeftOut("river-1", What.SHAPE),
        LeftOut("school-1", What.HOURS),
        LeftOut("slow-1", What.SPEED),
    )


def test_what_keeps_out_up_to_the_top_of_the_permit_is_told_without_its_heights() -> None:
    up_to = {top: Volume((FIELD,), upper=Limit(top, "AGL")) for top in (119.0, 120.0)}
    assert not dji.encoded(one_zone(keep_out("z", up_to[120.0]))).left_out[1:]
    low = dji.encoded(one_zone(keep_out("z", up_to[119.0])))
    assert LeftOut("z", What.HEIGHTS) in low.left_out
    assert b'"nfz"' not in low.body


def test_places_apart_are_not_told_since_a_unit_may_keep_to_all_of_them_at_once() -> None:
    far = Polygon(tuple((lon + 1.0, lat) for lon, lat in FIELD.outer))
    found = mavlink.encoded(Plan(permits=(TO_120_M,), area=(FIELD, far)))
    assert json.loads(found.body) == {"items": []}
    assert LeftOut("FA-1", What.SEVERAL_AREAS) in found.left_out


def test_a_hole_in_where_it_may_be_is_a_place_to_keep_out_of() -> None:
    areas = json.loads(dji.encoded(Plan(permits=(TO_120_M,), area=(YARD,))).body)["features"]
    assert [each["geofence_type"] for each in areas] == ["dfence", "nfz"]
    items = json.loads(mavlink.encoded(Plan(area=(YARD,))).body)["items"]
    assert [each[0] for each in items] == [5001] * 4 + [5002] * 4
    assert items[0] == [5001, 4.0, 309_000_000, 1_219_000_000]


def test_a_small_circle_and_many_corners_are_beyond_a_dji_file() -> None:
    small = keep_out("z", Volume((Circle(121.91, 30.91, 9.9),)))
    assert LeftOut("z", What.RADIUS) in dji.encoded(one_zone(small)).left_out
    ring = tuple((121.9 + at * 1e-5, 30.9) for at in range(255))
    many = keep_out("z", Volume((Polygon(ring),)))
    assert LeftOut("z", What.VERTICES) in dji.encoded(one_zone(many)).left_out
    fits = keep_out("z", Volume((Polygon(ring[:254]),)))
    assert LeftOut("z", What.VERTICES) not in dji.encoded(one_zone(fits)).left_out


def test_items_beyond_the_room_of_an_autopilot_are_left_out_whole() -> None:
    zones = tuple(keep_out(f"z{at}", Volume((FIELD,))) for at in range(3))
    found = mavlink.encoded(Plan(zones=zones), most_items=9)
    assert len(json.loads(found.body)["items"]) == 8
    assert found.left_out == (LeftOut("z2", What.SIZE),)
    assert found.zone_count == 2


def test_where_it_may_be_that_has_no_room_is_named_by_its_permits() -> None:
    own = Plan(permits=(TO_120_M,), area=(YARD,))
    for found in (mavlink.encoded(own, most_items=7), dji.encoded(own, most_bytes=300)):
        assert LeftOut("FA-1", What.SIZE) in found.left_out
        assert {each.of for each in found.left_out} == {"FA-1"}


def test_a_dji_gateway_is_told_of_a_file_by_its_sha_256_and_its_name_by_its_md5() -> None:
    body = dji.encoded(EVERYTHING).body
    said = json.loads(dji.files(body, "http://x/f", "t-1", "b-1", 1_700_000_000_000))
    assert said == {
        "tid": "t-1",
        "bid": "b-1",
        "timestamp": 1_700_000_000_000,
        "method": "flight_areas_get",
        "data": {
            "result": 0,
            "output": {
                "files": [
                    {
                        "name": f"geofence_{md5(body).hexdigest()}.json",
                        "url": "http://x/f",
                        "checksum": sha256(body).hexdigest(),
                        "size": len(body),
                    }
                ]
            },
        },
    }
    none = json.loads(dji.no_files("t-1", "b-1", 1))
    assert none["data"] == {"result": 0, "output": {"files": []}}
    assert json.loads(dji.update("t-2", "b-2", 1))["data"] is None


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (b'{"fence": {"version": 7}}', Holds(7)),
        (b'{"fence": {"version": null}}', Holds(None)),
        (b'{"fence": {}}', Holds(None)),
        (
            b'{"fence": {"version": 7, "status": "refused", "detail": "no\\u0007 room"}}',
            Holds(7, Status.REFUSED, "no room"),
        ),
        (b'{"fence": {"version": -1}}', None),
        (b'{"fence": {"version": 1e300}}', None),
        (b'{"command": "c-1"}', None),
        (b"\xff", None),
        (b"[" * 60_000, None),
    ],
    ids=["7", "null", "none", "refused", "negative", "huge", "command", "bytes", "deep"],
)
def test_a_unit_says_which_version_it_holds(payload: bytes, said: Holds | None) -> None:
    assert acknowledged.read(payload) == said


def test_a_dji_gateway_says_what_it_wants_what_it_has_and_whom_it_serves() -> None:
    def read(method: str, data: str) -> object:
        said = '{"tid":"t","bid":"b","need_reply":1,"method":"%s","data":%s}'
        return acknowledged.read_dji((said % (method, data)).encode())

    assert read("flight_areas_get", "null") == WantsFiles("t", "b")
    done = '{"status":"synchronized","reason":0,"file":{"name":"g","checksum":"ab"}}'
    assert read("flight_areas_sync_progress", done) == HoldsFile(
        "ab", Status.TAKEN, "", needs_reply=True, tid="t", bid="b"
    )
    failed = read("flight_areas_sync_progress", '{"status":"fail","reason":12}')
    assert isinstance(failed, HoldsFile)
    assert (failed.status, failed.detail) == (Status.REFUSED, "12: the checksum does not hold")
    assert read("flight_areas_sync_progress", '{"status":"synchronizing"}') is None
    assert read("update_topo", '{"sub_devices":[{"sn":"1581F"}]}') == Serves(("1581F",), "t", "b")
    assert read("update_topo", "{}") == Serves((), "t", "b")
    assert read("hms", "{}") is None


@given(st.binary(max_size=300))
def test_nothing_that_a_unit_can_send_raises(payload: bytes) -> None:
    acknowledged.read(payload)
    acknowledged.read_dji(payload)
    mavlink.decoded(payload)


def test_items_are_read_again_as_they_were_told() -> None:
    body = mavlink.encoded(EVERYTHING).body
    said = mavlink.decoded(canonical.message(body, 3))
    assert said is not None
    assert said.version == 3
    assert said.items[-1] == mavlink.Item(5002, 4.0, 309_200_000, 1_219_000_000)
    assert mavlink.decoded(b"{}") is None
