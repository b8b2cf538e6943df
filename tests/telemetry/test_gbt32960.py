"""GB/T 32960 as the JSON of a gateway."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from telemetry.codecs.codec import Outcome
from telemetry.codecs.gbt32960 import CODEC
from telemetry.report import Datum, Frame, Notice, RefusalReason, Refused, Report, TimeSource, Unit

VIN = "LSVLG000000000007"
CAR = Unit(device_id="car-7", codec="gbt32960", wire_id=VIN)
SAMPLE = Unit(device_id="car-7", codec="gbt32960", wire_id="1G1BL52P7TR115520")
TIME = {"Year": 26, "Month": 5, "Day": 1, "Hour": 16, "Minute": 0, "Second": 0}
PLACED = {"Type": "Location", "Status": 0, "Longitude": 121_900_000, "Latitude": 30_900_000}


def said(payload: bytes, unit: Unit = CAR) -> Outcome:
    (outcome,) = CODEC.decode(Frame("zone/up/car-7/tele", payload, 1_777_622_400.5), unit)
    return outcome


def message(*infos: object, time: object = TIME, **members: object) -> bytes:
    data: dict[str, Any] = {"Infos": infos} | ({} if time is None else {"Time": time})
    return json.dumps({"Cmd": 2, "Encrypt": 1, "Vin": VIN, "Data": data} | members).encode()


def report(payload: bytes, unit: Unit = CAR) -> Report:
    found = said(payload, unit)
    assert isinstance(found, Report), found
    return found


def refusal(payload: bytes) -> Refused:
    found = said(payload)
    assert isinstance(found, Refused), found
    return found


def test_a_message_with_vehicle_and_location_is_one_report(own: Callable[[str], bytes]) -> None:
    assert report(own("gbt32960_info.json")) == Report(
        device_id="car-7",
        event_time_s=1_777_622_400.0,
        longitude_deg=121.928765,
        latitude_deg=30.900123,
        ground_speed_mps=12.5,
        battery_percent=64.0,
        codec="gbt32960",
    )


def test_the_guides_own_examples_are_read(shared: Callable[[str], bytes]) -> None:
    place = report(shared("emqx_gbt32960_upstream_info_location.json"), SAMPLE)
    assert (place.longitude_deg, place.latitude_deg) == (0.00001, 0.0001)
    assert place.event_time_s == 1_475_333_940.0  # 2016-10-01 22:59 in Beijing
    speed = report(shared("emqx_gbt32960_upstream_info_vehicle.json"), SAMPLE)
    assert speed.ground_speed_mps == pytest.approx(200 / 3.6)
    assert (speed.longitude_deg, speed.quality_flags) == (None, ("no_fix",))


@pytest.mark.parametrize(
    ("status", "place"),
    [
        (0, (121.9, 30.9)),
        (1, (None, None)),
        (2, (121.9, -30.9)),
        (4, (-121.9, 30.9)),
        (6, (-121.9, -30.9)),
        (7, (None, None)),
    ],
)
def test_the_bits_of_the_status_say_validity_south_and_west(
    status: int, place: tuple[float | None, float | None]
) -> None:
    found = report(message(PLACED | {"Status": status}))
    assert (found.longitude_deg, found.latitude_deg) == place
    assert ("no_fix" in found.quality_flags) == (place == (None, None))


@pytest.mark.parametrize(
    ("speed", "mps"), [(0, 0.0), (2_200, 220 / 3.6), (0xFFFE, None), (0xFFFF, None), (2_201, None)]
)
def test_an_abnormal_or_invalid_speed_is_unknown(speed: int, mps: float | None) -> None:
    found = report(message(PLACED, {"Type": "Vehicle", "Speed": speed, "SOC": 254}))
    assert found.ground_speed_mps == (None if mps is None else pytest.approx(mps))
    assert found.battery_percent is None


@pytest.mark.parametrize("angle", [0xFFFF_FFFE, 0xFFFF_FFFF])
def test_a_position_that_is_abnormal_or_invalid_is_unknown(angle: int) -> None:
    for member in ("Longitude", "Latitude"):
        found = report(message(PLACED | {member: angle}))
        assert (found.longitude_deg, found.latitude_deg) == (None, None)
    assert report(message(PLACED | {"Longitude": 0, "Latitude": 0})).longitude_deg is None


def test_a_position_beyond_the_globe_is_out_of_range() -> None:
    assert refusal(message(PLACED | {"Latitude": 90_000_001})).reason is RefusalReason.OUT_OF_RANGE


@pytest.mark.parametrize("change", [{"Month": 13}, {"Second": 60}, {"Year": 0, "Month": 1}])
def test_what_is_no_time_is_out_of_range(change: dict[str, int]) -> None:
    refused = refusal(message(PLACED, time=TIME | change | {"Hour": 3}))
    assert refused.reason is RefusalReason.OUT_OF_RANGE


def test_without_a_time_it_is_that_of_receipt() -> None:
    found = report(message(PLACED, time=None))
    assert (found.event_time_s, found.time_source) == (1_777_622_400.5, TimeSource.SERVER)
    assert found.quality_flags == ("time_unknown",)


def test_the_datum_is_the_registered_one_and_what_was_kept_is_read_as_well() -> None:
    unit = Unit(device_id="car-7", codec="gbt32960", wire_id=VIN, datum=Datum.GCJ02)
    assert report(message(PLACED, Cmd=3), unit).source_datum is Datum.GCJ02


@pytest.mark.parametrize(("cmd", "kind"), [(1, "online"), (4, "offline")])
def test_logging_in_and_out_are_notices(cmd: int, kind: str) -> None:
    assert said(message(Cmd=cmd)) == Notice(
        device_id="car-7", kind=kind, event_time_s=1_777_622_400.0
    )


def test_what_says_neither_place_nor_speed_is_a_sign_of_life() -> None:
    notice = said(message({"Type": "Extreme"}, {"Type": "Alarm"}))
    assert isinstance(notice, Notice)
    assert (notice.kind, notice.detail) == ("state", "Alarm, Extreme")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"Vin": "LSVLG000000000008"}, RefusalReason.WRONG_DEVICE),
        ({"Encrypt": 3}, RefusalReason.UNSUPPORTED),
        ({"Cmd": 5}, RefusalReason.UNSUPPORTED),
        ({"Data": 5}, RefusalReason.MALFORMED),
    ],
)
def test_what_cannot_be_taken_is_refused_by_name(
    change: dict[str, object], reason: RefusalReason
) -> None:
    assert refusal(message(PLACED, **change)).reason is reason
