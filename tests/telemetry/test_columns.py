"""Canonical JSON read by a compiled loop: what it takes is what the plain decoder says, to the bit."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from telemetry import canonical_loop as loop
from telemetry import topic_loop, topics
from telemetry.canonical_members import COLUMNS, TABLES
from telemetry.codecs import canonical
from telemetry.codecs.discover import load_codecs
from telemetry.columns import LONGEST, read
from telemetry.decode import decode
from telemetry.report import ControlMode, Datum, Frame, OperationalStatus, Report, TimeSource, Unit
from telemetry.speakers import NOBODY, OTHERS, Speakers

EXAMPLES = int(os.environ.get("COLUMN_EXAMPLES", "300"))
"""How many each law is tried with: uncompiled it is slow."""

CODECS = load_codecs()
UNITS = {
    unit.device_id: unit
    for unit in (
        Unit(device_id="veh-001"),
        Unit(device_id="v" * 64, datum=Datum.GCJ02),
        Unit(device_id="uav-001", codec="dji"),
        Unit(device_id="old-001", active=False),
    )
}
SPEAKERS = Speakers(UNITS, CODECS)
LEAST = b'"schema_version":1,"event_time":"2026-05-01T08:00:00Z"'
WHOLE = (Path(__file__).parent / "data" / "canonical_vehicle.json").read_bytes()


def said_by(device_id: str, payload: bytes) -> Frame:
    return Frame(f"zone/up/{device_id}/tele", payload, 0.0)


def bits(report: Report) -> tuple[bytes, tuple[type, ...]]:
    """What a report says, with the sign of zero."""
    return msgspec.msgpack.encode(report), tuple(
        type(each) for each in msgspec.structs.astuple(report)
    )


def taken(frames: Sequence[Frame], speakers: Speakers = SPEAKERS) -> list[bool]:
    """Tell which are taken, each alone and among the others; those are what the decoder says."""
    for batch in (frames, *([frame] for frame in frames)):
        reports = read(batch, speakers).reports()
        assert len(reports) == len(batch)
        for frame, report in zip(batch, reports, strict=True):
            if report is not None:
                (plainly,) = decode(frame, UNITS, CODECS)
                assert isinstance(plainly, Report), frame
                assert bits(report) == bits(plainly), frame
    return [report is not None for report in read(frames, speakers).reports()]


def is_taken(members: bytes, device_id: str = "veh-001") -> bool:
    return taken([said_by(device_id, b"{" + members + b"}")])[0]


def test_a_whole_report_is_taken_field_by_field() -> None:
    assert taken([said_by("veh-001", WHOLE)]) == [True]
    columns = read([said_by("veh-001", WHOLE)], SPEAKERS)
    assert columns.numbers[0].tolist() == [
        1_777_622_400.25, 121.9123456, 30.8912345, 15.5, 4.2, -0.5, 0.0, 5.0, 1.5, 2.5, 11.9, -0.1,
        92.1, 91.5, 81.0,
    ]  # fmt: skip
    assert columns.integers[0, [loop.SEQ, loop.SATELLITES]].tolist() == [1234, 17]


def test_messages_keep_their_places_among_those_that_are_left_to_the_decoder() -> None:
    frames = [
        said_by("veh-001", b"[]"),
        said_by("veh-001", b"{" + LEAST + b',"seq":7}'),
        said_by("uav-001", b"{" + LEAST + b"}"),
        said_by("v" * 64, b"{" + LEAST + b',"seq":8}'),
        Frame("zone/tick", b"", 0.0),
    ]
    assert taken(frames) == [False, True, False, True, False]
    reports = read(frames, SPEAKERS).reports()
    assert [report and (report.device_id, report.seq) for report in reports] == [
        None, ("veh-001", 7), None, ("v" * 64, 8), None,
    ]  # fmt: skip


def test_no_message_is_no_column() -> None:
    assert read([], SPEAKERS).reports() == []


@pytest.mark.parametrize(
    "frame",
    [
        said_by("veh-009", b"{" + LEAST + b"}"),
        said_by("uav-001", b"{" + LEAST + b"}"),
        said_by("old-001", b"{" + LEAST + b"}"),
        Frame("zone/up/veh-001/event", b"{" + LEAST + b"}", 0.0),
        Frame("thing/product/veh-001/osd", b"{" + LEAST + b"}", 0.0),
        Frame("zone/up/veh-001/tele", b"{" + LEAST + b"}", 0.0, retained=True),
        Frame("zone/down/veh-001/tele", b"{" + LEAST + b"}", 0.0),
    ],
)
def test_who_is_not_registered_in_service_and_live_on_its_own_topic_is_for_the_decoder(
    frame: Frame,
) -> None:
    assert taken([frame, frame]) == [False, False]


def test_a_codec_of_another_maker_under_the_same_name_is_asked_itself() -> None:
    class Other(canonical.CanonicalCodec):
        pass

    frame = said_by("veh-001", b"{" + LEAST + b"}")
    speakers = Speakers(UNITS, {"canonical": Other()})
    assert read([frame], speakers).reports() == [None]


def test_more_devices_than_were_thought_of_are_told_apart() -> None:
    units = {name: Unit(device_id=name) for name in (f"veh-{each:04d}" for each in range(300))}
    frames = [
        said_by(name, b"{" + LEAST + b',"device_id":"%s","seq":%d}' % (name.encode(), number))
        for number, name in enumerate(units)
    ]
    speakers = Speakers(units, CODECS)
    for _ in range(2):
        reports = read(frames, speakers).reports()
        assert [(each.device_id, each.seq) for each in reports if each is not None] == [
            (name, number) for number, name in enumerate(units)
        ]


STRANGE = ("", "zone/up/v/tel", "zone/up/v/telE", "Zone/up/veh-0001/tele", "zone/up//tele", "zone/up/\0/tele",
           f"zone/up/{65 * 'v'}/tele", "zone/up/浦东/tele", "zone/up/\udc80/tele", "zone/up/veh-/0001/tele",
           "zone/up/veh-9999/tele", "\0", "zone/down/veh-0001/tele", "thing/product/veh-0001/osd")  # fmt: skip


DEVICES = (*(f"veh-{each:04d}" for each in range(300)), *("v" * size for size in range(3, 65)))


@pytest.mark.parametrize("strange", STRANGE)
def test_many_topics_are_looked_up_together_as_each_by_itself(strange: str) -> None:
    speakers = Speakers({name: Unit(device_id=name) for name in DEVICES}, CODECS)
    said = [Frame(topics.tele(name), b"", 0.0) for name in DEVICES]
    rows = [speakers.rows([frame])[0] for frame in said]
    assert rows == list(range(len(DEVICES)))
    alone = speakers.rows([Frame(strange, b"", 0.0)])[0]
    assert alone in {NOBODY, OTHERS}
    among = [*said[:100], Frame(strange, b"", 0.0), *said[100:]]
    assert speakers.rows(among).tolist() == [*rows[:100], alone, *rows[100:]]
    said[7] = Frame(said[7].topic, b"", 0.0, retained=True)
    assert speakers.rows(said).tolist() == [*rows[:7], OTHERS, *rows[8:]]


def test_the_table_itself_finds_each_that_was_entered() -> None:
    speakers = Speakers({name: Unit(device_id=name) for name in DEVICES}, CODECS)
    speakers.rows([Frame(topics.tele(name), b"", 0.0) for name in DEVICES])
    ids, table = speakers.ids, np.zeros(1024, np.int64)
    topic_loop.enter(table, ids, ids.view(np.uint64), 0, len(DEVICES))
    text = "\0".join([*map(topics.tele, DEVICES), 16 * "\0"]).encode()
    eights = np.ndarray((len(text) - 7,), np.uint64, text, strides=(1,))
    rows, where = np.empty(len(DEVICES), np.int64), np.empty((len(DEVICES), 3), np.int64)
    given = np.frombuffer(text, np.uint8), eights, table, ids, ids.view(np.uint64)
    assert topic_loop.find(*given, where, rows) == len(text) - 16
    assert rows.tolist() == list(range(len(DEVICES)))


@pytest.mark.parametrize(
    "members",
    [
        LEAST,
        b' "event_time" : "2026-05-01T08:00:00.123456+08:00" ,\r\n\t"schema_version" :1 ',
        LEAST + b',"longitude":121,"latitude":-0,"vertical_speed_mps":-0.0',
        LEAST + b',"longitude":1.219123456e2,"latitude":308912345E-7,"track_deg":0e0',
        LEAST + b',"longitude":null,"latitude":null,"seq":null,"boot_id":null,"source_crs":null',
        LEAST + b',"control_mode":null,"operational_status":null,"device_id":null',
        LEAST + b',"vendor":"x","model":-1.5,"new":null,"old":true,"lost":false,"":0,"seqs":1',
        LEAST + b',"altitude_hae_m":9007199254740992e-12,"satellites":255',
        LEAST + b',"seq":999999999999999999',
        b'"schema_version":1,"event_time":"2000-01-01T00:00:00Z"',
        b'"schema_version":1,"event_time":"2099-12-31t23:59:59.999999z"',
        b'"schema_version":1,"event_time":"2100-01-01T00:00:00+00:01"',
        b'"schema_version":1,"event_time":"2024-02-29T12:00:00-23:59"',
    ],
)
def test_what_is_plain_and_valid_is_taken(members: bytes) -> None:
    assert is_taken(members)
    assert is_taken(members, "v" * 64)


@pytest.mark.parametrize("mode", sorted({*ControlMode, *OperationalStatus, *Datum}))
def test_every_choice_is_taken(mode: str) -> None:
    for member in ("control_mode", "operational_status", "source_crs"):
        valid = mode in {"control_mode": ControlMode, "operational_status": OperationalStatus,
                         "source_crs": Datum}[member].__members__.values()  # fmt: skip
        assert is_taken(LEAST + f',"{member}":"{mode}"'.encode()) is valid


@pytest.mark.parametrize(
    "members",
    [
        b"",
        LEAST + b",",
        LEAST + b',"longitude":121.5',
        LEAST + b',"longitude":121.5,"latitude":null',
        LEAST + b',"longitude":121.5,"latitude":90.0000001',
        LEAST + b',"longitude":"121.5","latitude":30',
        LEAST + b',"longitude":01,"latitude":1',
        LEAST + b',"longitude":1.,"latitude":1',
        LEAST + b',"longitude":.5,"latitude":1',
        LEAST + b',"longitude":+1,"latitude":1',
        LEAST + b',"longitude":1e,"latitude":1',
        LEAST + b',"longitude":-,"latitude":1',
        LEAST + b',"longitude":NaN,"latitude":1',
        LEAST + b',"altitude_hae_m":12345.67890123456789',
        LEAST + b',"altitude_hae_m":90071.99254740993',
        LEAST + b',"altitude_hae_m":1e-23',
        LEAST + b',"seq":1,"seq":2',
        LEAST + b',"seq":1.0',
        LEAST + b',"seq":-1',
        LEAST + b',"seq":9223372036854775808',
        LEAST + b',"satellites":256',
        LEAST + b',"boot_id":""',
        LEAST + b',"boot_id":"' + b"b" * 65 + b'"',
        LEAST + b',"boot_id":"b\\u0062"',
        LEAST + b',"boot_id":"\x7f"',
        LEAST + b',"boot_id":"\xe4\xb8\x8a"',
        LEAST + b',"device_id":"veh-002"',
        LEAST + b',"device_id":"veh-0011"',
        LEAST + b',"device_id":"veh-00"',
        LEAST + b',"vendor":{"a":1}',
        LEAST + b',"vendor":[1]',
        LEAST + b',"vendor":nul',
        LEAST + b',"vendor":truth',
        LEAST + b',"vendor":fal',
        LEAST + b',"ven\\u0064or":1',
        LEAST + b',"seq" 1',
        LEAST + b',"seq":1 "satellites":1',
        LEAST + b",seq:1",
        LEAST + b"}{",
        b'"event_time":"2026-05-01T08:00:00Z"',
        b'"schema_version":1',
        b'"schema_version":null,"event_time":"2026-05-01T08:00:00Z"',
        b'"schema_version":2,"event_time":"2026-05-01T08:00:00Z"',
        b'"schema_version":1,"event_time":null',
    ],
)
def test_what_is_not_is_for_the_decoder_to_judge(members: bytes) -> None:
    assert not is_taken(members)


@pytest.mark.parametrize(
    "moment",
    [
        "1999-12-31T23:59:59Z", "2100-01-01T00:00:00Z", "2026-00-01T08:00:00Z", "2026-13-01T08:00:00Z",
        "2026-02-29T08:00:00Z", "2100-02-29T00:00:00+23:59", "2026-04-31T08:00:00Z",
        "2026-05-00T08:00:00Z", "2026-05-01T24:00:00Z", "2026-05-01T08:60:00Z", "2026-05-01T08:00:60Z",
        "2026-05-01T08:00:00", "2026-05-01T08:00:00.Z", "2026-05-01T08:00:00.1234567Z",
        "2026-05-01T08:00:00+24:00", "2026-05-01T08:00:00+08:60", "2026-05-01T08:00:00+0800",
        "2026-05-01 08:00:00Z", "2026-5-1T08:00:00Z", "2026-05-01T08:00Z", "", "2026-05-01T08:00:00ZZ",
        "2026-05-01T08:00:00Z ", "20260501T080000Z",
    ],
)  # fmt: skip
def test_a_time_that_is_none_or_written_in_another_way_is_for_the_decoder(moment: str) -> None:
    assert not is_taken(f'"schema_version":1,"event_time":"{moment}"'.encode())


def test_each_message_of_a_batch_is_of_its_own_day() -> None:
    """A date is read once and then known again; what is none is no day that a later one has."""
    days = ("01", "01", "02", "32", "32", "02", "01", "00", "01")
    frames = [
        said_by(
            "veh-001", b'{"schema_version":1,"event_time":"2026-05-%sT08:00:00Z"}' % day.encode()
        )
        for day in days
    ]
    assert taken(frames) == [day not in {"00", "32"} for day in days]
    small = [
        said_by("veh-001", frames[0].payload.replace(b"T", t)) for t in (b"T", b"t", b" ", b"t")
    ]
    assert taken(small) == [True, True, False, True]


def test_what_is_longer_than_a_report_is_for_the_decoder() -> None:
    longest = LONGEST - len(b"{" + LEAST + b"}")
    assert is_taken(LEAST + b" " * longest)
    assert not is_taken(LEAST + b" " * (longest + 1))


def test_every_member_that_the_decoder_knows_has_its_column() -> None:
    """But for those that are only compared, and in the order in which they are packed."""
    fields = [each for each in canonical.Wire.__struct_fields__ if each in COLUMNS]
    assert {*canonical.Wire.__struct_fields__} - {*fields} == {"schema_version", "device_id"}
    assert Report.__struct_fields__[: len(PACKED)] == PACKED


PACKED = (
    "device_id", "event_time_s", "time_source", "boot_id", "seq", "longitude_deg", "latitude_deg",
    "source_datum", "altitude_hae_m", "altitude_msl_m", "height_ato_m", "height_agl_m",
    "altitude_baro_m", "horizontal_accuracy_m", "vertical_accuracy_m", "satellites",
    "ground_speed_mps", "vertical_speed_mps", "track_deg", "heading_deg", "control_mode",
    "operational_status", "battery_percent",
)  # fmt: skip


def test_no_report_is_longer_packed_than_there_is_room() -> None:
    words = [*Datum, *ControlMode, *OperationalStatus, *TimeSource]
    word = max(map(len, words)) + 2
    assert 3 + 2 * (64 + 2) + (len(PACKED) - 2) * max(9, word) <= loop.MOST_PACKED
    assert np.diff(TABLES.word_at).max() < 256


NUMBERS = (
    st.floats(-1000, 1000).map(lambda number: repr(round(number, 7)))
    | st.floats(allow_nan=False, allow_infinity=False).map(repr)
    | st.integers(-(2**65), 2**65).map(str)
    | st.integers(-400, 400).map(str)
    | st.builds("{}e-{}".format, st.integers(2**53 - 9, 2**53 + 9), st.integers(11, 23))
    | st.from_regex(r"-?[0-9]{1,20}(\.[0-9]{0,20})?([eE][+-]?[0-9]{0,3})?", fullmatch=True)
)
TEXTS = st.sampled_from(
    [*Datum, *ControlMode, *OperationalStatus, *UNITS, "", "b" * 64, "b" * 65, "\\u0041", "上海", "\x7f",
     "2026-05-01T08:00:00Z", "a\\"],
)  # fmt: skip
TIMES = st.builds(
    "{:04d}-{:02d}-{:02d}{}{:02d}:{:02d}:{:02d}{}{}".format,
    st.integers(1998, 2101), st.integers(0, 13), st.integers(0, 32), st.sampled_from("TTTt _"),
    st.integers(0, 24), st.integers(0, 60), st.integers(0, 60),
    st.just("") | st.from_regex(r"\.[0-9]{0,9}", fullmatch=True),
    st.sampled_from(["Z", "z", "+08:00", "-23:59", "+24:00", "-00:00", "+0800", ""]),
)  # fmt: skip
QUOTED = (TEXTS | TIMES).map('"{}"'.format)
VALUES = (
    NUMBERS | QUOTED | st.sampled_from(["null", "true", "false", "[]", '{"a":[1]}', "nul", "1"])
)
NAMES = st.sampled_from([*canonical.Wire.__struct_fields__]) | st.text("aloz_\\é", max_size=8)
SPACE = st.text(" \t\r\n", max_size=2)


def right_value(name: str) -> st.SearchStrategy[str]:
    """What a careful unit says of a member, and now and then what it should not."""
    match name:
        case "schema_version":
            return st.just("1")
        case "event_time":
            begin, end = datetime(1999, 12, 31), datetime(2100, 1, 2)  # noqa: DTZ001 - Z is appended
            return st.datetimes(begin, end).map(lambda when: f'"{when.isoformat()}Z"')
        case "boot_id":
            return st.text(st.characters(max_codepoint=126), max_size=70).map(json.dumps)
        case "device_id" | "source_crs" | "control_mode" | "operational_status":
            return TEXTS.map('"{}"'.format)
        case _:
            numbers = st.floats(-400, 400).map(lambda number: round(number, 6)) | st.integers(0, 99)
            return numbers.map(repr)


@st.composite
def careful(draw: st.DrawFn) -> bytes:
    """An object of members that are mostly right, in any order."""
    names = {"schema_version", "event_time", *draw(st.sets(NAMES, max_size=8))}
    members = [
        f'"{name}"{draw(SPACE)}:{draw(SPACE)}{draw(right_value(name))}{draw(SPACE)}'
        for name in draw(st.permutations(sorted(names)))
    ]
    return ("{" + ",".join(members) + "}").encode()


@st.composite
def careless(draw: st.DrawFn) -> bytes:
    """Likewise, with any value and any member twice."""
    members = st.builds('"{}":{}'.format, NAMES, VALUES)
    said = draw(st.lists(members, max_size=8))
    whole = draw(st.permutations([LEAST.decode(), *said]))
    return ("{" + ",".join(whole) + "}").encode()


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A good payload, cut off, or with bytes of it others."""
    payload = bytearray(draw(st.just(WHOLE) | careful()))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(payload)))
        payload[place : place + draw(st.integers(0, 2))] = draw(st.binary(max_size=2))
    return bytes(payload[: draw(st.integers(0, len(payload)) | st.just(len(payload)))])


