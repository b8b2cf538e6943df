"""JT/T 808 location reports."""

from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from operator import xor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.codecs.codec import DETAIL_CHARS, MAX_MESSAGES, Outcome
from telemetry.codecs.jt808 import CODEC, encode_location, location_body
from telemetry.codecs.jt808_frame import Edition, Message, checksum, encode_frame, read
from telemetry.codecs.jt808_session import (
    Authentication,
    Registration,
    RegistrationResult,
    Result,
    encode_answer,
    encode_authentication,
    encode_batch,
    encode_heartbeat,
    encode_registration,
    encode_registration_answer,
    read_authentication,
    read_registration,
)
from telemetry.report import (
    Datum,
    Frame,
    Notice,
    RefusalReason,
    Refused,
    Report,
    TimeSource,
    Unit,
)

Say = Callable[..., tuple[Outcome, ...]]
TERMINAL = Unit(device_id="bus-001", codec="jt808", wire_id="13800138000")
AT_S = 1_777_622_400.0
TOPIC = "zone/up/bus-001/tele"


def location(**said: float) -> bytes:
    return encode_location("13800138000", AT_S, 121.9, 30.9, **said)  # type: ignore[arg-type]


def only(outcomes: tuple[Outcome, ...]) -> Report:
    (report,) = outcomes
    assert isinstance(report, Report), report
    return report


def refusal(outcomes: tuple[Outcome, ...]) -> Refused:
    (refused,) = outcomes
    assert isinstance(refused, Refused), refused
    return refused


def test_a_location_is_read_field_by_field(said: Say, own: Callable[[str], bytes]) -> None:
    frame = bytes.fromhex(own("jt808_location.hex").decode())
    assert only(said(frame, TERMINAL)) == Report(
        device_id="bus-001",
        event_time_s=AT_S,
        longitude_deg=121.928765,
        latitude_deg=30.900123,
        altitude_msl_m=4.0,
        satellites=17,
        ground_speed_mps=12.5,
        track_deg=92.0,
        codec="jt808",
        serial=0x007E,
    )


def test_the_recording_is_what_our_own_terminal_would_send(own: Callable[[str], bytes]) -> None:
    frame = encode_location(
        "13800138000", AT_S, 121.928765, 30.900123,
        altitude_msl_m=4, ground_speed_mps=12.5, track_deg=92, satellites=17, serial=0x007E,
    )  # fmt: skip
    assert frame.hex() == own("jt808_location.hex").decode().strip()


def test_frames_of_real_terminals_are_read_or_refused_by_name(
    shared: Callable[[str], bytes],
) -> None:
    read, refused = 0, []
    for line in shared("jt808_0200_hex.txt").decode().split():
        frame = bytes.fromhex(line)
        phone = frame[5:11].hex() if not frame[3] & 0x40 else frame[6:16].hex()
        unit = Unit(device_id="bus-001", codec="jt808", wire_id=phone)
        outcomes = CODEC.decode(Frame(TOPIC, frame, 0.0), unit)
        if all(isinstance(outcome, Report) for outcome in outcomes):
            read += 1
        else:
            refused.append(line[:40])
    # The one that is not read carries the mark 0x7E unescaped in its body.
    assert (read, len(refused)) == (23, 1)


def test_a_real_frame_from_shanghai_is_read(shared: Callable[[str], bytes]) -> None:
    (line,) = (
        line
        for line in shared("jt808_0200_hex.txt").decode().split()
        if line.startswith("7e0200009e017721028890")
    )
    unit = Unit(device_id="bus-001", codec="jt808", wire_id="17721028890")
    report = only(CODEC.decode(Frame(TOPIC, bytes.fromhex(line), 0.0), unit))
    assert (report.longitude_deg, report.latitude_deg) == (121.414285, 31.060692)
    assert (report.altitude_msl_m, report.ground_speed_mps) == (43.0, 12.5)
    assert report.event_time_s == 1_704_878_765.0  # 2024-01-10 17:26:05 in Beijing


