"""GB 46750-2025 packets: what a civil unmanned aircraft says of itself."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.codecs.codec import DETAIL_CHARS, Outcome
from telemetry.codecs.gb46750 import CODEC, MAX_PACKETS, Item, encode_packet
from telemetry.codecs.remote_id import vendor_element
from telemetry.report import (
    Datum,
    Frame,
    OperationalStatus,
    RefusalReason,
    Refused,
    Report,
    TimeSource,
    Unit,
)

UAS_ID = "1581FANLC258U029RTN6"
AIRCRAFT = Unit(device_id="uav-001", codec="gb46750", wire_id=UAS_ID)
AT_S = 1_777_622_400.25
RECEIVED_S = 1_777_622_400.5
CONTENT_AT = 6


def said(payload: bytes, unit: Unit = AIRCRAFT) -> tuple[Outcome, ...]:
    return CODEC.decode(Frame("zone/up/uav-001/tele", payload, RECEIVED_S), unit)


def only(outcomes: tuple[Outcome, ...]) -> Report:
    (report,) = outcomes
    assert isinstance(report, Report), report
    return report


def refusal(outcomes: tuple[Outcome, ...]) -> Refused:
    (refused,) = outcomes
    assert isinstance(refused, Refused), refused
    return refused


def packet(**items: Any) -> bytes:
    return encode_packet(UAS_ID, AT_S, 121.9, 30.9, **items)


def with_item(item: Item, raw: str) -> bytes:
    """A packet with the bytes of one item exchanged."""
    lengths = (20, 8, 1, 1, 1, 8, 2, 8, 2, 2, 2, 1, 2, 2, 1, 1, 1, 1, 1, 6, 1)
    at = CONTENT_AT + sum(lengths[: item - 1])
    changed = bytearray(packet(track_deg=1, ground_speed_mps=1, altitude_hae_m=1))
    changed[at : at + lengths[item - 1]] = bytes.fromhex(raw)
    return bytes(changed)


def test_a_real_element_of_a_beacon_is_read(shared: Callable[[str], bytes]) -> None:
    element = bytes.fromhex(shared("rid_gb46750_2025_vendor_element_hex.txt").decode().strip())
    for heard in (element, element[5:], b"\xdd" + bytes((len(element),)) + element):
        assert only(said(heard)) == Report(
            device_id="uav-001",
            event_time_s=1_779_505_147.0,  # 2026-05-23 02:59:07 UTC
            longitude_deg=121.1859817,
            latitude_deg=30.0675106,
            altitude_hae_m=121.0,
            height_ato_m=108.0,
            altitude_baro_m=182.5,
            horizontal_accuracy_m=1.0,
            vertical_accuracy_m=3.0,
            ground_speed_mps=2.8,
            vertical_speed_mps=0.0,
            track_deg=0.5,
            operational_status=OperationalStatus.AIRBORNE,
            codec="gb46750",
        )


def test_the_recording_is_what_our_own_aircraft_would_send(own: Callable[[str], bytes]) -> None:
    recorded = bytes.fromhex(own("gb46750_packet.hex").decode())
    assert recorded == packet(
        registration="00012345", track_deg=92.5, ground_speed_mps=12.5, height_ato_m=60,
        vertical_speed_mps=-1.5, altitude_hae_m=71.5, horizontal_accuracy_class=11,
        datum=Datum.CGCS2000,
    )  # fmt: skip
    report = only(said(recorded))
    assert (report.longitude_deg, report.latitude_deg) == (121.9, 30.9)
    assert (report.height_ato_m, report.altitude_hae_m, report.altitude_baro_m) == (60, 71.5, None)
    assert (report.track_deg, report.ground_speed_mps) == (92.5, 12.5)
    assert report.vertical_speed_mps == -1.5
    assert (report.horizontal_accuracy_m, report.vertical_accuracy_m) == (3.0, None)
    assert (report.event_time_s, report.source_datum) == (AT_S, Datum.CGCS2000)


def test_the_length_may_count_the_flags_or_not() -> None:
    with_flags = bytearray(packet())
    with_flags[2] += 3
    assert said(bytes(with_flags)) == said(packet())
    with_flags[2] += 1
    assert refusal(said(bytes(with_flags))).reason is RefusalReason.MALFORMED


@given(
    st.integers(-1_800_000_000, 1_800_000_000),
    st.integers(-900_000_000, 900_000_000),
    st.integers(946_684_800_000, 4_102_444_799_999),
    st.integers(-126, 127),
    st.integers(-1_998, 20_000),
    st.integers(0, 3_599),
)
def test_what_an_aircraft_encodes_is_what_is_read(
    lon: int, lat: int, at_ms: int, climb: int, halves: int, tenths: int
) -> None:
    sent = encode_packet(
        UAS_ID, at_ms / 1e3, lon / 1e7, lat / 1e7,
        vertical_speed_mps=climb / 2, height_ato_m=halves / 2, altitude_hae_m=halves / 2,
        track_deg=tenths / 10, ground_speed_mps=tenths / 10,
    )  # fmt: skip
    report = only(said(sent))
    assert report.event_time_s == at_ms / 1e3
    if (lon, lat) != (0, 0) and -1 not in {lon, lat}:
        assert (report.longitude_deg, report.latitude_deg) == (lon / 1e7, lat / 1e7)
    assert report.vertical_speed_mps == climb / 2
    assert (report.height_ato_m, report.altitude_hae_m) == (halves / 2, halves / 2)
    assert (report.track_deg, report.ground_speed_mps) == (tenths / 10, tenths / 10)


def test_marks_of_unknown_values_are_unknown() -> None:
    report = only(said(encode_packet(UAS_ID, None, None, None)))
    assert report == Report(
        device_id="uav-001",
        event_time_s=RECEIVED_S,
        time_source=TimeSource.SERVER,
        operational_status=OperationalStatus.AIRBORNE,
        codec="gb46750",
        quality_flags=("no_fix", "time_unknown"),
    )


@pytest.mark.parametrize("raw", ["0000000000000000", "ffffff7f00000000", "ffffffff00112233"])
def test_a_position_that_is_none_is_unknown_whole(raw: str) -> None:
    report = only(said(with_item(Item.POSITION, raw)))
    assert (report.longitude_deg, report.latitude_deg) == (None, None)
    assert report.quality_flags == ("no_fix",)


@pytest.mark.parametrize(
    ("status", "means", "flags"),
    [
        (0, OperationalStatus.UNKNOWN, ()),
        (1, OperationalStatus.GROUND, ()),
        (2, OperationalStatus.AIRBORNE, ()),
        (3, OperationalStatus.EMERGENCY, ()),
        (4, OperationalStatus.UNKNOWN, ("remote_id_failed",)),
        (5, OperationalStatus.EMERGENCY, ("remote_id_failed",)),
        (9, OperationalStatus.UNKNOWN, ()),
    ],
)
def test_an_aircraft_says_whether_its_identification_failed(
    status: int, means: OperationalStatus, flags: tuple[str, ...]
) -> None:
    report = only(said(packet(status=status)))
    assert (report.operational_status, report.quality_flags) == (means, flags)


def test_the_classes_of_accuracy_are_metres_and_reserved_ones_unknown() -> None:
    read = [
        only(said(packet(horizontal_accuracy_class=n, vertical_accuracy_class=n)))
        for n in (0, 1, 6, 12, 13, 255)
    ]
    assert [r.horizontal_accuracy_m for r in read] == [None, 18_520.0, 555.6, 1.0, None, None]
    assert [r.vertical_accuracy_m for r in read] == [None, 150.0, 1.0, None, None, None]


@pytest.mark.parametrize(
    ("item", "raw", "found"),
    [
        (Item.TRACK, "110e", "3601"),
        (Item.POSITION, "01d2496b00000000", "180.0000001"),
        (Item.DATUM, "02", "coordinate system 2"),
        (Item.TIME, "010000000000", "0.001"),
        (Item.TIME, "ffffffffffff", "281474976710.655"),
    ],
)
def test_what_cannot_be_is_out_of_range(item: Item, raw: str, found: str) -> None:
    refused = refusal(said(with_item(item, raw)))
    assert refused.reason is RefusalReason.OUT_OF_RANGE
    assert found in refused.detail


def test_the_datum_is_the_registered_one_where_the_packet_has_none() -> None:
    bare = bytes.fromhex("ff200803800400") + b"\x01" * 8  # flags of one byte more than needed
    gcj = Unit(device_id="uav-001", codec="gb46750", datum=Datum.GCJ02)
    sent = bytes.fromhex("ff2008018000") + bytes.fromhex("00d1a848007e6a12")
    report = only(said(sent, gcj))
    assert (report.source_datum, report.quality_flags) == (
        Datum.GCJ02, ("time_unknown", "id_absent"),
    )  # fmt: skip
    assert refusal(said(bare)).reason is RefusalReason.MALFORMED


def test_an_aircraft_of_another_number_is_refused_and_one_without_is_told() -> None:
    refused = refusal(said(packet(), Unit(device_id="uav-002", codec="gb46750")))
    assert (refused.reason, UAS_ID in refused.detail) == (RefusalReason.WRONG_DEVICE, True)
    nameless = encode_packet("", AT_S, 121.9, 30.9)
    assert only(said(nameless)).quality_flags == ("id_absent",)


def test_packets_in_a_row_are_read_in_order_up_to_the_first_that_is_broken() -> None:
    first, second, third = said(packet(track_deg=1) + packet(track_deg=2) + b"\xff\x20")
    assert isinstance(first, Report)
    assert isinstance(second, Report)
    assert (first.track_deg, second.track_deg) == (1.0, 2.0)
    assert isinstance(third, Refused)


def test_an_item_of_a_later_edition_is_passed_over() -> None:
    later = bytearray(packet())
    later[5] |= 1
    later[6:6] = b"\x80"  # item 022, of a length that nobody here knows
    later += b"\x01\x02\x03"
    later[2] += 3
    assert only(said(bytes(later))) == only(said(packet()))


@pytest.mark.parametrize(
    "payload",
    [b"", b"\xff", b"\xff\x20\x00\x00\x00\x00", b"\xff\x40" + packet()[2:], b"text", b"{}" * 9,
     packet()[:-1], packet() + b"\x00", b"\xff\x20\x00" + b"\x01" * 40, b"\xdd\x50\xfa\x0b\xbc\x0d",
     bytes.fromhex("ff200400380102") + bytes(4), b"\x80\x00" + bytes(60)],
)  # fmt: skip
def test_what_is_no_packet_is_refused(payload: bytes) -> None:
    assert {o.reason for o in said(payload) if isinstance(o, Refused)} == {RefusalReason.MALFORMED}


def test_a_payload_of_64_kib_costs_no_more_than_its_first_packets() -> None:
    smallest = b"\xff\x20\x01\x10\x00\x00" + b"\x00"
    outcomes = said(smallest * (65_536 // len(smallest)))
    assert len(outcomes) == MAX_PACKETS + 1
    assert refusal(outcomes[-1:]).reason is RefusalReason.TOO_LARGE


def test_a_packet_in_an_element_is_the_packet() -> None:
    assert said(vendor_element(packet(), counter=7)) == said(packet())
    with pytest.raises(ValueError, match="at most 250"):
        vendor_element(bytes(251))


@pytest.mark.parametrize(
    "wrong",
    [{"track_deg": 7_000}, {"ground_speed_mps": -1}, {"height_ato_m": -9_000}, {"status": 256},
     {"vertical_speed_mps": 64}, {"vertical_speed_mps": -63.5}, {"registration": "123456789"},
     {"altitude_hae_m": 40_000}],
)  # fmt: skip
def test_what_the_format_cannot_hold_is_our_own_mistake(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        packet(**wrong)


@given(st.binary(max_size=120), st.booleans())
def test_no_bytes_raise_and_positions_are_whole(tail: bytes, headed: bool) -> None:
    for outcome in said((b"\xff\x20" if headed else b"") + tail):
        if isinstance(outcome, Refused):
            assert len(outcome.detail) <= DETAIL_CHARS
        if isinstance(outcome, Report):
            assert (outcome.longitude_deg is None) is (outcome.latitude_deg is None)


@given(st.binary(min_size=69, max_size=69))
def test_no_items_raise_and_positions_are_whole(content: bytes) -> None:
    unit = Unit(device_id=content[:20].strip(b"\x00 ").decode("ascii", "replace") or "uav-001")
    for outcome in said(packet()[:CONTENT_AT] + content, unit):
        if isinstance(outcome, Report) and outcome.longitude_deg is not None:
            assert abs(outcome.longitude_deg) <= 180
            assert outcome.latitude_deg is not None
