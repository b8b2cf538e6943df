"""MAVLink frames: what an autopilot says of itself, as a bridge puts it on MQTT.

Fields are read by pymavlink, which is imported when the first frame is: the web process knows
this codec by its name alone. Frames are cut here and read one by one, so that nothing is kept
from a payload to the next and no part of it is looked at twice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from telemetry.codecs import f3411
from telemetry.codecs.codec import Outcome, bounded, is_time, printable, refused
from telemetry.codecs.mavlink_frame import Kind, Raw, cut
from telemetry.codecs.mavlink_modes import is_armed
from telemetry.codecs.mavlink_positions import SOURCES, Context, mode_of, unpacked
from telemetry.codecs.remote_id import text
from telemetry.report import Frame, Notice, RefusalReason, Refused, Unit

MAX_FRAMES: Final = 128
"""In one payload, and as many outcomes: a second and more of what an autopilot streams."""

SYSTEM: Final = "sys:"
"""Before a system id in the registered wire id; anything else there is an aircraft's own number."""

_READ: Final = frozenset(Kind)
NO_AUTOPILOT: Final = 8
"""The autopilot of a heartbeat whose sender is none: a ground station, a camera, a gimbal."""


@dataclass(frozen=True, slots=True)
class Message:
    """One frame read: its kind and pymavlink's object of it."""

    message_id: int
    said: Any


class MavlinkCodec:
    """``zone/up/<device>/tele`` with one or more frames of MAVLink 1 or 2."""

    name = "mavlink"

    def decode(self, frame: Frame, unit: Unit) -> tuple[Outcome, ...]:
        """Return a report for each position; the other frames say more about those."""
        read = list(_read(frame.payload, unit))
        messages = [found for found in read if isinstance(found, Message)]
        refusals = [found for found in read if isinstance(found, Refused)]
        if frame.payload and not read:
            return (_nothing_of_use(frame.payload, unit),)
        said = _outcomes(messages, frame.received_s, unit)
        return (*bounded(said, MAX_FRAMES, unit, "positions"), *refusals)


def _nothing_of_use(payload: bytes, unit: Unit) -> Refused:
    kinds = sorted({raw.message_id for raw in cut(payload) if isinstance(raw, Raw)})
    found = "messages " + ", ".join(str(kind) for kind in kinds)
    known = ", ".join(str(kind) for kind in Kind)
    return refused(unit, RefusalReason.UNSUPPORTED, found, f"one of {known} among them")


def _read(payload: bytes, unit: Unit) -> Iterator[Message | Refused]:
    """Read the frames that say something here; a stream is full of others, which are skipped."""
    for count, raw in enumerate(cut(payload)):
        if count == MAX_FRAMES:
            expected = f"at most {MAX_FRAMES} in a payload"
            yield refused(unit, RefusalReason.TOO_LARGE, f"more than {MAX_FRAMES} frames", expected)
            return
        if isinstance(raw, bytes):
            yield refused(unit, RefusalReason.MALFORMED, raw[:16].hex(), "a whole MAVLink frame")
        elif _is_of_another(raw, unit):
            expected = f"{unit.wire_id} as registered"
            found = f"{SYSTEM}{raw.system}"
            yield refused(unit, RefusalReason.WRONG_DEVICE, found, expected)
        elif raw.unknown_flags:
            expected = "no incompatible flag but that of a signature"
            yield refused(unit, RefusalReason.UNSUPPORTED, f"flags {raw.data[2]:#04x}", expected)
        elif raw.message_id in _READ:
            yield _message(raw, unit)


def _is_of_another(raw: Raw, unit: Unit) -> bool:
    wire_id = unit.wire_id or ""
    return wire_id.startswith(SYSTEM) and wire_id.removeprefix(SYSTEM) != str(raw.system)


def _message(raw: Raw, unit: Unit) -> Message | Refused:
    parser, bad = _parser()
    try:
        return Message(raw.message_id, parser.decode(bytearray(raw.data)))
    except bad as error:
        reason = RefusalReason.BAD_CHECKSUM if "CRC" in str(error) else RefusalReason.MALFORMED
        return refused(unit, reason, str(error), "a frame as its check sum says")