def test_the_longer_header_of_2019_is_read(said: Say) -> None:
    body = location()[1:-1][12:-1]
    header = bytes.fromhex("0200") + (0x4000 | len(body)).to_bytes(2, "big") + b"\x01"
    data = header + bytes.fromhex("13800138000".zfill(20)) + b"\x00\x05" + body
    frame = b"\x7e" + data + bytes((checksum(data),)) + b"\x7e"
    assert frame == encode_location(
        "13800138000", AT_S, 121.9, 30.9, serial=5, edition=Edition.OF_2019
    )
    assert only(said(frame, TERMINAL)).longitude_deg == 121.9


@given(
    st.integers(-180_000_000, 180_000_000),
    st.integers(-90_000_000, 90_000_000),
    st.integers(0, 65_534),
    st.integers(0, 10_000),
    st.integers(0, 359),
    st.integers(0, 4_102_444_800 - 946_684_800 - 86_400),
    st.integers(0, 0xFFFF),
)
def test_what_a_terminal_encodes_is_what_is_read(
    lon: int, lat: int, altitude_m: int, speed: int, track_deg: int, second: int, serial: int
) -> None:
    at_s = 946_684_800.0 + second  # from 2000 to nearly 2100, all that two digits can say
    frame = encode_location(
        "13800138000", at_s, lon / 1e6, lat / 1e6,
        altitude_msl_m=altitude_m, ground_speed_mps=speed / 36, track_deg=track_deg, serial=serial,
    )  # fmt: skip
    report = only(CODEC.decode(Frame(TOPIC, frame, 0.0), TERMINAL))
    assert report.event_time_s == at_s
    assert report.ground_speed_mps == speed / 36
    if (lon, lat) != (0, 0):
        assert (report.longitude_deg, report.latitude_deg) == (lon / 1e6, lat / 1e6)
        assert (report.altitude_msl_m, report.track_deg) == (altitude_m, track_deg)


@given(st.binary(max_size=300))
def test_the_check_sum_is_the_exclusive_or_of_all_bytes(data: bytes) -> None:
    assert checksum(data) == reduce(xor, data, 0)


def test_marks_inside_a_frame_are_escaped() -> None:
    frame = encode_frame(0x0002, "13800138000", b"", serial=0x7E7D)
    assert frame.count(b"\x7e") == 2
    assert b"\x7d\x02\x7d\x01" in frame
    assert isinstance(CODEC.decode(Frame(TOPIC, frame, 0.0), TERMINAL)[0], Notice)


def test_several_frames_in_a_payload_give_their_reports_in_order(said: Say) -> None:
    frames = [location(ground_speed_mps=n) for n in (1, 2, 3)]
    for joined in (b"".join(frames), b"\x7e".join(frame[1:-1] for frame in frames)):
        reports = said(joined, TERMINAL)
        assert [r.ground_speed_mps for r in reports if isinstance(r, Report)] == [1.0, 2.0, 3.0]


@pytest.mark.requirement("D4d-39")
@pytest.mark.parametrize("placed", [(121.9, 30.9, False), (0.0, 0.0, True)])
def test_without_a_fix_the_position_is_unknown(
    said: Say, placed: tuple[float, float, bool]
) -> None:
    longitude_deg, latitude_deg, fixed = placed
    frame = encode_location("13800138000", AT_S, longitude_deg, latitude_deg, fixed=fixed)
    report = only(said(frame, TERMINAL))
    assert (report.longitude_deg, report.latitude_deg, report.altitude_msl_m) == (None, None, None)
    assert report.quality_flags == ("no_fix",)


