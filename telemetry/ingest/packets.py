"""The few MQTT 3.1.1 packets that are written or read here, as bytes, and not by paho."""

from collections.abc import Iterable
from typing import Final, NamedTuple

DISCONNECT: Final = b"\xe0\x00"

_PUBACK: Final = b"\x40\x02"
_PUBLISH: Final = b"\x30"
_SEVEN_BITS: Final = 0x7F
_MORE: Final = 0x80
_KIND: Final = 0xF0
_RETAIN: Final = 0x01
_QOS: Final = 0x06
_QOS_1: Final = 0x02
_LONGEST_LENGTH: Final = 4


class Publish(NamedTuple):
    """A message as it stands in its packet."""

    topic: bytes
    payload: bytes
    qos: int
    packet_id: int
    """0 at QoS 0."""
    retain: bool


def whole_publishes(data: bytes, start: int, most: int) -> tuple[list[Publish], int]:
    """Return the messages that stand whole in ``data`` from ``start`` on, and where they end.

    Ends before whatever else there is: another kind of packet, one that is cut, or one that is
    not as MQTT has it. To say what is wrong with that is somebody else's.
    """
    found: list[Publish] = []
    while len(found) < most:
        packet = _read_publish(data, start)
        if packet is None:
            break
        message, start = packet
        found.append(message)
    return found, start


def _read_publish(data: bytes, start: int) -> tuple[Publish, int] | None:
    end = len(data)
    if start + 4 > end:
        return None
    head, length, at = data[start], data[start + 1], start + 2
    qos = head & _QOS
    if head & _KIND != _PUBLISH[0] or qos > _QOS_1:
        return None
    if length & _MORE:
        length, at = _length(data, start + 1)
    stop = at + length
    if stop > end or length < 2:
        return None
    topic_at = at + 2
    topic_end = topic_at + (data[at] << 8 | data[at + 1])
    # Of QoS 1 the bits say 2, which is how long the packet id is as well.
    body = topic_end + qos
    if topic_end == topic_at or body > stop:
        return None
    packet_id = data[topic_end] << 8 | data[topic_end + 1] if qos else 0
    if qos and not packet_id:
        return None
    message = Publish(
        data[topic_at:topic_end], data[body:stop], qos >> 1, packet_id, bool(head & _RETAIN)
    )
    return message, stop


def _length(data: bytes, at: int) -> tuple[int, int]:
    """Return a length that stands in sevens of bits, and where it ends; 0 where it does not."""
    length = 0
    for place in range(min(_LONGEST_LENGTH, len(data) - at)):
        byte = data[at + place]
        length |= (byte & _SEVEN_BITS) << 7 * place
        if not byte & _MORE:
            return length, at + place + 1
    return 0, at


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
