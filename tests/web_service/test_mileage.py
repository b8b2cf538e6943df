"""What was driven, over the API and on the command line."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from telemetry.device_day import DeviceDay
from tests.web_service.site import Site
from tests.web_service.test_api import TERMS
from zone_service.mileage import RoadDriven
from zone_service.store import device_days, road_days
from zone_service.store.records import HeardDay
from zone_service.store.road_days import RoadDay

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
DAY = date(2026, 11, 20)
WINDOW = "from=2026-11-20&to=2026-11-21"


@pytest.fixture(scope="module")
def driven(site: Site) -> Site:
    """A car of alpha's that drove half of a road and in an area, and on another day that goes on."""
    noon_s, number = NOON.timestamp(), (DAY - date(1970, 1, 1)).days
    days = [
        DeviceDay(number + n, noon_s, noon_s + 99, 100, 0, 99.0, 90.0, 1500.0, 9.0, 100.0, 1)
        for n in range(2)
    ]
    device_days.keep(site.store, [HeardDay("car-1", each) for each in days])
    roads = (
        RoadDriven("area-1", 1500.0, 100.0, 90.0, 9.0),
        RoadDriven("road-x", 500.0, 0.0, 30.0, 0.0, 1000.0, "drawn", ((0.0, 500.0),)),
    )
    road_days.keep(site.store, [RoadDay("car-1", DAY, NOON + timedelta(days=1), roads)])
    return site


def asked(site: Site, who: str, path: str) -> Any:
    answer = site.as_(who).get(f"/api/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.requirement("D4d-69")
def test_a_day_is_told_with_each_road_and_what_it_was_measured_by(driven: Site) -> None:
    first, second = asked(driven, "olga", f"devices/car-1/mileage?{WINDOW}")["items"]
    assert (first["automated_km"], first["by_hand_km"], first["takeovers"]) == (1.5, 0.1, 1)
    area, road = first["roads"]
    assert (area["measured_by"], area["length_km"], area["covered_ratio"]) == ("area", None, None)
    assert (road["measured_by"], road["length_km"], road["covered_ratio"]) == ("line", 1.0, 0.5)
    assert (second["matched"], second["roads"]) == (False, []), "it is not known yet"


@pytest.mark.requirement("D4e-6", "D4d-69")
def test_operators_see_what_their_own_devices_drove(driven: Site) -> None:
    assert driven.as_("otto").get(f"/api/devices/car-1/mileage?{WINDOW}").status_code == 404
    assert asked(driven, "paul", f"devices/car-1/mileage?{WINDOW}")["items"]
    refused = driven.as_("olga").get("/api/devices/car-1/mileage?from=2026-11-21&to=2026-11-20")
    assert refused.status_code == 422


@pytest.mark.requirement("D4d-69")
def test_of_a_permit_each_segment_and_each_vehicle_is_told(driven: Site) -> None:
    asked_for = {"kind": "ROAD_TEST", "terms": TERMS}
    number = driven.as_("olga").post("/api/permits", json=asked_for).json()["number"]
    found = asked(driven, "paul", f"permits/{number}/mileage?{WINDOW}")
    (vehicle,) = [each for each in found["vehicles"] if each["device_id"] == "car-1"]
    assert (vehicle["days"], vehicle["unmatched_days"], vehicle["automated_km"]) == (2, 1, 3.0)
    (segment,) = found["segments"]
    assert (segment["zone_id"], segment["measured_by"]) == ("seg-1", "area")
    assert (segment["automated_km"], segment["covered_ratio"], found["covered_ratio"]) == (
        0,
        None,
        None,
    )
    assert driven.as_("otto").get(f"/api/permits/{number}/mileage").status_code == 404
