"""Why a device breaks something with one look and not with the one before, or no longer does. Pure.

What is asked: had it gone on as it was when it was last judged, would it be so all the same? By the permit
of now where it was then; by the zones of now too; and at the time of now. The first of these that
is enough is why; where none is, the device itself did it. It is asked of what begins or ends, and of nothing
else: of nearly every message nothing is.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from geofence.events import Cause as CauseOfMove
from geofence.events import EventKind, Judged
from permits.cause import Cause
from permits.compliance import Breach, undecided
from permits.episode import Key, Why
from permits.watch import Watch
from telemetry.report import Report
from zone_service.conduct import conduct_of, judged_by_its_permits
from zone_service.doubts import doubtful, inside_probability
from zone_service.memory import DeviceState, Memory
from zone_service.outstanding import Held, Was
from zone_service.own_corridors import Strayed
from zone_service.rows import Fresh
from zone_service.world import Subject, World


class Turned(NamedTuple):
    """What hours that begin or end do to a place on the way to one fix."""

    entered: tuple[int, ...] = ()
    left: tuple[int, ...] = ()
    """Slots of zones that hold it now, or no longer, as they would had it stayed."""
    crossed: tuple[int, ...] = ()


class Stood(NamedTuple):
    """How a device was when it was last judged, where the zones of now hold it there."""

    report: Report
    at_s: float
    held: Held
    strayed: Strayed


class Moment(NamedTuple):
    """A time, and which zones hold a place then, and hold what was passed."""

    at_s: float
    held: Held
    crossed: tuple[int, ...] = ()


Stage = tuple[Cause, Moment]
"""What is told where what was is so at a moment, as it is now."""
NO_TURN: Final = Turned()
OVER_ITS_GROUND: Final = 0.5
"""So probable: on which side of the edge its place is."""


def turned_by_hours(judged: Judged) -> dict[int, Turned]:
    """Return by row what hours did to it: of nearly every one nothing."""
    found: dict[int, Turned] = {}
    for event in judged.events:
        if event.cause is not CauseOfMove.TIME_PASSED:
            continue
        entered, left, crossed = found.get(event.row, NO_TURN)
        match event.kind:
            case EventKind.EXIT:
                left = (*left, event.slot)
            case EventKind.CROSS:
                crossed = (*crossed, event.slot)
            case EventKind.ENTER | EventKind.FIRST_INSIDE:
                entered = (*entered, event.slot)
        found[event.row] = Turned(entered, left, crossed)
    return found


def stood(device: DeviceState, held: Held) -> Stood | None:
    """Return how a device was when its last fix was judged; ``None`` before there was one."""
    if device.report is None:
        return None
    return Stood(device.report, device.reported_s, held, device.strayed)


def why_of_a_fix(
    memory: Memory,
    world: World,
    fresh: Fresh,
    before: Stood | None,
    found: Sequence[Breach],
    hours: Turned = NO_TURN,
    *,
    waits: bool = False,
) -> Why:
    """Return what tells why of a fix; ``waits``: it comes before it was asked about a change."""

    def why(key: Key) -> Cause:
        if before is None:
            return Cause.DEVICE_MOVED
        number, asked = fresh.device.number, Asked(world, fresh.subject, fresh.device.watch, before)
        by_time = (Cause.TIME_PASSED, _stayed(before, fresh.seen.at_s, hours))
        if waits and (changes := tuple(_changes(memory, number, before))):
            return asked.first(key, found, (*changes, by_time)) or Cause.DEVICE_MOVED
        if asked.first(key, found, (by_time,)) is None:
            return Cause.DEVICE_MOVED  # nearly always
        # What was so before and was not known, the device shows by what it says now.
        held = _was(memory, number, before).by_zones if waits else before.held
        known = (Cause.DEVICE_MOVED, Moment(before.at_s, held))
        if asked.first(key, found, (known,)) is None or asked.was_let_go(key):
            return Cause.TIME_PASSED
        return Cause.DEVICE_MOVED

    return why


def why_of_a_change(
    memory: Memory,
    world: World,
    subject: Subject,
    device: DeviceState,
    before: Stood,
    found: Sequence[Breach],
) -> Why:
    """Return what tells why of a look at a device that says nothing new."""

    def why(key: Key) -> Cause:
        slot = world.slots.get(key[1] or "")
        if key[1] in world.index_of_following and slot not in memory.outstanding.moving:
            return Cause.DEVICE_MOVED  # the one that it follows
        changes = _changes(memory, device.number, before)
        asked = Asked(world, subject, device.watch, before)
        return asked.first(key, found, changes) or Cause.TIME_PASSED

    return why


def why_of_a_late_one(
    world: World,
    subject: Subject,
    watch: Watch,
    before: Stood | None,
    found: Sequence[Breach],
    at_s: float,
    hours: Turned,
    law_s: float,
) -> Why:
    """Return what tells why of a late report, judged by a law that holds since ``law_s``.

    What the law of before said is no longer at hand: where that may be why, nobody knows.
    """

    def why(key: Key) -> Cause | None:
        if before is None:
            return Cause.DEVICE_MOVED
        asked = Asked(world, subject, watch, before)
        if asked.first(key, found, ((Cause.DEVICE_MOVED, Moment(before.at_s, before.held)),)):
            return None if before.at_s < law_s else Cause.DEVICE_MOVED
        stages = ((Cause.TIME_PASSED, _stayed(before, at_s, hours)),)
        return asked.first(key, found, stages) or Cause.DEVICE_MOVED

    return why


class Asked(NamedTuple):
    """By whom and of whom it is asked what would be so."""

    world: World
    subject: Subject
    watch: Watch | None
    before: Stood

    def first(self, key: Key, found: Sequence[Breach], stages: Iterable[Stage]) -> Cause | None:
        """Return the cause of the first moment at which it would be as it is now."""
        is_seen = any(breach[:2] == key for breach in found)
        return next((cause for cause, at in stages if self._is_so(key, at) is is_seen), None)

    def was_let_go(self, key: Key) -> bool:
        """Tell whether hours that are over let go of who was met once more on its way to its last fix.

        A clock had judged it before that fix came; and it is over the ground of the zone still.
        """
        world, before, slot = self.world, self.before, self.world.slots.get(key[1] or "")
        timed = world.zones.volumes.timed
        if slot is None or slot >= len(timed) or not timed[slot] or self.watch is None:
            return False
        if not any(
            each.key == key and each.last_s >= before.at_s for each in self.watch.excursions
        ):
            return False
        domain = self.subject.domain
        return inside_probability(world, domain, before.report, key, None) >= OVER_ITS_GROUND

    def _is_so(self, key: Key, moment: Moment) -> bool | None:
        """Tell whether what was breaks it at a moment; ``None`` where nobody can tell."""
        world, (inside, unknown), before = self.world, moment.held, self.before
        conduct = conduct_of(
            world,
            self.subject.domain,
            before.report,
            moment.at_s,
            inside,
            unknown,
            world.places(moment.crossed).keep_out,
            strayed=before.strayed,
        )
        grants = world.grants.get(self.subject.device_id, ())
        grant, found = judged_by_its_permits(grants, conduct, world.rules)
        scratch = DeviceState(0, watch=self.watch, report=before.report)
        if key in doubtful(world, self.subject.domain, scratch, grant, conduct, found):
            return None
        if any(breach[:2] == key for breach in found):
            return True
        return None if key[0] in undecided(found) else False


def _changes(memory: Memory, number: int, before: Stood) -> Iterator[Stage]:
    """Yield what has changed since a device was judged, and what it alone would have brought about.

    It waits to be judged anew. Where its permit is other, and rules are too, nobody can tell them apart.
    """
    outstanding, was = memory.outstanding, _was(memory, number, before)
    if number in outstanding.regranted:
        yield Cause.PERMIT_CHANGED, Moment(before.at_s, was.old)
    elif number in outstanding.ruled:
        yield Cause.RULES_CHANGED, Moment(before.at_s, was.old)
    if outstanding.swapped:
        yield Cause.ZONE_CHANGED, Moment(before.at_s, was.by_zones)


def _was(memory: Memory, number: int, before: Stood) -> Was:
    return memory.outstanding.was.get(number) or Was(before.held, before.held)


def _stayed(before: Stood, at_s: float, hours: Turned) -> Moment:
    """Return the moment of a fix, had its device gone on as it was where it was."""
    inside, unknown = before.held
    if hours is not NO_TURN:
        inside = tuple(sorted({*inside, *hours.entered}.difference(hours.left)))
    return Moment(at_s, (inside, unknown), hours.crossed)
