"""MAVLink by UDP: frames of several systems, each put on its own aircraft's topic with what explains it.

A position says when it was by the autopilot's own clock alone. What a payload says belongs together, so
with a position goes the latest of what else its system has said: the time, who flies, how sure the fix
is. A system has parts that speak for themselves: a position is dated by the clock of the part that tells
it, and what has no autopilot in it says nothing of who flies.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from telemetry.codecs import mavlink_mission
from telemetry.codecs.mavlink import NO_AUTOPILOT, SYSTEM, is_whole
from telemetry.codecs.mavlink_frame import Kind, Raw, cut
from telemetry.codecs.mavlink_positions import SOURCES
from telemetry.fences import mavlink as fences
from telemetry.gateways import mavlink_fence
from telemetry.gateways.mavlink_fence import Boards, OnBoard
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

FRESH_S: Final = 5.0
"""For how long something explains a position; autopilots say each of these once a second."""
MOST_FRAMES: Final = 64
"""Of one system in one payload."""
MOST_SAID: Final = 32
"""Kept of one system: a few kinds, of a few parts."""

ARMED: Final = 0x80
"""MAV_MODE_FLAG_SAFETY_ARMED: its motors may run."""

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
    tells_fences: bool = False
    """Whether autopilots are told of zones, or listened to alone."""
    boards: Boards = field(default_factory=dict)
    """Of the autopilots that were heard."""


def step(bridge: Bridge, said: Input, units: Register) -> tuple[Bridge, list[Event]]:
    """Return what is known after what came, and what is to be done."""
    match said:
        case Received(data=data, at_s=at_s):
            return _datagram(bridge, data, at_s, units)
        case Told(device_id=device_id, payload=payload, at_s=at_s):
            return _told(bridge, device_id, payload, at_s, units), []
        case Passed(at_s=at_s):
            return _passed(bridge, at_s)
        case Taken() | Ended():
            return bridge, []


def _told(bridge: Bridge, device_id: str, payload: bytes, at_s: float, units: Register) -> Bridge:
    its = {
        system: board
        for system, board in bridge.boards.items()
        if (known := units.get(f"{SYSTEM}{system}")) is not None and known.device_id == device_id
    }
    # Read last: every address is told of every device, those too that speak something else.
    message = fences.decoded(payload) if its else None
    if message is None:
        return bridge
    told = {system: mavlink_fence.told(board, message, at_s) for system, board in its.items()}
    return replace(bridge, boards={**bridge.boards, **told})


def _passed(bridge: Bridge, at_s: float) -> tuple[Bridge, list[Event]]:
    events = list[Event]()
    for system, board in bridge.boards.items():
        done = mavlink_fence.passed(board, system, at_s)
        if done.board is not board:
            bridge = replace(bridge, boards={**bridge.boards, system: done.board})
        events += done.events
    return bridge, events


def _of_a_fence(
    bridge: Bridge, raw: Raw, units: Register, at_s: float
) -> tuple[Bridge, tuple[Event, ...]]:
    """Return what follows for the fence on board from a whole frame."""
    if not bridge.tells_fences:
        return bridge, ()
    system, device_id = raw.system, units[f"{SYSTEM}{raw.system}"].device_id
    board = bridge.boards.get(system, OnBoard())
    if raw.message_id in mavlink_mission.READ:
        done = mavlink_fence.said(board, device_id, system, raw, at_s)
    elif raw.message_id == Kind.HEARTBEAT and _speaks_for_the_aircraft(raw):
        is_armed = bool(_body(raw, 7)[6] & ARMED)
        done = mavlink_fence.beaten(
            board, device_id, system, raw.component, at_s, is_armed=is_armed
        )
    else:
        return bridge, ()
    return replace(bridge, boards={**bridge.boards, system: done.board}), done.events


def _datagram(
    bridge: Bridge, data: bytes, at_s: float, units: Register
) -> tuple[Bridge, list[Event]]:
    events: list[Event] = []
    said: dict[int, list[Raw]] = {}
    for raw in cut(data):
        if isinstance(raw, bytes):
            events.append(Drop(Dropped.MALFORMED, sample=raw[:64]))
        elif (drop := _dropped(raw, units, tells_fences=bridge.tells_fences)) is not None:
            events.append(drop)
        else:
            if raw.message_id not in mavlink_mission.READ:
                said.setdefault(raw.system, []).append(raw)
            bridge, more = _of_a_fence(bridge, raw, units, at_s)
            events += more
    for number, frames in said.items():
        device_id = units[f"{SYSTEM}{number}"].device_id
        for start in range(0, len(frames), MOST_FRAMES):
            some = frames[start : start + MOST_FRAMES]
            system, payload = _system(bridge.systems.get(number, System()), some, at_s)
            bridge = replace(bridge, systems={**bridge.systems, number: system})
            if payload:
                events.append(Forward(device_id, payload))
    return bridge, events


def _dropped(raw: Raw, units: Register, *, tells_fences: bool) -> Drop | None:
    """Return what is counted instead of a frame that nobody here reads."""
    called = f"{SYSTEM}{raw.system}"
    if called not in units:
        return Drop(Dropped.UNKNOWN_UNIT, called, raw.data[:64], is_claimed=True)
    reason = _reason_against(raw, tells_fences=tells_fences)
    if reason is None:
        return None
    known = "" if reason is Dropped.UNSUPPORTED else units[called].device_id
    return Drop(reason, known, raw.data[:64])


def _reason_against(raw: Raw, *, tells_fences: bool) -> Dropped | None:
    is_read = raw.message_id in _READ or (tells_fences and raw.message_id in mavlink_mission.READ)
    if raw.unknown_flags or not is_read:
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
"""Listens alone."""
TELLING: Final = replace(WIRE, begin=Bridge(tells_fences=True), hears_fences=True)
"""Tells autopilots of zones as well."""
