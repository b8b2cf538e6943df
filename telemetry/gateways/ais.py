"""AIS as receivers pass it on, by TCP or UDP: lines of many vessels, each put on its own vessel's topic.

The parts of a message are put together, for a codec reads a payload alone. AIS tells the second of its
minute and no more, so each message gets the time at which it was heard: a receiver's own where it says
it, else this machine's.
"""

from dataclasses import dataclass, replace
from functools import reduce
from operator import xor
from typing import Final

from telemetry.codecs.ais import TYPES, Line, read
from telemetry.gateways.wire import (
    Drop,
    Dropped,
    Ended,
    Event,
    Forward,
    Input,
    Passed,
    Received,
    Register,
    Taken,
    Told,
    Wire,
)
from telemetry.report import RefusalReason, Refused
from telemetry.wire_names import OWN_NAMES

MOST_BYTES: Final = 512
"""Of a line: 82 characters, and a TAG block of as many."""
MOST_GROUPS: Final = 64
"""Messages of which parts are still to come."""
PARTS_WITHIN_S: Final = 10.0
"""A receiver passes the parts on one behind the other; their numbers are used again after ten messages."""

_MMSI_SIXES: Final = 7
_REASONS: Final = {RefusalReason.BAD_CHECKSUM: Dropped.BAD_CHECKSUM}


@dataclass(frozen=True, slots=True)
class Group:
    """The parts of one message that have come."""

    key: bytes
    lines: tuple[Line, ...]
    began_s: float


@dataclass(frozen=True, slots=True)
class Stream:
    """What is known of one receiver."""

    rest: bytes = b""
    skipping: bool = False
    """Whether what comes up to the end of the line belongs to one that was too large."""
    groups: tuple[Group, ...] = ()
    """Oldest first."""


def step(stream: Stream, said: Input, units: Register) -> tuple[Stream, list[Event]]:
    """Return the stream after what came, and what is to be done."""
    match said:
        case Received(data=data, at_s=at_s, is_whole=is_whole):
            ended = b"\n" if is_whole else b""
            stream = replace(stream, rest=stream.rest + data + ended)
            stream, events = _overdue(stream, at_s)
            stream, more = _read_on(stream, at_s, units)
            return stream, events + more
        case Passed(at_s=at_s):
            return _overdue(stream, at_s)
        case Ended():
            halves: list[Event] = [_incomplete(each) for each in stream.groups]
            if stream.rest:
                halves.append(Drop(Dropped.MALFORMED, sample=stream.rest[:64]))
            return Stream(), halves
        case Taken() | Told():
            return stream, []


def _read_on(stream: Stream, at_s: float, units: Register) -> tuple[Stream, list[Event]]:
    *lines, rest = stream.rest.split(b"\n")
    events: list[Event] = []
    for raw in lines:
        if not stream.skipping:
            stream, more = _line(stream, raw.strip(), at_s, units)
            events += more
        stream = replace(stream, skipping=False)
    if not stream.skipping and len(rest) > MOST_BYTES:
        events.append(Drop(Dropped.TOO_LARGE, sample=rest[:64]))
        stream = replace(stream, skipping=True)
    return replace(stream, rest=b"" if stream.skipping else rest), events


def _line(stream: Stream, raw: bytes, at_s: float, units: Register) -> tuple[Stream, list[Event]]:
    if not raw:
        return stream, []
    if len(raw) > MOST_BYTES:
        return stream, [Drop(Dropped.TOO_LARGE, sample=raw[:64])]
    if raw[:1] == b"$":
        # A receiver's own sentences, its position among them.
        return stream, [Drop(Dropped.UNSUPPORTED)]
    line = read(raw)
    if isinstance(line, Refused):
        reason = _REASONS.get(line.reason, Dropped.MALFORMED)
        return stream, [Drop(reason, sample=raw[:64])]
    if line.parts == 1:
        return stream, [_message((line,), at_s, units)]
    return _part(stream, line, at_s, units)


def _part(stream: Stream, line: Line, at_s: float, units: Register) -> tuple[Stream, list[Event]]:
    found = next((each for each in stream.groups if each.key == line.group), None)
    others = tuple(each for each in stream.groups if each is not found)
    events: list[Event] = []
    if found is not None and any(each.part == line.part for each in found.lines):
        events.append(_incomplete(found))
        found = None
    lines = (line,) if found is None else (*found.lines, line)
    if len(lines) == line.parts:
        in_order = tuple(sorted(lines, key=lambda each: each.part))
        return replace(stream, groups=others), [*events, _message(in_order, at_s, units)]
    began_s = at_s if found is None else found.began_s
    groups = (*others, Group(line.group, lines, began_s))
    events += [_incomplete(each) for each in groups[:-MOST_GROUPS]]
    return replace(stream, groups=groups[-MOST_GROUPS:]), events


def _overdue(stream: Stream, at_s: float) -> tuple[Stream, list[Event]]:
    if not stream.groups:
        return stream, []
    late = [each for each in stream.groups if not 0 <= at_s - each.began_s <= PARTS_WITHIN_S]
    left = tuple(each for each in stream.groups if each not in late)
    return replace(stream, groups=left), [_incomplete(each) for each in late]


def _incomplete(group: Group) -> Drop:
    return Drop(Dropped.INCOMPLETE, sample=group.lines[0].raw[:64])


def _message(lines: tuple[Line, ...], at_s: float, units: Register) -> Event:
    """Pass a whole message on for its vessel, if that is registered."""
    mmsi = mmsi_of(lines[0].sixes)
    unit = None if mmsi is None else units.get(mmsi)
    if mmsi is None:
        return Drop(Dropped.MALFORMED, sample=lines[0].raw[:64])
    if unit is None:
        return Drop(Dropped.UNKNOWN_UNIT, mmsi, lines[0].raw, is_claimed=True)
    if lines[0].message_type not in TYPES:
        return Drop(Dropped.UNSUPPORTED, unit.device_id, lines[0].raw)
    told_s = next((s for line in lines if (s := line.received_s) is not None), at_s)
    return Forward(unit.device_id, _dated(lines, told_s))


def mmsi_of(sixes: bytes) -> str | None:
    """Return who speaks: 30 bits behind the kind of the message and its repetitions."""
    if len(sixes) < _MMSI_SIXES:
        return None
    bits = 0
    for six in sixes[:_MMSI_SIXES]:
        number = six - 48
        bits = bits << 6 | (number - 8 if number > 40 else number)
    return f"{bits >> 4 & (1 << 30) - 1:09d}"


def _dated(lines: tuple[Line, ...], heard_s: float) -> bytes:
    """Return a message with the time at which it was heard, in a TAG block as receivers write it."""
    tag = b"c:%d" % round(heard_s * 1000)
    first = b"\\%b*%02X\\" % (tag, reduce(xor, tag))
    return first + b"\r\n".join(line.raw for line in lines) + b"\r\n"


WIRE: Final = Wire(
    name="ais",
    codec="ais",
    begin=Stream(),
    step=step,
    is_full=lambda _: False,
    hears_strangers=True,
    called=OWN_NAMES["ais"],
)
