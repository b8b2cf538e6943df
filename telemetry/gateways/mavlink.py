"""MAVLink by UDP: frames of several systems, each put on its own aircraft's topic with what explains it.

A position says when it was by the autopilot's own clock alone. What a payload says belongs together, so
with a position goes the latest of what else its system has said: the time, who flies, how sure the fix
is. A system has parts that speak for themselves: a position is dated by the clock of the part that tells
it, and what has no autopilot in it says nothing of who flies.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from telemetry.codecs.mavlink import NO_AUTOPILOT, SYSTEM, is_whole
from telemetry.codecs.mavlink_frame import Kind, Raw, cut
from telemetry.codecs.mavlink_positions import SOURCES
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
    Wire,
)

FRESH_S: Final = 5.0
"""For how long something explains a position; autopilots say each of these once a second."""
MOST_FRAMES: Final = 64
"""Of one system in one payload."""
MOST_SAID: Final = 32
"""Kept of one system: a few kinds, of a few parts."""

_EXPLAINS: Final = (Kind.SYSTEM_TIME, Kind.HEARTBEAT, Kind.LANDED, Kind.BASIC_ID, Kind.GPS_RAW)
_PLACES: Final = frozenset({Kind.POSITION, Kind.ID_LOCATION, Kind.PACK})
_READ: Final = frozenset(Kind)

Source = tuple[int, int]
"""The kind of a frame, and the component that sent it."""


@dataclass(frozen=True, slots=True)
class Said:
    """The latest frame of one kind of one component."""

    data: bytes
    at_s: float


@dataclass(frozen=True, slots=True)
class System:
    """What one system has said lately."""

    latest: Mapping[Source, Said] = field(default_factory=dict)
    """What was said longest ago comes first."""
    placed_s: float | None = None
    """When it last told a place that is better than that of its receiver."""
    passed_on_s: float | None = None


@dataclass(frozen=True, slots=True)
class Bridge:
    """What is known of one address: its systems, by their ids; there are 255 at the most."""

    systems: Mapping[int, System] = field(default_factory=dict)


def step(bridge: Bridge, said: Input, units: Register) -> tuple[Bridge, list[Event]]:
    """Return what is known after what came, and what is to be done."""
    match said:
        case Received(data=data, at_s=at_s):
            return _datagram(bridge, data, at_s, units)
        case Taken() | Passed() | Ended():
            return bridge, []


def _datagram(
    bridge: Bridge, data: bytes, at_s: float, units: Register
) -> tuple[Bridge, list[Event]]:
    events: list[Event] = []
    said: dict[int, list[Raw]] = {}
    for raw in cut(data):
        if isinstance(raw, bytes):
            events.append(Drop(Dropped.MALFORMED, sample=raw[:64]))
        elif f"{SYSTEM}{raw.system}" not in units:
            called = f"{SYSTEM}{raw.system}"
            events.append(Drop(Dropped.UNKNOWN_UNIT, called, raw.data[:64], is_claimed=True))
        elif (reason := _reason_against(raw)) is not None:
            device_id = units[f"{SYSTEM}{raw.system}"].device_id
            known = "" if reason is Dropped.UNSUPPORTED else device_id
            events.append(Drop(reason, known, raw.data[:64]))
        else:
            said.setdefault(raw.system, []).append(raw)
    for number, frames in said.items():
        device_id = units[f"{SYSTEM}{number}"].device_id
        for start in range(0, len(frames), MOST_FRAMES):
            some = frames[start : start + MOST_FRAMES]
            system, payload = _system(bridge.systems.get(number, System()), some, at_s)
            bridge = replace(bridge, systems={**bridge.systems, number: system})
            if payload:
                events.append(Forward(device_id, payload))
    return bridge, events


def _reason_against(raw: Raw) -> Dropped | None:
    if raw.unknown_flags or raw.message_id not in _READ:
        return Dropped.UNSUPPORTED
    return None if is_whole(raw) else Dropped.BAD_CHECKSUM


def _system(system: System, frames: list[Raw], at_s: float) -> tuple[System, bytes]:
    """Return what is known of a system, and what is passed on of it: nothing where it tells no place."""
    frames = [raw for raw in frames if _speaks_for_the_aircraft(raw)]
    kinds = {raw.message_id for raw in frames}
    before = {
        source: each
        for source, each in system.latest.items()
        if 0 <= at_s - each.at_s <= FRESH_S and not _has_restarted(frames, source, each)
    }
    placed_s = at_s if kinds & _PLACES else system.placed_s
    known = replace(system, latest=_latest(before, frames, at_s), placed_s=placed_s)
    if not _is_worth_it(system, kinds, at_s):
        return known, b""
    speaker = _speaker(frames)
    told = [raw for raw in frames if raw.message_id != Kind.SYSTEM_TIME or raw.component == speaker]
    context = _context(before, {raw.message_id for raw in told}, speaker)
    return replace(known, passed_on_s=at_s), b"".join((*context, *(raw.data for raw in told)))


def _speaks_for_the_aircraft(raw: Raw) -> bool:
    """Whether it is no heartbeat of a camera or a gimbal, which is not flown by anybody."""
    return raw.message_id != Kind.HEARTBEAT or _body(raw, 6)[5] != NO_AUTOPILOT


def _latest(before: Mapping[Source, Said], frames: list[Raw], at_s: float) -> dict[Source, Said]:
    new = {
        (raw.message_id, raw.component): Said(raw.data, at_s)
        for raw in frames
        if raw.message_id in _EXPLAINS
    }
    old = {source: each for source, each in before.items() if source not in new}
    return dict([*old.items(), *new.items()][-MOST_SAID:])


def _speaker(frames: list[Raw]) -> int | None:
    """Return the component whose place is the one that counts."""
    return next(
        (raw.component for kind in SOURCES for raw in frames if raw.message_id == kind), None
    )


def _context(before: Mapping[Source, Said], told: set[int], speaker: int | None) -> Iterator[bytes]:
    """Yield what explains a place, and is not told with it: the speaker's own, or else another's.

    But for the clock: another's, a ground station's under the same system id, runs from another start.
    """
    for kind in _EXPLAINS:
        said = [source for source in before if source[0] == kind and kind not in told]
        own = [source for source in said if source[1] == speaker]
        if own or (said and kind != Kind.SYSTEM_TIME):
            yield before[(own or said)[-1]].data


def _is_worth_it(system: System, kinds: set[int], at_s: float) -> bool:
    """Whether a place is among it; of one that tells none, that it is there."""
    if kinds & _PLACES:
        return True
    if Kind.GPS_RAW in kinds:
        return system.placed_s is None or at_s - system.placed_s > FRESH_S
    quiet = system.passed_on_s is None or at_s - system.passed_on_s > FRESH_S
    return Kind.HEARTBEAT in kinds and quiet


def _has_restarted(frames: list[Raw], source: Source, each: Said) -> bool:
    """Whether who told the time has begun its clock anew since."""
    kind, component = source
    if kind != Kind.SYSTEM_TIME:
        return False
    told_ms = _since_start_ms(next(_raw(each.data)), 8)
    return any(
        _since_start_ms(raw, 0) + 1000 < told_ms
        for raw in frames
        if raw.message_id == Kind.POSITION and raw.component == component
    )


def _raw(data: bytes) -> Iterator[Raw]:
    return (each for each in cut(data) if isinstance(each, Raw))


def _since_start_ms(raw: Raw, at: int) -> int:
    return int.from_bytes(_body(raw, at + 4)[at : at + 4], "little")


def _body(raw: Raw, least: int) -> bytes:
    """Return the body of a frame, with the zeros that are left out at its end."""
    head = 10 if raw.data[0] == 0xFD else 6
    return raw.data[head : head + raw.data[1]].ljust(least, b"\0")


WIRE: Final = Wire(
    name="mavlink", codec="mavlink", begin=Bridge(), step=step, is_full=lambda _: False
)
