"""The few MQTT 3.1.1 packets that are written here, as bytes, and not by paho."""

from collections.abc import Iterable
from typing import Final

DISCONNECT: Final = b"\xe0\x00"

_PUBACK: Final = b"\x40\x02"
_PUBLISH: Final = b"\x30"
_SEVEN_BITS: Final = 0x7F
_MORE: Final = 0x80


def pubacks(packet_ids: Iterable[int]) -> bytes:
    """Return the acknowledgements of messages of QoS 1, one behind the other."""
    return b"".join(_PUBACK + packet_id.to_bytes(2, "big") for packet_id in packet_ids)


def publishes(messages: Iterable[tuple[str, bytes]]) -> bytes:
    """Return the packets of messages of QoS 0, topic and payload, one behind the other."""
    return b"".join(_publish(topic.encode(), payload) for topic, payload in messages)


def _publish(topic: bytes, payload: bytes) -> bytes:
    """Return one packet; its length stands in sevens of bits."""
    length = 2 + len(topic) + len(payload)
    size = bytearray()
    while length > _SEVEN_BITS:
        size.append(length & _SEVEN_BITS | _MORE)
        length >>= 7
    size.append(length)
    return _PUBLISH + size + len(topic).to_bytes(2, "big") + topic + payload