def body_with(offset: int, raw: str) -> bytes:
    body = bytearray(location()[1:-1][12:-1])
    body[offset : offset + len(raw) // 2] = bytes.fromhex(raw)
    return encode_frame(0x0200, "13800138000", bytes(body))


def test_a_terminal_that_never_had_a_fix_is_heard_at_the_time_of_receipt(said: Say) -> None:
    report = only(said(body_with(22, "000000000000"), TERMINAL))
    assert (report.time_source, report.event_time_s) == (TimeSource.SERVER, 1_777_622_400.5)
    assert "time_unknown" in report.quality_flags


def test_a_position_that_went_through_the_encryption_plug_in_says_so(said: Say) -> None:
    report = only(said(body_with(4, "00000022"), TERMINAL))
    assert report.quality_flags == ("position_encrypted",)


def test_an_altitude_of_all_ones_is_unknown(said: Say) -> None:
    assert only(said(body_with(16, "ffff"), TERMINAL)).altitude_msl_m is None


def test_the_datum_is_the_registered_one(said: Say) -> None:
    unit = Unit(device_id="bus-001", codec="jt808", wire_id="13800138000", datum=Datum.GCJ02)
    assert only(said(location(), unit)).source_datum is Datum.GCJ02


@pytest.mark.parametrize(
    ("offset", "raw", "found"),
    [
        (22, "261301080000", "261301080000"),
        (22, "26050a080000", "26050a080000"),
        (22, "260501080060", "260501080060"),
        (8, "055d4a81", "90000001"),
        (12, "0aba9501", "180000001"),
        (20, "0169", "361"),
    ],
)
def test_what_cannot_be_is_out_of_range(said: Say, offset: int, raw: str, found: str) -> None:
    refused = refusal(said(body_with(offset, raw), TERMINAL))
    assert refused.reason is RefusalReason.OUT_OF_RANGE
    assert found in refused.detail


def test_a_broken_frame_is_refused_by_its_check_sum_and_the_others_are_read(said: Say) -> None:
    broken = bytearray(location())
    broken[20] ^= 0x04
    first, second = said(bytes(broken) + location(), TERMINAL)
    assert isinstance(first, Refused)
    assert first.reason is RefusalReason.BAD_CHECKSUM
    assert isinstance(second, Report)


@pytest.mark.parametrize("wire_id", ["13800138000", "013800138000", "00000000013800138000"])
def test_leading_zeros_of_a_phone_number_do_not_count(said: Say, wire_id: str) -> None:
    unit = Unit(device_id="bus-001", codec="jt808", wire_id=wire_id)
    assert only(said(location(), unit)).device_id == "bus-001"


def test_a_frame_of_another_terminal_is_refused(said: Say) -> None:
    frame = encode_location("13900139000", AT_S, 121.9, 30.9)
    refused = refusal(said(frame, TERMINAL))
    assert refused.reason is RefusalReason.WRONG_DEVICE
    assert "'13900139000'" in refused.detail
    assert "13800138000" in refused.detail


def test_a_unit_without_a_declared_phone_number_may_send_its_device_id_alone(said: Say) -> None:
    unit = Unit(device_id="13800138000", codec="jt808")
    assert only(said(location(), unit)).device_id == "13800138000"
    undeclared = refusal(said(location(), Unit(device_id="bus-001", codec="jt808")))
    assert undeclared.reason is RefusalReason.WRONG_DEVICE


def test_a_heartbeat_is_a_notice(said: Say) -> None:
    (notice,) = said(encode_heartbeat("13800138000", serial=65_535), TERMINAL)
    assert notice == Notice(device_id="bus-001", kind="heartbeat", serial=65_535)


BUS = Registration(
    province=31, city=115, maker="70111", model="ZX-9", terminal="0000042",
    plate_colour=1, plate="沪A12345",
)  # fmt: skip


@pytest.mark.parametrize("edition", list(Edition))
def test_a_registration_is_a_notice_with_what_it_says(said: Say, edition: Edition) -> None:
    frame = encode_registration("13800138000", BUS, edition=edition, serial=9)
    (notice,) = said(frame, TERMINAL)
    detail = "plate 沪A12345 (colour 1), division 310115, maker 70111, model ZX-9, terminal 0000042"
    assert notice == Notice(device_id="bus-001", kind="registration", detail=detail, serial=9)
    message = read(frame[1:-1])
    assert isinstance(message, Message)
    assert (message.serial, message.edition, read_registration(message)) == (9, edition, BUS)


@pytest.mark.parametrize("edition", list(Edition))
def test_an_authentication_is_a_notice_that_keeps_its_code_secret(
    said: Say, edition: Edition
) -> None:
    newer = edition is Edition.OF_2019
    login = Authentication("s3cret", *(("867656040000001", "v4.2") if newer else (None, None)))
    frame = encode_authentication("13800138000", login, edition=edition)
    detail = "IMEI 867656040000001, software v4.2" if newer else "by its code"
    assert said(frame, TERMINAL) == (
        Notice(device_id="bus-001", kind="authentication", detail=detail, serial=0),
    )
    message = read(frame[1:-1])
    assert isinstance(message, Message)
    assert read_authentication(message) == login
    assert "s3cret" not in repr(login)


@pytest.mark.parametrize("edition", list(Edition))
@pytest.mark.parametrize("message_id", [0x0100, 0x0102])
def test_a_session_that_is_cut_short_is_refused(
    said: Say, message_id: int, edition: Edition
) -> None:
    body = b"" if edition is Edition.OF_2013 else b"\x09abc"
    refused = refusal(
        said(encode_frame(message_id, "13800138000", body, edition=edition), TERMINAL)
    )
    assert refused.reason is RefusalReason.MALFORMED


def test_a_batch_gives_the_reports_that_were_kept_without_a_network(said: Say) -> None:
    kept = [location_body(AT_S + n, 121.9, 30.9, ground_speed_mps=n) for n in range(3)]
    reports = said(encode_batch("13800138000", kept, serial=8), TERMINAL)
    found = [
        (r.event_time_s, r.ground_speed_mps, r.serial) for r in reports if isinstance(r, Report)
    ]
    assert found == [(AT_S, 0.0, 8), (AT_S + 1, 1.0, 8), (AT_S + 2, 2.0, 8)]


def test_a_batch_that_promises_more_than_it_holds_loses_that_alone(said: Say) -> None:
    body = encode_batch("13800138000", [location_body(AT_S, 121.9, 30.9)] * 2)[13:-2]
    whole, short = said(encode_frame(0x0704, "13800138000", body[:-1]), TERMINAL)
    assert isinstance(whole, Report)
    assert (
        refusal((short,)).detail
        == "found 1 whole locations, expected 2 as the batch says, 1 or more"
    )
    assert (
        refusal(said(encode_batch("13800138000", []), TERMINAL)).reason is RefusalReason.MALFORMED
    )


@pytest.mark.parametrize(
    ("alarms", "flags"),
    [(0x01, ("emergency_alarm",)), (0x10, ("gnss_fault",)), (0x20, ("gnss_fault",)),
     (0x40, ("gnss_fault",)), (0x02, ()), (0x11, ("emergency_alarm", "gnss_fault"))],
)  # fmt: skip
def test_the_alarms_that_matter_are_flags(said: Say, alarms: int, flags: tuple[str, ...]) -> None:
    sent = encode_location("13800138000", AT_S, 121.9, 30.9, alarms=alarms)
    assert only(said(sent, TERMINAL)).quality_flags == flags


def test_a_part_of_a_split_message_is_refused_by_name(said: Say) -> None:
    data = bytearray(encode_frame(0x0704, "13800138000", b"")[1:-2])
    data[2] |= 0x20
    data += b"\x00\x03\x00\x02"
    raw = bytes(data) + bytes((checksum(bytes(data)),))
    refused = refusal(said(b"\x7e" + raw + b"\x7e", TERMINAL))
    assert refused.reason is RefusalReason.UNSUPPORTED
    assert "0x0704 in parts (2 of 3)" in refused.detail


def test_the_platform_answers_in_the_terminals_edition() -> None:
    for edition in Edition:
        asked = read(encode_registration("13800138000", BUS, edition=edition, serial=0x0102)[1:-1])
        assert isinstance(asked, Message)
        answers = [
            read(frame[1:-1])
            for frame in (
                encode_answer(asked, Result.UNSUPPORTED, serial=3),
                encode_registration_answer(asked, RegistrationResult.DONE, "s3cret"),
                encode_registration_answer(asked, RegistrationResult.NO_SUCH_VEHICLE, "s3cret"),
            )
        ]
        assert [(a.message_id, a.edition, a.body) for a in answers if isinstance(a, Message)] == [
            (0x8001, edition, bytes.fromhex("0102010003")),
            (0x8100, edition, bytes.fromhex("010200") + b"s3cret"),
            (0x8100, edition, bytes.fromhex("010202")),
        ]


def test_a_payload_of_64_kib_costs_no_more_than_its_first_reports(said: Say) -> None:
    batch = encode_batch("13800138000", [location_body(AT_S, 121.9, 30.9)] * 34)
    for hostile in (batch * 63, location() * 1_400, b"\x7e\x00" * 32_768):
        outcomes = said(hostile[:65_536], TERMINAL)
        assert len(outcomes) == MAX_MESSAGES + 1
        assert refusal(outcomes[-1:]).reason is RefusalReason.TOO_LARGE


def test_other_messages_are_not_supported_and_named(said: Say) -> None:
    refused = refusal(said(encode_frame(0x0801, "13800138000", b"\x01"), TERMINAL))
    assert refused.reason is RefusalReason.UNSUPPORTED
    assert "0x0801" in refused.detail


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x7e",
        b"\x7e\x7e\x7e",
        b"\x7e\x02\x00\x7e",
        b"text",
        b"{}",
        location()[:30],
        location()[5:],
    ],
)
def test_what_is_no_frame_is_refused(said: Say, payload: bytes) -> None:
    for outcome in said(payload, TERMINAL):
        assert isinstance(outcome, Refused)
        assert outcome.reason in {RefusalReason.MALFORMED, RefusalReason.BAD_CHECKSUM}


