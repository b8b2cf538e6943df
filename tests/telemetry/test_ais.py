"""AIS lines: what a vessel says of itself."""

import subprocess
import sys
from collections.abc import Callable
from functools import reduce
from operator import xor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from pyais import encode_dict

from telemetry.codecs.ais import CODEC, MAX_LINES
from telemetry.codecs.codec import DETAIL_CHARS, Outcome
from telemetry.report import (
    Datum,
    Frame,
    Notice,
    OperationalStatus,
    RefusalReason,
    Refused,
    Report,
    TimeSource,
    Unit,
)

VESSEL = Unit(device_id="412345678", codec="ais")
RECEIVED_S = 1_777_622_400.5
"""2026-05-01 08:00:00.5 UTC."""


def said(payload: bytes, unit: Unit = VESSEL) -> tuple[Outcome, ...]:
    return CODEC.decode(Frame("zone/up/412345678/tele", payload, RECEIVED_S), unit)


def lines(msg_type: int = 1, **fields: Any) -> bytes:
    """The lines of a message, as a receiver passes them on."""
    known = {
        "msg_type": msg_type, "mmsi": 412345678, "lon": 121.9, "lat": 30.9, "speed": 10.0,
        "course": 92.5, "heading": 90, "second": 59, "status": 0,
    }  # fmt: skip
    found = encode_dict(known | fields, talker_id="AI", sentence_type="VDM")
    return "\r\n".join(found).encode() + b"\r\n"


def only(outcomes: tuple[Outcome, ...]) -> Report:
    (report,) = outcomes
    assert isinstance(report, Report), report
    return report


def refusal(outcomes: tuple[Outcome, ...]) -> Refused:
    (refused,) = outcomes
    assert isinstance(refused, Refused), refused
    return refused


def tagged(line: bytes, tag: bytes) -> bytes:
    return b"\\" + tag + b"*%02X\\" % reduce(xor, tag) + line


def sentence(sixes: bytes, fill: int = 0) -> bytes:
    body = b"AIVDM,1,1,,A,%b,%d" % (sixes, fill)
    return b"!" + body + b"*%02X" % reduce(xor, body)


def test_real_lines_are_read_or_refused_by_name(shared: Callable[[str], bytes]) -> None:
    # The recording has line ends where its receiver put none: behind a TAG block, and not before.
    recorded = shared("ais_nmea_tagblock.txt").replace(b"0*14s:", b"0*14\\s:")
    stream = recorded.replace(b"\\\n!", b"\\!").replace(b"\\s:", b"\n\\s:")
    unit = Unit(device_id="vessel-1", codec="ais", wire_id="239297000")
    outcomes = said(stream, unit)
    assert [o for o in outcomes if isinstance(o, Report)] == [
        Report(
            device_id="vessel-1",
            event_time_s=1_777_622_387.0,  # second 47, thirteen before its receipt
            time_source=TimeSource.GNSS,
            longitude_deg=23.558263,
            latitude_deg=37.961073,
            ground_speed_mps=0.0,
            track_deg=0.0,
            codec="ais",
        )
    ]
    others = [o for o in outcomes if isinstance(o, Refused)]
    assert {o.reason for o in others} == {RefusalReason.WRONG_DEVICE}
    assert len(outcomes) == 11  # of twelve lines, two of which are one message
    named = said(stream, Unit(device_id="vessel-2", codec="ais", wire_id="240985000"))
    (notice,) = (outcome for outcome in named if isinstance(outcome, Notice))
    assert notice.detail == "name RHINO, call sign SVAF5, ship type 79"


def test_the_recording_is_what_pyais_makes_of_our_vessel(own: Callable[[str], bytes]) -> None:
    recorded = own("ais_position.nmea")
    assert recorded == tagged(lines(accuracy=1), b"s:dock-4,c:1777622401")
    assert only(said(recorded)) == Report(
        device_id="412345678",
        event_time_s=1_777_622_399.0,
        time_source=TimeSource.GNSS,
        longitude_deg=121.9,
        latitude_deg=30.9,
        horizontal_accuracy_m=10.0,
        ground_speed_mps=10 * 1_852 / 3_600,
        track_deg=92.5,
        heading_deg=90.0,
        codec="ais",
    )