PAYLOADS = careful() | careless() | damaged() | st.binary(max_size=300)
FRAMES = st.builds(said_by, st.sampled_from([*UNITS, "veh-009"]), PAYLOADS)


@settings(max_examples=EXAMPLES)
@given(st.lists(FRAMES, max_size=6))
@example([said_by("veh-001", b"{" + LEAST + b',"seq":1'), said_by("veh-001", b"}")])
@example([said_by("veh-001", WHOLE[:at]) for at in range(len(WHOLE))])
def test_law_what_is_taken_is_what_the_decoder_says(frames: list[Frame]) -> None:
    taken(frames)


@settings(max_examples=EXAMPLES)
@given(st.floats(-180, 180), st.integers(0, 9))
def test_law_a_number_of_few_places_is_taken_exactly(number: float, places: int) -> None:
    assert is_taken(LEAST + f',"longitude":{round(number, places)!r},"latitude":0'.encode())


@settings(max_examples=EXAMPLES)
@given(NUMBERS)
def test_law_a_number_is_never_another(number: str) -> None:
    for member in ("vertical_speed_mps", "seq", "altitude_hae_m", "satellites"):
        is_taken(LEAST + f',"{member}":{number}'.encode())


def test_uncompiled_it_keeps_to_its_arrays_and_says_the_same() -> None:
    """As the Python that it is, each index is checked."""
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n0", __file__,
         "-k", "not uncompiled"],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "COLUMN_EXAMPLES": "200"},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-4000:]