def is_whole(raw: Raw) -> bool:
    """Tell whether a frame of a kind that is read is as its check sum says."""
    parser, bad = _parser()
    try:
        parser.decode(bytearray(raw.data))
    except bad:
        return False
    return True


def _parser() -> tuple[Any, type[Exception]]:
    """Return a parser that has seen nothing: one of these costs less than a frame."""
    from pymavlink.dialects.v20 import common

    return common.MAVLink(None), common.MAVError


def _outcomes(messages: Sequence[Message], received_s: float, unit: Unit) -> Iterator[Outcome]:
    names = _ids(messages)
    stranger = _other_aircraft(names, unit)
    if stranger is not None:
        yield stranger
        return
    for message in messages:
        if not _is_plausible(message):
            found = f"SYSTEM_TIME {message.said.time_unix_usec} us"
            expected = "between the years 2000 and 2100, or 0"
            yield refused(unit, RefusalReason.OUT_OF_RANGE, found, expected)
    timed = [message for message in messages if _is_plausible(message)]
    source = next((kind for kind in SOURCES if any(_is_a(kind, m) for m in timed)), None)
    if source is None and timed:
        yield _notice(timed, names, unit)
    for message, context in _in_context(timed):
        if message.message_id == source:
            yield from SOURCES[source](message.said, context, received_s, unit)


def _ids(messages: Sequence[Message]) -> tuple[str, ...]:
    """Return the aircraft's own numbers that the payload gives: of its maker, of its register."""
    single = (
        text(bytes(message.said.uas_id))
        for message in messages
        if message.message_id == Kind.BASIC_ID and message.said.id_type
    )
    packed = (
        name
        for message in messages
        if message.message_id == Kind.PACK
        for name in f3411.ids(unpacked(message.said))
    )
    return (*filter(None, single), *packed)


def _other_aircraft(names: Sequence[str], unit: Unit) -> Refused | None:
    """Compare the aircraft's number where that is registered, and not a system id."""
    wire_id = unit.wire_id
    if wire_id is None or wire_id.startswith(SYSTEM) or not names or wire_id in names:
        return None
    return refused(unit, RefusalReason.WRONG_DEVICE, repr(names[0]), f"{wire_id} as registered")


def _is_a(source: int, message: Message) -> bool:
    if message.message_id != source:
        return False
    return source != Kind.PACK or bool(unpacked(message.said))


def _is_plausible(message: Message) -> bool:
    """Whether it is anything but a clock that is wrong by decades; zero is one that is not set."""
    if message.message_id != Kind.SYSTEM_TIME:
        return True
    return message.said.time_unix_usec == 0 or is_time(message.said.time_unix_usec / 1e6)


def _in_context(messages: Sequence[Message]) -> Iterator[tuple[Message, Context]]:
    """Yield each message with what was last said of everything else, or else is said next."""
    context: dict[int, Any] = {}
    for message in reversed(messages):
        if _speaks_for_the_autopilot(message):
            context[message.message_id] = message.said
    for message in messages:
        if _speaks_for_the_autopilot(message):
            context[message.message_id] = message.said
        yield message, context


def _speaks_for_the_autopilot(message: Message) -> bool:
    return message.message_id != Kind.HEARTBEAT or message.said.autopilot != NO_AUTOPILOT


def _notice(messages: Sequence[Message], names: Sequence[str], unit: Unit) -> Notice:
    said = {message.message_id: message.said for message in messages}
    beat = said.get(Kind.HEARTBEAT)
    parts = [f"message {number}" for number in sorted(said.keys() - {Kind.HEARTBEAT})]
    if beat is not None:
        mode = mode_of(said)
        parts.insert(0, f"{'armed' if is_armed(beat.base_mode) else 'not armed'}, {mode.value}")
    detail = printable(", ".join((*parts, *names)))
    kind = "state" if beat is None else "heartbeat"
    return Notice(device_id=unit.device_id, kind=kind, detail=detail)


CODEC = MavlinkCodec()
