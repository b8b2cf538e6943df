"""What vehicles drove on roads, found from the history of a day once it is over."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice

import pytest
from shapely import LineString, box

from geofence.zone import Area, Corridor, Volume, Zone, ZoneKind
from permits.ruleset import judged_by
from telemetry.device_day import DeviceDay
from telemetry.report import Frame
from tests.history.journal import NOON_S, Place, told
from zone_service.history.mileage import AT_ONCE, Mileage
from zone_service.shipped_rules import shipped_sheet
from zone_service.store import device_days, road_days, zones
from zone_service.store.records import PLATFORM, HeardDay
from zone_service.store.road_days import RoadDay
from zone_service.store.tables import HistoryFileRow, table

DAY = date(2026, 5, 4)
NEXT = datetime(2026, 5, 4, 18, 0, tzinfo=UTC)
"""Two hours after it is over in Asia/Shanghai."""
RULES = judged_by(shipped_sheet("shanghai-default"))
WEST, EAST = 121.5, 121.51
METRES = 954.0
"""From one to the other, at 31.2° N."""


def lay(place: Place, at_s: float = NOON_S - 86_400.0, latitude_deg: float = 31.2) -> None:
    """A road that is a line, and a test area around it."""
    line = Corridor(LineString([(WEST, latitude_deg), (EAST, latitude_deg)]), 15.0)
    area = Area(box(WEST, 31.19, EAST, 31.21))
    kept_in, road = ZoneKind.KEEP_IN, frozenset({"road"})
    with place.store.write() as session:
        zones.publish(
            session,
            PLATFORM,
            [
                Zone("area", kept_in, "area", (Volume(area),), domains=road),
                Zone("road", kept_in, "road", (Volume(line),), domains=road),
                Zone("sky", kept_in, "sky", (Volume(line),), domains=frozenset({"air"})),
            ],
            datetime.fromtimestamp(at_s, UTC),
        )


def drive(
    beside_deg: float = 0.0, mode: str = "AUTONOMOUS", begins_s: float = 0.0, late_s: float = 0.0
) -> list[Frame]:
    """A car goes along the road from end to end in 100 seconds."""
    return [
        told(
            after_s=begins_s + late_s + second,
            made_s=begins_s + second,
            seq=int(begins_s) + second,
            longitude=WEST + (EAST - WEST) * second / 100,
            latitude=31.2 + beside_deg,
            control_mode=mode,
        )
        for second in range(101)
    ]


def heard(place: Place, device_id: str = "car-1", metres: float = 900.0) -> None:
    """The worker has counted its day."""
    day = DeviceDay((DAY - date(1970, 1, 1)).days, NOON_S, NOON_S + 100, 101, 0, 100.0, 100.0, metres, 0.0, 0.0, 0)  # fmt: skip
    device_days.keep(place.store, [HeardDay(device_id, day)])


def match(place: Place, at: datetime = NEXT, at_once: int = AT_ONCE) -> int:
    return Mileage(place.history(), RULES, at_once).run(at)


def days(place: Place, as_of: datetime | None = None) -> Sequence[RoadDay]:
    with place.store.read() as session:
        return road_days.between(session, ["car-1"], date(2026, 1, 1), date(2026, 12, 31), as_of)


@pytest.mark.requirement("D4d-69")
def test_a_day_that_is_over_is_matched_to_the_line_of_a_road_and_to_the_ground_of_one_without(
    place: Place,
) -> None:
    lay(place)
    place.journal(*drive())
    heard(place)
    assert match(place, NEXT - timedelta(seconds=1)) == 0, "not over for two hours"
    assert match(place) == 1
    (found,) = days(place)
    assert found.day == DAY
    area, road = found.roads or ()
    assert (area.zone_id, area.length_m, area.stretches) == ("area", None, ())
    assert area.automated_m == pytest.approx(METRES, rel=0.03)
    assert (road.zone_id, road.by_hand_m) == ("road", 0.0)
    assert road.length_m == pytest.approx(METRES, rel=0.01)
    assert (road.automated_m, road.automated_s) == (road.length_m, 100.0)
    assert road.stretches == ((0.0, road.length_m),)
    assert match(place) == 0, "it is matched once"


@pytest.mark.requirement("D4d-69")
def test_a_car_beside_the_road_has_driven_in_the_area_alone_and_one_driven_by_hand_covers_nothing(
    place: Place,
) -> None:
    lay(place)
    place.journal(*drive(beside_deg=0.0004))
    place.journal(*drive(mode="MANUAL", begins_s=600.0))
    heard(place)
    assert match(place) == 1
    ((area, road),) = [each.roads or () for each in days(place)]
    assert area.automated_m == pytest.approx(METRES, rel=0.03)
    assert (road.automated_m, road.stretches) == (0.0, ())
    assert road.by_hand_m == pytest.approx(road.length_m or 0.0)


def batches(frames: Sequence[Frame], sizes: Sequence[int]) -> Iterator[list[Frame]]:
    rest = iter(frames)
    for size in sizes:
        yield list(islice(rest, size))
    yield list(rest)


@pytest.mark.requirement("D4d-69")
@pytest.mark.parametrize("sizes", [(1, 1, 2), (50,), (100,), (33, 33)])
@pytest.mark.parametrize("compacts", [False, True])
def test_neither_how_reports_came_nor_that_they_came_twice_changes_what_was_driven(
    place: Place, sizes: Sequence[int], *, compacts: bool
) -> None:
    lay(place)
    for each in batches(drive(), sizes):
        place.journal(*each)
        place.journal(*each)
        if compacts:
            place.compact(everything=len(each) > 40)
    heard(place)
    assert match(place) == 1
    ((_, road),) = [each.roads or () for each in days(place)]
    assert road.stretches == ((0.0, road.length_m),)
    assert road.automated_m == pytest.approx(road.length_m or 0.0, abs=0.2)


@pytest.mark.requirement("D4d-69")
def test_what_comes_late_makes_another_edition_of_its_day_and_leaves_the_first(
    place: Place,
) -> None:
    lay(place)
    place.journal(*drive()[:51])
    heard(place)
    place.compact(everything=True)
    assert match(place) == 1
    half = days(place)
    place.journal(*(each for each in drive(late_s=86_400.0)[51:]))
    place.compact(at_s=NOON_S + 90_000.0, everything=True)
    at = NEXT + timedelta(days=1)
    assert match(place, at) == 1
    (whole,) = days(place)
    (road,) = [each for each in whole.roads or () if each.zone_id == "road"]
    assert road.stretches == ((0.0, road.length_m),)
    assert days(place, as_of=at - timedelta(seconds=1)) == half
    assert match(place, at) == 0, "its mark is gone"


def test_what_comes_late_and_is_the_same_makes_no_edition(place: Place) -> None:
    lay(place)
    place.journal(*drive())
    heard(place)
    assert match(place) == 1
    first = days(place)
    repeated = [told(after_s=86_400.0, made_s=500.0, seq=9_000, longitude=121.0, latitude=31.0)]
    place.journal(*repeated)
    place.compact(at_s=NOON_S + 90_000.0, everything=True)
    assert match(place, NEXT + timedelta(days=1)) == 1
    assert days(place) == first


def test_roads_are_those_of_the_end_of_the_day(place: Place) -> None:
    lay(place)
    lay(place, NOON_S + 86_400.0, latitude_deg=31.205)
    place.journal(*drive())
    heard(place)
    assert match(place, NEXT + timedelta(days=1)) == 1
    ((_, road),) = [each.roads or () for each in days(place)]
    assert road.zone_id == "road"


def test_a_day_whose_history_is_gone_is_unknown_and_is_not_asked_for_again(place: Place) -> None:
    lay(place)
    place.journal(*drive())
    heard(place)
    place.compact(everything=True)
    files = table(HistoryFileRow)
    with place.store.begin() as connection:
        connection.execute(files.update().values(removed_at=NEXT))
    assert match(place) == 1
    assert [each.roads for each in days(place)] == [None]
    assert match(place) == 0


def test_who_is_no_vehicle_is_not_matched_and_a_run_has_its_end(place: Place) -> None:
    lay(place)
    place.journal(told("drone-1", after_s=86_400.0, made_s=0.0, seq=1), *drive())
    place.compact(at_s=NOON_S + 90_000.0, everything=True)
    for device_id in ("car-1", "car-2", "car-3", "drone-1"):
        heard(place, device_id)
    heard(place, "car-3", metres=0.0)
    at = NEXT + timedelta(days=1)
    assert [match(place, at, at_once=1) for _ in range(4)] == [0, 1, 1, 0]
    assert match(place, at) == 0
