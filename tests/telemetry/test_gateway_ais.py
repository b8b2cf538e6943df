"""AIS between a receiver's stream of lines and the broker: whose line it is, and when it was heard."""

from collections.abc import Sequence
from functools import cache, reduce
from itertools import pairwise
from operator import xor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyais import encode_dict

from telemetry.codecs.ais import CODEC
from telemetry.gateways.ais import MOST_BYTES, MOST_GROUPS, PARTS_WITHIN_S, WIRE, Stream, mmsi_of
from telemetry.gateways.wire import (
    Drop,
    Dropped,
    Ended,
    Event,
    Forward,
    Known,
    Passed,
    Received,
    Register,
)
from telemetry.report import Frame, Notice, Report, Unit

pytestmark = pytest.mark.requirement("D7-3", "D7-5")

NOON_S = 1_795_406_400.0
UNITS: Register = {"412345678": Known("tug-1"), "000000007": Known("buoy-7")}


@cache
def lines(mmsi: int = 412345678, msg_type: int = 1, second: int = 59) -> bytes:
    """The lines of a message, as a receiver passes them on."""
    said: dict[str, str | int | float | bytes | bool] = {
        "msg_type": msg_type, "mmsi": mmsi, "lon": 121.9, "lat": 30.9, "speed": 10.0,
        "second": second, "shipname": "TUG ONE", "callsign": "BABC",
    }  # fmt: skip
    found = encode_dict(said, talker_id="AI", sentence_type="VDM")
    return "".join(f"{line}\r\n" for line in found).encode()


def heard(
    *said: bytes, at_s: float = NOON_S, is_whole: bool = False, stream: Stream = WIRE.begin
) -> tuple[Stream, list[Event]]:
    events: list[Event] = []
    for data in said:
        stream, more = WIRE.step(stream, Received(data, at_s, is_whole=is_whole), UNITS)
        events += more
    return stream, events


def passed_on(events: Sequence[Event]) -> list[tuple[str, bytes]]:
    return [(each.device_id, each.payload) for each in events if isinstance(each, Forward)]


def dropped(events: Sequence[Event]) -> list[tuple[Dropped, str]]:
    return [(each.reason, each.subject) for each in events if isinstance(each, Drop)]


def report(payload: bytes, received_s: float = NOON_S + 600) -> Report:
    unit = Unit(device_id="tug-1", codec="ais", wire_id="412345678")
    (found,) = CODEC.decode(Frame("zone/up/tug-1/tele", payload, received_s), unit)
    assert isinstance(found, Report)
    return found


def tagged(line: bytes, seconds: int) -> bytes:
    tag = b"c:%d" % seconds
    return b"\\%b*%02X\\%b" % (tag, reduce(xor, tag), line)


def test_each_vessels_lines_go_to_its_own_device_and_the_others_are_counted() -> None:
    _, events = heard(lines(412345678) + lines(999999999) + lines(7))
    assert [device for device, _ in passed_on(events)] == ["tug-1", "buoy-7"]
    assert dropped(events) == [(Dropped.UNKNOWN_UNIT, "999999999")]


def test_a_line_is_dated_by_when_it_was_heard_however_late_it_is_stored() -> None:
    (_, payload), = passed_on(heard(lines())[1])  # fmt: skip
    assert report(payload).event_time_s == NOON_S - 1


def test_a_receivers_own_time_stands() -> None:
    (_, payload), = passed_on(heard(tagged(lines(second=30), 1_795_400_011))[1])  # fmt: skip
    assert report(payload).event_time_s == 1_795_400_010


def test_the_parts_of_a_message_are_put_together_whichever_line_lies_between_them() -> None:
    first, second = lines(msg_type=5).splitlines(keepends=True)
    _, events = heard(first, lines(7), second)
    (_, _), (device, payload) = passed_on(events)
    unit = Unit(device_id="tug-1", codec="ais", wire_id="412345678")
    (said,) = CODEC.decode(Frame("zone/up/tug-1/tele", payload, NOON_S), unit)
    assert isinstance(said, Notice)
    assert (device, "TUG ONE" in said.detail) == ("tug-1", True)


