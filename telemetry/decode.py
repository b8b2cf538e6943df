"""From a message to what it says: topic, device, registration, codec, in that order."""

from collections.abc import Mapping
from typing import Final

from telemetry import self_check, topics
from telemetry.codecs.codec import Codec, Outcome, printable
from telemetry.report import Frame, Notice, RefusalReason, Refused, Unit

MAX_PAYLOAD_BYTES: Final = 65_536
_DJI: Final = topics.Family.DJI
_EVENT: Final = topics.Channel.EVENT


def decode(
    frame: Frame, units: Mapping[str, Unit], codecs: Mapping[str, Codec]
) -> tuple[Outcome, ...]:
    """Return what one message says; never raises for anything that a device can send.

    ``units`` are the registered devices by id, ``codecs`` the installed codecs by name.
    Every message gives at least one outcome, so that none vanishes from the counts.
    """
    topic = topics.parse(frame.topic)
    if topic is None:
        return _refused(RefusalReason.UNKNOWN_TOPIC, None, f"topic {frame.topic[:120]!r}")
    unit = units.get(topic.device_id)
    if unit is None:
        return _refused(
            RefusalReason.UNKNOWN_DEVICE,
            topic.device_id,
            f"device {topic.device_id!r} is not registered",
        )
    refusal = _not_admissible(frame, unit)
    if refusal is not None:
        return (refusal,)
    if topic.channel in _SPOKEN_BY_ALL:
        return (_notice(topic, frame.payload),)
    if (topic.family is _DJI) != (unit.codec == "dji"):
        detail = f"found topic {frame.topic[:120]!r}, expected one of codec {unit.codec!r}"
        return _refused(RefusalReason.UNKNOWN_TOPIC, unit.device_id, detail)
    return _by_codec(frame, unit, codecs)


_SPOKEN_BY_ALL: Final = frozenset({topics.Channel.EVENT, topics.Channel.ACK})


def _notice(topic: topics.Topic, payload: bytes) -> Notice:
    """What is said on the event and ack topics is a sign of life; its body is kept raw."""
    said = self_check.read(payload) if topic.channel is _EVENT else None
    return Notice(device_id=topic.device_id, kind=topic.channel.value, self_check=said)


def _not_admissible(frame: Frame, unit: Unit) -> Refused | None:
    if not unit.active:
        detail = f"device {unit.device_id!r} is out of service or its credential was withdrawn"
        return Refused(reason=RefusalReason.REVOKED_DEVICE, detail=detail, device_id=unit.device_id)
    if frame.retained:
        # A retained message is old by nature, and would be delivered again at every start.
        return Refused(
            reason=RefusalReason.RETAINED,
            detail="found a retained message, expected live ones only",
            device_id=unit.device_id,
        )
    if len(frame.payload) > MAX_PAYLOAD_BYTES:
        detail = f"found {len(frame.payload)} bytes, expected at most {MAX_PAYLOAD_BYTES}"
        return Refused(reason=RefusalReason.TOO_LARGE, detail=detail, device_id=unit.device_id)
    return None


def _by_codec(frame: Frame, unit: Unit, codecs: Mapping[str, Codec]) -> tuple[Outcome, ...]:
    codec = codecs.get(unit.codec)
    if codec is None:
        detail = f"codec {unit.codec!r} is not installed; there are {', '.join(sorted(codecs))}"
        return _refused(RefusalReason.UNSUPPORTED, unit.device_id, detail)
    try:
        outcomes = codec.decode(frame, unit)
    except Exception as error:
        # Codecs may come from other packages: one that breaks its promise costs its own
        # device a counted refusal, and not everyone the worker.
        detail = f"codec {unit.codec!r} failed: {type(error).__name__}: {error}"
        return _refused(RefusalReason.INTERNAL_ERROR, unit.device_id, detail)
    if not outcomes:
        return _refused(RefusalReason.MALFORMED, unit.device_id, "found an empty payload")
    return outcomes


def _refused(reason: RefusalReason, device_id: str | None, detail: str) -> tuple[Refused]:
    return (Refused(reason=reason, detail=printable(detail), device_id=device_id),)