def test_a_location_that_is_cut_short_is_refused(said: Say) -> None:
    refused = refusal(said(encode_frame(0x0200, "13800138000", bytes(27)), TERMINAL))
    assert refused.reason is RefusalReason.MALFORMED
    assert "27" in refused.detail
    assert "28" in refused.detail


@pytest.mark.parametrize(
    "tail", ["", "31", "3101", "310111", "0104000000ff310111", "01ff", "31020011"]
)
def test_odd_bytes_behind_a_location_do_not_cost_it(said: Say, tail: str) -> None:
    body = location()[1:-1][12:-1] + bytes.fromhex(tail)
    report = only(said(encode_frame(0x0200, "13800138000", body), TERMINAL))
    assert report.satellites == (17 if tail.endswith("310111") else None)


@pytest.mark.parametrize(
    ("phone", "longitude_deg", "altitude_m", "speed_mps"),
    [
        ("1380013800x", 121.9, 0, 0),
        ("1234567890123", 121.9, 0, 0),
        ("13800138000", 121.9, 70_000, 0),
        ("13800138000", 121.9, 0, 2_000),
        ("13800138000", 5_000.0, 0, 0),
    ],
)
def test_what_the_format_cannot_hold_is_our_own_mistake(
    phone: str, longitude_deg: float, altitude_m: float, speed_mps: float
) -> None:
    with pytest.raises(ValueError, match=r"."):
        encode_location(
            phone, AT_S, longitude_deg, 30.9, altitude_msl_m=altitude_m, ground_speed_mps=speed_mps
        )


