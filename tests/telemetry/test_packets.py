"""The MQTT packets that are written here and not by paho."""

from telemetry.ingest.packets import pubacks, publishes


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
