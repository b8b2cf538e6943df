"""A track sent to the platform: what its own steps tell of the fences, and which violations it opens.

Both ways begin with the bytes of a unit's message. ``fence_visits`` makes the pipeline's calls (decode, the
order of the track, rows, the fences) one after the other, since only so the fences' events are seen;
``violations`` is the pipeline whole, with its hold-offs and episodes.
"""

import bisect
import json
import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from bench.tracks_fences import Fence
from bench.tracks_recorded import Fix
from geofence import step as fences
from geofence.events import EventKind, ZoneEvent
from geofence.fleet import Fleet
from geofence.snapshot import build
from geofence.zone import Area, Volume, Zone, ZoneKind
from telemetry import topics
from telemetry import track as tracks
from telemetry.codecs.discover import load_codecs
from telemetry.decode import decode
from telemetry.report import Domain, Frame, Report, Unit
from telemetry.track import Seen, Track
from zone_service.memory import Memory
from zone_service.pipeline import step
from zone_service.rows import Fresh, fixes_of
from zone_service.shipped_rules import shipped_rules
from zone_service.store.records import ViolationChange
from zone_service.world import Revisions, Subject, World

DEVICE: Final = "recorded"
ROUNDING_S: Final = 1e-4
"""A date and time has microseconds."""


class Told(NamedTuple):
    """That a device was in a fence, as the platform tells it."""

    fence: int
    after_s: float
    """The last fix at which it was known not to be inside: it entered later."""
    from_s: float
    """The fix that told of it."""
    until_s: float
    """The fix at which it was outside again; infinite if there was none."""


def thinned(fixes: Sequence[Fix], interval_s: float) -> list[Fix]:
    """Return what a unit would have sent that sends every so often: the next fix that is due."""
    kept: list[Fix] = []
    due_s = -math.inf
    for fix in fixes:
        if fix.at_s >= due_s:
            kept.append(fix)
            # A clock that fires at whole intervals, not so long after the last message.
            due_s = (math.floor(fix.at_s / interval_s) + 1) * interval_s
    return kept


def world_of(laid: Sequence[Fence], domain: Domain) -> World:
    """Return the platform's world with these fences, where nobody may be, and one device."""
    zones = [
        Zone(
            f"f{number}",
            ZoneKind.KEEP_OUT,
            "Fence",
            (Volume(Area(fence.outline)),),
            category="airport",  # no hold-off, for whomever: a violation opens with the first fix
        )
        for number, fence in enumerate(laid)
    ]
    return World(
        revisions=Revisions(1, 1, 1),
        zones=build(zones, 1),
        units={DEVICE: Unit(device_id=DEVICE)},
        subjects={DEVICE: Subject(DEVICE, "operator", domain)},
        grants={},
        rules=shipped_rules("shanghai-default"),
        codecs=load_codecs(),
    )


def max_gap_s(world: World) -> float:
    """Return after how long the line between two fixes says nothing, by the rules of its device."""
    return world.limits[world.subjects[DEVICE].domain].max_gap_s


def frames(fixes: Sequence[Fix]) -> list[Frame]:
    """Return the fixes as messages of a unit that reach the service at once."""
    return [Frame(topics.tele(DEVICE), _payload(fix), fix.at_s) for fix in fixes]


def _payload(fix: Fix) -> bytes:
    at = datetime.fromtimestamp(fix.at_s, UTC).isoformat(timespec="milliseconds")
    place = {"longitude": fix.longitude_deg, "latitude": fix.latitude_deg}
    return json.dumps({"schema_version": 1, "event_time": at, **place}).encode()


def fence_visits(world: World, sent: Sequence[Frame]) -> tuple[list[Told], list[Seen]]:
    """Return the visits that the fences tell of, and what the track made of each fix."""
    fresh = list(_fresh(world, sent))
    _, judged = fences.step(Fleet(), world.zones, fixes_of(fresh, world.heights))
    events = [event for event in judged.events if event.slot >= 0]
    return list(_visits(world, events, fresh)), [each.seen for each in fresh]


def _fresh(world: World, sent: Sequence[Frame]) -> Iterator[Fresh]:
    subject, device = world.subjects[DEVICE], Memory().device(DEVICE)
    limits = world.limits[subject.domain]
    track: Track | None = None
    for frame in sent:
        (report,) = decode(frame, world.units, world.codecs)
        if not isinstance(report, Report):
            message = f"the platform did not take {frame.payload!r}: {report}"
            raise TypeError(message)
        track, seen = tracks.step(track, report, frame.received_s, limits)
        yield Fresh(subject, device, report, seen, frame.received_s)


def _visits(world: World, events: Sequence[ZoneEvent], fresh: Sequence[Fresh]) -> Iterator[Told]:
    within: dict[int, Told] = {}
    for event in events:
        fence, at_s = int(world.zones.zone_ids[event.slot][1:]), fresh[event.row].seen.at_s
        before_s = fresh[event.row - 1].seen.at_s if event.row else at_s
        match event.kind:
            case EventKind.ENTER | EventKind.FIRST_INSIDE:
                within[fence] = Told(fence, before_s, at_s, math.inf)
            case EventKind.CROSS:
                yield Told(fence, before_s, at_s, at_s)
            case EventKind.EXIT:
                yield within.pop(fence)._replace(until_s=at_s)
    yield from within.values()


def violations(world: World, sent: Sequence[Frame]) -> list[Told]:
    """Return the keep-out violations that the whole pipeline opens, by their device's time."""
    memory = Memory()
    changes: dict[str, ViolationChange] = {}
    for frame in sent:
        for change in step(memory, world, [frame]).changes.values():
            if change.code == "KEEP_OUT_BREACH" and change.zone_id is not None:
                changes[change.id] = change
    times_s = [frame.received_s for frame in sent]
    return [_told(each, times_s) for each in changes.values()]


def _told(change: ViolationChange, times_s: Sequence[float]) -> Told:
    opened_s = change.opened_at.timestamp()
    before = max(0, bisect.bisect_left(times_s, opened_s - ROUNDING_S) - 1)
    until_s = math.inf if change.closed_at is None else change.closed_at.timestamp()
    return Told(int((change.zone_id or "")[1:]), times_s[before], opened_s, until_s)