@settings(max_examples=50)
@given(
    st.sampled_from((1, 2, 3, 18, 19)),
    st.integers(-180 * 600_000, 180 * 600_000),
    st.integers(-90 * 600_000, 90 * 600_000),
    st.integers(0, 1_022),
    st.integers(0, 3_599),
    st.integers(0, 359),
    st.integers(0, 59),
)
def test_what_pyais_encodes_is_what_is_read(
    msg_type: int, lon: int, lat: int, speed: int, course: int, heading: int, second: int
) -> None:
    report = only(said(lines(
        msg_type, lon=lon / 600_000, lat=lat / 600_000, speed=speed / 10, course=course / 10,
        heading=heading, second=second,
    )))  # fmt: skip
    assert report.longitude_deg == pytest.approx(lon / 600_000, abs=3e-6)
    assert report.latitude_deg == pytest.approx(lat / 600_000, abs=3e-6)
    assert report.ground_speed_mps == pytest.approx(speed * 0.0514444, abs=1e-4)
    assert report.track_deg == pytest.approx(course / 10, abs=0.11)
    assert report.heading_deg == heading
    assert report.event_time_s % 60 == second
    assert abs(report.event_time_s - RECEIVED_S) <= 30


def test_the_datum_is_that_of_the_standard_whatever_is_registered() -> None:
    declared = structs.replace(VESSEL, datum=Datum.GCJ02)
    assert only(said(lines(), declared)).source_datum is Datum.WGS84


def test_marks_of_unknown_values_are_unknown() -> None:
    report = only(said(lines(lon=181, lat=91, speed=102.3, course=360, heading=511, second=60)))
    assert report == Report(
        device_id="412345678",
        event_time_s=RECEIVED_S,
        time_source=TimeSource.SERVER,
        codec="ais",
        quality_flags=("no_fix", "time_unknown"),
    )


@pytest.mark.parametrize(
    ("second", "flags", "placed"),
    [
        (60, ("time_unknown",), True),
        (61, ("time_unknown", "position_manual"), True),
        (62, ("time_unknown", "position_estimated"), True),
        (63, ("no_fix", "time_unknown"), False),
    ],
)
def test_a_second_beyond_the_minute_says_how_the_position_was_found(
    second: int, flags: tuple[str, ...], placed: bool
) -> None:
    report = only(said(lines(second=second)))
    assert (report.quality_flags, report.time_source) == (flags, TimeSource.SERVER)
    assert (report.longitude_deg is not None) is placed