def test_a_message_whose_parts_do_not_come_in_time_is_counted() -> None:
    first, second = lines(msg_type=5).splitlines(keepends=True)
    stream, _ = heard(first)
    late, events = WIRE.step(stream, Passed(NOON_S + PARTS_WITHIN_S + 1), UNITS)
    assert (late.groups, dropped(events)) == ((), [(Dropped.INCOMPLETE, "")])
    assert passed_on(heard(second, stream=late)[1]) == []
    anew, events = heard(first, stream=stream)
    assert dropped(events) == [(Dropped.INCOMPLETE, "")]
    assert len(anew.groups) == 1
    assert dropped(WIRE.step(anew, Ended(), UNITS)[1]) == [(Dropped.INCOMPLETE, "")]


def test_no_more_messages_wait_for_their_parts_than_may() -> None:
    parts = [part_of_three(number) for number in range(10 * 8)]
    stream, events = heard(*parts)
    assert len(stream.groups) == MOST_GROUPS
    assert dropped(events) == [(Dropped.INCOMPLETE, "")] * (len(parts) - MOST_GROUPS)


def part_of_three(number: int) -> bytes:
    """The first part of a message, no two of them of one group."""
    said = b"AIVDM,%d,1,%d,%c,55MuUD02;EFU,0" % (
        2 + number // 20,
        number % 10,
        b"AB"[number // 10 % 2],
    )
    return b"!%b*%02X\r\n" % (said, reduce(xor, said))


def test_a_datagram_is_whole_and_needs_no_end_of_line() -> None:
    stream, events = heard(lines().rstrip(), is_whole=True)
    assert (stream, len(passed_on(events))) == (WIRE.begin, 1)


def test_what_the_codec_does_not_read_is_counted_and_not_passed_on() -> None:
    _, events = heard(b"$GPRMC,,V,,,,,,,,,,N*53\r\n" + lines(msg_type=9))
    assert passed_on(events) == []
    assert dropped(events) == [(Dropped.UNSUPPORTED, ""), (Dropped.UNSUPPORTED, "tug-1")]


def test_a_line_without_an_end_is_let_go_and_the_next_is_read() -> None:
    stream, events = heard(*[b"x" * MOST_BYTES] * 3)
    assert (dropped(events), stream.rest) == ([(Dropped.TOO_LARGE, "")], b"")
    assert len(passed_on(heard(b"x\n" + lines(), stream=stream)[1])) == 1


@given(st.integers(0, 999_999_999))
def test_who_speaks_is_read_as_it_is_encoded(mmsi: int) -> None:
    (line,) = encode_dict({"msg_type": 1, "mmsi": mmsi}, talker_id="AI", sentence_type="VDM")
    assert mmsi_of(line.split(",")[5].encode()) == f"{mmsi:09d}"


GARBAGE = st.binary(max_size=30)
SAID = st.lists(
    st.one_of(
        st.sampled_from([lines(), lines(7), lines(msg_type=5), lines(999999999)]),
        GARBAGE.map(lambda raw: raw + b"\n"),
    ),
    max_size=10,
)


@given(said=SAID, cuts=st.lists(st.integers(0, 2000), max_size=20))
def test_wherever_a_stream_is_cut_the_same_comes_of_it(said: list[bytes], cuts: list[int]) -> None:
    whole = b"".join(said)
    places = sorted({0, len(whole), *(cut % (len(whole) + 1) for cut in cuts)})
    parts = [whole[start:end] for start, end in pairwise(places)]
    assert heard(*parts) == heard(whole)


@given(said=SAID)
def test_garbage_between_lines_costs_none_of_them(said: list[bytes]) -> None:
    own = [each for each in said if each in {lines(), lines(7), lines(msg_type=5)}]
    assert len(passed_on(heard(b"".join(said))[1])) == len(own)


@given(said=st.lists(st.binary(max_size=200), max_size=8))
def test_nothing_that_can_be_sent_raises(said: list[bytes]) -> None:
    stream, events = heard(*said)
    assert passed_on(events) == []
    assert len(stream.rest) <= MOST_BYTES
