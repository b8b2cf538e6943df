"""The MQTT packets that are written or read here and not by paho."""

from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt import _packet
from paho.mqtt.enums import MQTTProtocolVersion

from telemetry.ingest.packets import Publish, pubacks, publishes, whole_publishes
from tests.telemetry.stub_broker import publish

PINGRESP = b"\xd0\x00"

messages = st.builds(
    Publish,
    topic=st.binary(min_size=1, max_size=40),
    payload=st.one_of(st.binary(max_size=200), st.integers(0, 40_000).map(bytes)),
    qos=st.just(1),
    packet_id=st.integers(1, 65_535),
    retain=st.booleans(),
) | st.builds(
    Publish,
    topic=st.binary(min_size=1, max_size=40),
    payload=st.binary(max_size=200),
    qos=st.just(0),
    packet_id=st.just(0),
    retain=st.booleans(),
)


def packet(message: Publish) -> bytes:
    topic, payload, qos, packet_id, retain = message
    made = bytearray(publish(topic, payload, qos=qos, mid=packet_id))
    made[0] |= retain
    return bytes(made)


def test_acknowledgements_stand_one_behind_the_other() -> None:
    assert pubacks([1, 0x1234, 65_535]) == (
        b"\x40\x02\x00\x01" + b"\x40\x02\x12\x34" + b"\x40\x02\xff\xff"
    )
    assert pubacks([]) == b""


def test_a_message_of_qos_0_has_no_packet_id() -> None:
    assert publishes([("a/b", b"xy")]) == b"\x30\x07\x00\x03a/bxy"


def test_the_length_of_a_message_stands_in_sevens_of_bits() -> None:
    # A topic of one letter takes three bytes of it.
    assert publishes([("t", b"x" * 124)])[:2] == b"\x30\x7f"
    assert publishes([("t", b"x" * 125)])[:3] == b"\x30\x80\x01"
    assert publishes([("t", b"x" * 16_381)])[:4] == b"\x30\x80\x80\x01"


def test_a_topic_counts_in_bytes_and_not_in_letters() -> None:
    assert publishes([("区", b"")]) == b"\x30\x05\x00\x03" + "区".encode()


@given(said=st.lists(messages, max_size=6), share=st.floats(0.0, 1.0))
def test_of_a_stream_that_is_cut_anywhere_the_whole_messages_are_read(
    said: list[Publish], share: float
) -> None:
    packets = [packet(each) for each in said]
    data = b"".join(packets)
    cut = round(share * len(data))
    ends = [sum(map(len, packets[: count + 1])) for count in range(len(packets))]
    whole = sum(end <= cut for end in ends)
    assert whole_publishes(data[:cut], 0, 100) == (said[:whole], ends[whole - 1] if whole else 0)


@given(said=st.lists(messages, min_size=2, max_size=6), most=st.integers(0, 5))
def test_no_more_messages_are_read_than_asked_for(said: list[Publish], most: int) -> None:
    data = b"".join(packet(each) for each in said)
    first, at = whole_publishes(data, 0, most)
    rest, end = whole_publishes(data, at, 100)
    assert (first, rest, end) == (said[:most], said[most:], len(data))


def test_whatever_is_no_message_is_left_where_it_stands() -> None:
    message = Publish(b"a/b", b"x", 1, 7, retain=False)
    data = packet(message) + PINGRESP + packet(message)
    assert whole_publishes(data, 0, 100) == ([message], len(packet(message)))
    assert whole_publishes(data, len(packet(message)), 100) == ([], len(packet(message)))


def spoiled(message: Publish, place: int, byte: int) -> bytes:
    """Return a packet of which one byte is another."""
    made = bytearray(packet(message))
    made[place % len(made)] = byte
    return bytes(made)


@given(
    data=st.builds(spoiled, messages, st.integers(0, 40), st.integers(0, 255))
    | st.binary(max_size=60).map(lambda rest: b"\x30" + rest)
    | st.binary(max_size=60)
)
def test_what_is_read_is_what_paho_would_make_of_it(data: bytes) -> None:
    """And whatever paho has to refuse is left to paho."""
    found, end = whole_publishes(data, 0, 1)
    assert 0 <= end <= len(data)
    for message in found:
        head = 1 + len(length_of(data[1:]))
        told = _packet.decode_publish(
            data[0], bytearray(data[head:end]), MQTTProtocolVersion.MQTTv311
        )
        assert message == (told.topic, told.payload, told.qos, told.mid, told.retain)


def length_of(data: bytes) -> bytes:
    """Return the bytes in which the length stands."""
    last = next(place for place, byte in enumerate(data) if byte < 128)
    return data[: last + 1]