@pytest.mark.parametrize(
    "tag", [b"c:1777622455", b"s:x,c:1777622455123", b"g:1-1-7,c:1777622455,s:y"]
)
def test_the_receivers_time_is_that_of_the_tag_block(tag: bytes) -> None:
    assert only(said(tagged(lines(second=50), tag))).event_time_s == 1_777_622_450.0
    untimed = only(said(tagged(lines(second=60), tag)))
    assert (untimed.event_time_s // 1, untimed.time_source) == (1_777_622_455, TimeSource.SERVER)


def test_a_tag_block_without_a_time_changes_nothing() -> None:
    assert said(tagged(lines(), b"s:dock-4")) == said(lines())


def test_distress_alone_says_how_a_vessel_fares() -> None:
    states = [only(said(lines(status=n))).operational_status for n in range(16)]
    assert states.pop(14) is OperationalStatus.EMERGENCY
    assert set(states) == {OperationalStatus.UNKNOWN}


def test_names_are_notices_and_parts_are_joined_in_whatever_order() -> None:
    ship = lines(5, shipname="HAI XUN 01", callsign="BABC", ship_type=70)
    first, second = ship.splitlines()
    expected = Notice(
        device_id="412345678", kind="state",
        detail="name HAI XUN 01, call sign BABC, ship type 70",
    )  # fmt: skip
    assert said(ship) == (expected,)
    assert said(second + b"\n" + lines().strip() + b"\n" + first)[1] == expected
    (half,) = said(lines(24, partno=0, shipname="HAI XUN 02"))
    assert isinstance(half, Notice)
    assert half.detail == "name HAI XUN 02"
    (rest,) = said(lines(24, partno=1, callsign="BABD", ship_type=36))
    assert isinstance(rest, Notice)
    assert rest.detail == "call sign BABD, ship type 36"


def test_a_part_alone_is_refused_by_its_number() -> None:
    first = lines(5, shipname="HAI XUN 01").splitlines()[0]
    refused = refusal(said(first))
    assert (refused.reason, "part 1 of 2" in refused.detail) == (RefusalReason.MALFORMED, True)


def test_a_vessel_of_another_number_is_refused() -> None:
    refused = refusal(said(lines(), Unit(device_id="vessel-1", codec="ais", wire_id="413999999")))
    assert refused.reason is RefusalReason.WRONG_DEVICE
    assert "'412345678'" in refused.detail
    leading = Unit(device_id="vessel-1", codec="ais", wire_id="002320001")
    assert only(said(lines(mmsi=2320001), leading)).device_id == "vessel-1"


@pytest.mark.parametrize(
    ("line", "reason", "found"),
    [
        (lines(4), RefusalReason.UNSUPPORTED, "message type 4"),
        (lines(27), RefusalReason.UNSUPPORTED, "message type 27"),
        (lines()[:-4] + b"00", RefusalReason.BAD_CHECKSUM, "0x00"),
        (
            tagged(lines(), b"c:1777622455").replace(b"c:17", b"c:16"),
            RefusalReason.BAD_CHECKSUM,
            "TAG",
        ),
        (tagged(lines(), b"c:10000000000"), RefusalReason.OUT_OF_RANGE, "10000000000"),
        (tagged(lines(), b"c:946684799"), RefusalReason.OUT_OF_RANGE, "946684799"),
        (sentence(b"15RTgt0PAso;90TKcjM8h6g208CQ"[:20]), RefusalReason.MALFORMED, "120 bits"),
        (lines(lon=182), RefusalReason.OUT_OF_RANGE, "182"),
        (lines(course=409), RefusalReason.OUT_OF_RANGE, "409"),
        (lines(heading=400), RefusalReason.OUT_OF_RANGE, "400"),
        (b"$GPGGA,1,2*00", RefusalReason.MALFORMED, "GPGGA"),
        (b"!AIVDM,1,2,,A,1,0*00", RefusalReason.MALFORMED, "part 2 of 1"),
        (b"\xff\xfe", RefusalReason.MALFORMED, "xff"),
    ],
    ids=range(13),
)
def test_what_cannot_be_read_is_refused_by_name(
    line: bytes, reason: RefusalReason, found: str
) -> None:
    refused = refusal(said(line))
    assert (refused.reason, refused.device_id) == (reason, "412345678")
    assert found in refused.detail


def test_a_payload_of_64_kib_costs_no_more_than_its_first_lines() -> None:
    for hostile in (lines(), b"!AIVDM,9,1,1,A,1,0*2E\n"):
        outcomes = said((hostile * 3_200)[:65_536])
        assert len(outcomes) <= MAX_LINES + 1
        assert refusal(outcomes[-1:]).reason is RefusalReason.TOO_LARGE


@given(st.binary(max_size=200))
def test_no_bytes_raise(payload: bytes) -> None:
    for outcome in said(payload):
        assert isinstance(outcome, Refused)
        assert len(outcome.detail) <= DETAIL_CHARS


SIX_BITS = [bytes((n + 48 if n < 40 else n + 56,)) for n in range(64)]


@settings(max_examples=50)
@given(
    st.sampled_from((1, 3, 5, 18, 19, 24)),
    st.binary(min_size=20, max_size=81),
    st.integers(0, 5),
)
def test_no_well_formed_line_raises_and_positions_are_whole(
    msg_type: int, body: bytes, fill: int
) -> None:
    sixes = SIX_BITS[msg_type] + b"".join(SIX_BITS[byte % 64] for byte in body)
    line = sentence(sixes, fill)
    named = refusal(said(line))
    mmsi = named.detail.split("'")[1] if "'" in named.detail else "412345678"
    for outcome in said(line, Unit(device_id=mmsi, codec="ais")):
        if isinstance(outcome, Report):
            assert (outcome.longitude_deg is None) is (outcome.latitude_deg is None)


def test_nobody_pays_for_what_no_device_speaks() -> None:
    """The codecs are all loaded for their names: their libraries are not."""
    script = (
        "import sys; from telemetry.codecs.ais import CODEC; from telemetry.codecs.mavlink import CODEC;"
        "sys.exit(any(name in sys.modules for name in ('pyais', 'pymavlink')))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
