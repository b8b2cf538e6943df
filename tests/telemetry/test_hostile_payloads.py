"""What a hostile unit may send: nothing raises, positions stay whole, and work stays bounded."""

import json
import tracemalloc
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry.codecs import cam, canonical, csae295, dji, gbt32960, jt808, jt808_json, owntracks
from telemetry.codecs.codec import DETAIL_CHARS, Codec, Outcome
from telemetry.codecs.csae295_frames import encode_frame as csae295_frame
from telemetry.decode import MAX_PAYLOAD_BYTES
from telemetry.report import Frame, Notice, Refused, Report, Unit
from tests.telemetry.conftest import DATA


class Case(NamedTuple):
    """A codec, and a payload that it takes."""

    codec: Codec
    unit: Unit
    topic: str
    recording: str


def case(codec: Codec, recording: str, wire_id: str | None, topic: str | None = None) -> Case:
    unit = Unit(device_id="unit-7", codec=codec.name, wire_id=wire_id)
    return Case(codec, unit, topic or "zone/up/unit-7/tele", recording)


CASES = {
    f"{each.codec.name} {each.recording}": each
    for each in (
        case(canonical.CODEC, "canonical_vehicle.json", None),
        case(owntracks.CODEC, "owntracks_location.json", "phone-7"),
        case(cam.CODEC, "cam_1_1.json", "7007"),
        case(cam.CODEC, "cam_2_4.json", "7007"),
        case(csae295.CODEC, "csae295_state_v1.json", "LG000007"),
        case(csae295.CODEC, "csae295_state_v3.json", "LSVLG000000000007"),
        case(gbt32960.CODEC, "gbt32960_info.json", "LSVLG000000000007"),
        case(jt808_json.CODEC, "jt808_location.json", "13800138000"),
        case(dji.CODEC, "dji_drc_osd.json", None, "thing/product/unit-7/drc/up"),
        case(dji.CODEC, "dji_flight_areas_get.json", None, "thing/product/unit-7/requests"),
        case(dji.CODEC, "dji_flight_areas_sync.json", None, "thing/product/unit-7/events"),
        case(dji.CODEC, "dji_drone_location.json", None, "thing/product/unit-7/events"),
        case(dji.CODEC, "dji_aircraft_osd.json", None, "thing/product/unit-7/osd"),
        case(dji.CODEC, "dji_status_online.json", None, "sys/product/unit-7/status"),
    )
}
EVERY = pytest.mark.parametrize("each", CASES.values(), ids=CASES.keys())
ODD = st.sampled_from([
    "null", "true", '""', '"' + "x" * 300 + '"', r'"\u0000\ud800"', "-1", "0", "1e308", "-1e308",
    "9007199254740992", "18446744073709551616", "-1180591620717411303424", "21", "512", "1796",
    "0.5", '"261301000000"', r'"26130100000\n"', "[]", "{}", "[[]]", "[{}]", '{"value": 18446744073709551616}',
    '"flight_areas_drone_location"',
])  # fmt: skip
"""As they are written: a container would be one and the same in two places."""


