"""From a message to what it says."""

from collections.abc import Callable
from importlib.metadata import EntryPoint

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.codecs.codec import Codec, Outcome, printable
from telemetry.codecs.discover import GROUP, CodecNotUsable, load_codecs
from telemetry.decode import MAX_PAYLOAD_BYTES, decode
from telemetry.report import Frame, Notice, RefusalReason, Refused, Report, Unit

Say = Callable[..., tuple[Outcome, ...]]
VEHICLE = Unit(device_id="veh-001")
GOOD = b'{"schema_version":1,"event_time":"2026-05-01T08:00:00Z"}'


def reason(outcomes: tuple[Outcome, ...]) -> RefusalReason:
    (refused,) = outcomes
    assert isinstance(refused, Refused), refused
    return refused.reason


def test_a_registered_device_is_decoded_by_its_codec(said: Say) -> None:
    (report,) = said(GOOD, VEHICLE)
    assert isinstance(report, Report)


def test_a_topic_of_nobody_is_refused(said: Say) -> None:
    assert reason(said(GOOD, VEHICLE, "zone/up/veh-001/elsewhere")) is RefusalReason.UNKNOWN_TOPIC


def test_an_unknown_device_is_refused_and_named(said: Say) -> None:
    (refused,) = said(GOOD, VEHICLE, "zone/up/veh-999/tele")
    assert isinstance(refused, Refused)
    assert refused.reason is RefusalReason.UNKNOWN_DEVICE
    assert refused.device_id == "veh-999"


def test_a_payload_that_names_another_device_than_its_topic_is_refused(said: Say) -> None:
    spoofed = GOOD[:-1] + b',"device_id":"veh-002"}'
    assert reason(said(spoofed, VEHICLE)) is RefusalReason.WRONG_DEVICE


def test_a_device_whose_registration_was_withdrawn_is_refused(said: Say) -> None:
    gone = Unit(device_id="veh-001", active=False)
    assert reason(said(GOOD, gone)) is RefusalReason.REVOKED_DEVICE


def test_a_retained_message_is_refused(said: Say) -> None:
    assert reason(said(GOOD, VEHICLE, retained=True)) is RefusalReason.RETAINED


def test_a_payload_may_be_64_kib_and_not_a_byte_more(said: Say) -> None:
    largest = GOOD + b" " * (MAX_PAYLOAD_BYTES - len(GOOD))
    assert isinstance(said(largest, VEHICLE)[0], Report)
    assert reason(said(largest + b" ", VEHICLE)) is RefusalReason.TOO_LARGE


def test_a_codec_that_is_not_installed_is_named(said: Say, codecs: dict[str, Codec]) -> None:
    (refused,) = said(GOOD, Unit(device_id="veh-001", codec="morse"))
    assert isinstance(refused, Refused)
    assert refused.reason is RefusalReason.UNSUPPORTED
    assert "'morse'" in refused.detail
    assert f"there are {', '.join(sorted(codecs))}" in refused.detail


@pytest.mark.parametrize(
    ("codec", "topic"),
    [("canonical", "thing/product/veh-001/osd"), ("dji", "zone/up/veh-001/tele")],
)
def test_a_device_speaks_on_the_topics_of_its_own_codec(said: Say, codec: str, topic: str) -> None:
    unit = Unit(device_id="veh-001", codec=codec)
    assert reason(said(GOOD, unit, topic)) is RefusalReason.UNKNOWN_TOPIC


@pytest.mark.parametrize("channel", ["event", "ack"])
def test_what_is_no_report_is_a_sign_of_life(said: Say, channel: str) -> None:
    assert said(b"anything", VEHICLE, f"zone/up/veh-001/{channel}") == (
        Notice(device_id="veh-001", kind=channel),
    )


class Failing:
    name = "failing"

    def decode(self, frame: Frame, unit: Unit) -> tuple[Outcome, ...]:
        raise IndexError(unit.device_id, frame.topic)


class Mute:
    name = "mute"

    def decode(self, frame: Frame, unit: Unit) -> tuple[Outcome, ...]:
        return ()


@pytest.mark.parametrize(
    ("codec", "why"),
    [(Failing(), RefusalReason.INTERNAL_ERROR), (Mute(), RefusalReason.MALFORMED)],
)
def test_a_codec_that_breaks_its_promise_costs_a_refusal_and_nothing_else(
    codec: Codec, why: RefusalReason
) -> None:
    unit = Unit(device_id="veh-001", codec=codec.name)
    frame = Frame("zone/up/veh-001/tele", GOOD, 0.0)
    assert reason(decode(frame, {"veh-001": unit}, {codec.name: codec})) is why


@given(st.text(max_size=80), st.binary(max_size=200))
def test_no_topic_and_no_payload_raise(topic: str, payload: bytes) -> None:
    outcomes = decode(Frame(topic, payload, 0.0), {"veh-001": VEHICLE}, {})
    assert len(outcomes) == 1


@given(st.text())
def test_a_detail_is_one_line_that_can_be_stored(text: str) -> None:
    shown = printable(text)
    assert len(shown) <= 200
    assert shown.isprintable()
    shown.encode()


def test_the_codecs_of_the_project_are_installed(codecs: dict[str, Codec]) -> None:
    assert {"canonical", "dji", "jt808"} <= set(codecs)


def entry(name: str, value: str) -> EntryPoint:
    return EntryPoint(name=name, value=value, group=GROUP)


CANONICAL = "telemetry.codecs.canonical:CODEC"


@pytest.mark.parametrize(
    ("entries", "why"),
    [
        ([entry("canonical", CANONICAL)] * 2, "another installed package"),
        ([entry("canonical", "telemetry.codecs.none:CODEC")], "cannot be imported"),
        ([entry("canonical", "telemetry.codecs.canonical:NONE")], "cannot be imported"),
        ([entry("canonical", "telemetry.codecs.canonical:MAX_SEQ")], "no decode"),
        ([entry("other", CANONICAL)], "calls itself 'canonical'"),
    ],
)
def test_a_codec_that_cannot_be_used_stops_the_start(entries: list[EntryPoint], why: str) -> None:
    with pytest.raises(CodecNotUsable, match=why):
        load_codecs(entries)
