"""What the worker knew before it stopped: the last checkpoint, and the journal behind it.

The journal is judged by what was judged by then, and what has changed while no worker ran is taken
over at the start, as in a run. Where a checkpoint cannot be read, the one before it serves, with more of the journal. Where none
can, as much of the journal is replayed as can be in a few seconds: a worker that starts must be
back within ten. What is longer ago than that is known from the violations that are open.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from msgspec import MsgspecError

from telemetry.device_days import DeviceDays
from zone_service.adoption import rejudge
from zone_service.clock import now
from zone_service.course import Course, in_slots_of, until_and_behind
from zone_service.memory import Memory, UnreadableCheckpoint, from_bytes
from zone_service.past_worlds import PastWorlds
from zone_service.resumed_episodes import begun_again
from zone_service.store import checkpoints, device_days, journal, stretch, violations
from zone_service.store.engine import Store
from zone_service.store.records import (
    PLATFORM,
    JudgedBy,
    ViolationChange,
    ViolationRecord,
    violation_id,
)
from zone_service.world import World

REPLAYED_S = 300.0
"""Without a checkpoint: longer than any rule holds off, and than any broker keeps what it was not
told is stored before it gives it again."""
REPLAYED_MESSAGES = 100_000
"""Without a checkpoint: what can be judged again in a few seconds, with a batch counted as one."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """The memory, and how it was found."""

    memory: Memory
    journal_id: int
    """The last batch that is in it."""
    batches: int
    """How many of them were replayed."""
    problems: tuple[str, ...] = ()
    """What of checkpoints and journal could not be used, for the log."""
    is_cut: bool = False
    """Whether what was heard before the replayed part of the journal is not remembered."""
    changes: tuple[ViolationChange, ...] = ()
    """What the memory has found and the store does not know: to be committed with the start."""


@dataclass(frozen=True, slots=True)
class _Basis:
    """From where the journal is replayed."""

    memory: Memory
    journal_id: int
    problems: tuple[str, ...] = ()
    is_cut: bool = False


def recover(store: Store, world: World, past: PastWorlds | None = None) -> Recovered:
    """Return the memory as it was after the last committed batch.

    The violations that a replay finds are those which the batches were committed with, so they
    are not written again; what differs is reconciled. ``past`` makes the worlds that the batches
    were judged by; without it, or where one cannot be made, they are judged by what holds now.
    """
    basis = _basis(store, world)
    journal_id, batches, problems = basis.journal_id, 0, list(basis.problems)
    course = _course(store, basis, world, past, problems)
    for journalled in journal.batches_after(store, journal_id):
        try:
            frames = journal.unpack(journalled.batch.body)
        except (MsgspecError, ValueError) as error:
            problems.append(f"batch {journalled.journal_id} cannot be read: {error}")
            frames = []
        journal_id, batches = journalled.journal_id, batches + 1
        course.follow(journal_id, frames)
    changes = _reconciled(store, course.memory)
    return Recovered(course.memory, journal_id, batches, tuple(problems), basis.is_cut, changes)


def _course(
    store: Store, basis: _Basis, world: World, past: PastWorlds | None, problems: list[str]
) -> Course:
    """Return the way through the journal from the basis on; what keeps it from being exact is told."""
    if past is None:
        return Course(_judged_by_now(basis.memory, world), world)

    def world_of(by: JudgedBy, like: World) -> World:
        try:
            return past.world(by, like)
        except Exception as error:
            # A start goes on with what holds now: nobody is judged by nothing.
            problems.append(f"what was judged by before cannot be made again: {error}")
            return world

    judged_by = stretch.judged_by(store, journal.last_journal_id(store))
    begins, behind = until_and_behind(judged_by, basis.journal_id)
    first = world if begins is None else world_of(begins, world)
    return Course(_judged_by_now(basis.memory, first), first, behind, world_of)


def _judged_by_now(memory: Memory, world: World) -> Memory:
    in_slots_of(world.zones, memory)
    if memory.fleet.revision is not None and not memory.fleet.follows(world.zones):
        # Every device keeps its own time: what time has done since is judged by the first tick.
        # Slots of zones that are no more must be gone before a tick in the journal asks for them.
        rejudge(memory, world, 0.0)
    return memory


def _basis(store: Store, world: World) -> _Basis:
    """Return the newest checkpoint that can be read; else what the journal and the store allow."""
    problems: list[str] = []
    for found in checkpoints.newest_first(store):
        try:
            return _Basis(from_bytes(found.body), found.journal_id, tuple(problems))
        except UnreadableCheckpoint as error:
            problems.append(str(error))
    before = journal.before_recent(store, REPLAYED_S, REPLAYED_MESSAGES)
    if not before and journal.is_whole(store):
        return _Basis(Memory(), 0, tuple(problems))
    with store.read() as session:
        ongoing = violations.open_violations(session, PLATFORM)
    memory = begun_again(world, ongoing)
    # What is replayed of them is counted there already, up to when each was last heard.
    memory.days = DeviceDays(device_days.latest(store))
    return _Basis(memory, before, tuple(problems), is_cut=True)


def _reconciled(store: Store, memory: Memory) -> tuple[ViolationChange, ...]:
    with store.read() as session:
        ongoing = {each.id: each for each in violations.open_violations(session, PLATFORM)}
        others = {change.id for change in memory.open.values()} - ongoing.keys()
        known = ongoing | violations.by_id(session, PLATFORM, others)
    return reconcile(memory, ongoing.values(), known, now())


def reconcile(
    memory: Memory,
    ongoing: Iterable[ViolationRecord],
    known: Mapping[str, ViolationRecord],
    at: datetime,
) -> tuple[ViolationChange, ...]:
    """Make memory and store agree on what is going on; return what the store is to be told.

    They differ where memory was lost, and where what was judged by cannot be made again: then the
    journal is judged by what holds now. What the store alone has open nobody would ever close, so it
    closes. What the memory alone has open is told; and where the store has closed it, it goes on
    as a new violation from there, since what was closed stays closed.

    ``known`` are the violations of the store by id, those that are ``ongoing`` and those that the
    memory has open.
    """
    for key, change in memory.open.items():
        stored = known.get(change.id)
        if stored is not None and stored.closed_at is not None:
            memory.open[key] = _continued(change, stored.closed_at)
    ours = {change.id: change for change in memory.open.values()}
    gone = (
        replace(each, closed_at=max(at, each.opened_at), updated_at=at)
        for each in ongoing
        if each.id not in ours
    )
    return (*gone, *(change for change in ours.values() if change.id not in known))


def _continued(change: ViolationChange, since: datetime) -> ViolationChange:
    identity = violation_id(
        change.device_id, change.code, change.zone_id, since.timestamp(), change.other_device_id
    )
    return replace(change, id=identity, opened_at=since)