def places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every container in a message with each of its keys."""
    keys = list(node) if isinstance(node, dict) else range(len(node))
    for key in keys:
        yield node, key
        if isinstance(node[key], dict | list):
            yield from places(node[key])


def recorded(each: Case) -> bytes:
    """Return the recording, as from the unit of these tests."""
    payload = (DATA / each.recording).read_bytes()
    return payload.replace(b"uav-lingang-1", b"unit-7").replace(b"veh-001", b"unit-7")


def decoded(each: Case, payload: bytes) -> tuple[Outcome, ...]:
    return each.codec.decode(Frame(each.topic, payload, 1_777_622_400.5), each.unit)


def accept(outcomes: tuple[Outcome, ...]) -> None:
    for outcome in outcomes:
        match outcome:
            case Report():
                assert (outcome.longitude_deg is None) == (outcome.latitude_deg is None)
                assert -180 <= (outcome.longitude_deg or 0) <= 180
                assert -90 <= (outcome.latitude_deg or 0) <= 90
                assert 946_684_800 <= outcome.event_time_s < 4_102_444_800
                assert 0 <= (outcome.ground_speed_mps or 0) < 70_000
                assert 0 <= (outcome.track_deg or 0) <= 360
                assert 0 <= (outcome.heading_deg or 0) <= 360
            case Refused() | Notice():
                assert len(outcome.detail) <= DETAIL_CHARS
                assert outcome.detail.isprintable()


@EVERY
@settings(max_examples=40)
@given(data=st.data())
def test_no_message_with_odd_members_raises(each: Case, data: st.DataObject) -> None:
    message = json.loads(recorded(each))
    for _ in range(data.draw(st.integers(1, 3))):
        node, key = data.draw(st.sampled_from(list(places(message))))
        node[key] = json.loads(data.draw(ODD))
    accept(decoded(each, json.dumps(message).encode()))


@pytest.mark.parametrize(
    "each",
    [CASES[key] for key in ("csae295 csae295_state_v1.json", "jt808_json jt808_location.json")],
)
@given(payload=st.binary(max_size=300))
def test_no_bytes_raise(each: Case, payload: bytes) -> None:
    accept(decoded(each, payload))
    accept(decoded(each, b"\xf2" + payload))


def filled(unit: bytes, before: bytes = b"", between: bytes = b"", behind: bytes = b"") -> bytes:
    """Return a payload of the largest size with as many of these as it holds."""
    count = (MAX_PAYLOAD_BYTES - len(before) - len(behind)) // (len(unit) + len(between))
    return before + between.join([unit] * count) + behind


HOSTILE = {
    "zeros": bytes(MAX_PAYLOAD_BYTES),
    "marks of frames": filled(b"\x7e"),
    "shortest frames": filled(b"\x7e\x00"),
    "shortest headers": filled(csae295_frame(0x0C, b"", 0)),
    "one endless frame": b"\xf2" + b"\xff" * (MAX_PAYLOAD_BYTES - 1),
    "nested objects": filled(b'{"data":'),
    "nested arrays": filled(b"["),
    "numbers": filled(b"0", b"[", b",", b"]"),
    "empty reports": filled(b"{}", b"[", b",", b"]"),
    "states": filled(b"{}", b'{"type":21,"data":[', b",", b"]}"),
    "locations": filled(
        b"{}", b'{"header":{"msg_id":1796,"phone":"13800138000"},"body":{"location":[', b",", b"]}}"
    ),
    "infos": filled(
        b'{"Type":"a"}', b'{"Cmd":2,"Vin":"LSVLG000000000007","Data":{"Infos":[', b",", b"]}}"
    ),
    "areas": filled(
        b'{"area_id":"a","is_in_area":true}',
        b'{"method":"flight_areas_drone_location","data":{"drone_locations":[', b",", b"]}}",
    ),
    "members": filled(b'"a":0', b'{"timestamp":1777622400250,"data":{', b",", b"}}"),
    "a long word": b'{"_type":"' + b"a" * (MAX_PAYLOAD_BYTES - 20) + b'"}',
    "digits": b'{"_type":"location","tst":' + b"9" * (MAX_PAYLOAD_BYTES - 40) + b"}",
}  # fmt: skip

BOUNDS = {"canonical": 1_000}
"""The others may give 500 and one that refuses the rest."""


@pytest.mark.parametrize("payload", HOSTILE.values(), ids=HOSTILE.keys())
def test_the_largest_payload_is_bounded_work(payload: bytes) -> None:
    """Counted in outcomes and bytes, since a clock would measure the machine."""
    assert len(payload) <= MAX_PAYLOAD_BYTES
    raw = case(jt808.CODEC, "", "13800138000")
    for each in (*CASES.values(), raw):
        tracemalloc.start()
        try:
            outcomes = decoded(each, payload)
            _, most_bytes = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        accept(outcomes)
        assert len(outcomes) <= BOUNDS.get(each.codec.name, 501), each
        assert most_bytes < 10_000_000, each


def test_every_recording_is_taken_as_it_is() -> None:
    """Or the tests above would bend what is refused anyway."""
    for name, each in CASES.items():
        assert not any(isinstance(found, Refused) for found in decoded(each, recorded(each))), name