@given(st.binary(max_size=500))
def test_no_bytes_raise(payload: bytes) -> None:
    for outcome in CODEC.decode(Frame(TOPIC, payload, 5.0), TERMINAL):
        assert isinstance(outcome, Refused)
        assert len(outcome.detail) <= DETAIL_CHARS


@pytest.mark.parametrize(
    "encode",
    [
        lambda: encode_registration("1", replace(BUS, maker="far too long")),
        lambda: encode_registration("1", replace(BUS, province=70_000)),
        lambda: encode_registration("1", replace(BUS, plate="\N{ROCKET}")),
        lambda: encode_authentication(
            "1", Authentication("x", "1" * 16, "v"), edition=Edition.OF_2019
        ),
        lambda: encode_batch("1", [location_body(AT_S, 121.9, 30.9)] * 35),
    ],
    ids=["maker", "province", "plate", "imei", "batch"],
)
def test_a_session_that_the_format_cannot_hold_is_our_own_mistake(
    encode: Callable[[], bytes],
) -> None:
    with pytest.raises(ValueError, match=r"."):
        encode()


@given(
    st.integers(0, 0xFFFF) | st.sampled_from((0x0100, 0x0102, 0x0704)),
    st.binary(max_size=200),
    st.sampled_from(Edition),
)
def test_no_well_formed_frame_raises(message_id: int, body: bytes, edition: Edition) -> None:
    frame = encode_frame(message_id, "13800138000", body, edition=edition)
    assert CODEC.decode(Frame(TOPIC, frame, 5.0), TERMINAL)


@given(st.binary(min_size=28, max_size=100))
def test_no_location_raises_and_positions_are_whole(body: bytes) -> None:
    frame = encode_frame(0x0200, "13800138000", body)
    for outcome in CODEC.decode(Frame(TOPIC, frame, 5.0), TERMINAL):
        if isinstance(outcome, Report) and outcome.longitude_deg is not None:
            assert -180 <= outcome.longitude_deg <= 180
            assert outcome.latitude_deg is not None
