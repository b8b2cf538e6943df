"""What the worker knew before it stopped: the last checkpoint, and the journal behind it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from zone_service.adoption import rejudge
from zone_service.clock import now
from zone_service.decisions import Outcome
from zone_service.memory import Memory, UnreadableCheckpoint, from_bytes
from zone_service.pipeline import step
from zone_service.store import journal, violations
from zone_service.store.engine import Store
from zone_service.store.errors import NotFound
from zone_service.store.records import (
    PLATFORM,
    ViolationChange,
    ViolationRecord,
    violation_id,
)
from zone_service.world import World


@dataclass(frozen=True, slots=True)
class Recovered:
    """The memory, and how it was found."""

    memory: Memory
    journal_id: int
    """The last batch that is in it."""
    batches: int
    """How many of them were replayed."""
    problem: str = ""
    """Why a checkpoint could not be used, for the log."""
    changes: tuple[ViolationChange, ...] = ()
    """What the memory has found and the store does not know: to be committed with the start."""


def recover(store: Store, world: World) -> Recovered:
    """Return the memory as it was after the last committed batch.

    The violations that a replay finds are those which the batches were committed with, so they
    are not written again; what differs is reconciled. Without a usable checkpoint the journal is
    replayed from its start.
    """
    memory, journal_id, problem = _from_checkpoint(store)
    if memory.fleet.revision is not None and not memory.fleet.follows(world.zones):
        # Every device keeps its own time: what time has done since is judged by the first tick.
        # Slots of zones that are no more must be gone before a tick in the journal asks for them.
        rejudge(memory, world, 0.0)
    batches = 0
    for journalled in journal.batches_after(store, journal_id):
        replay(memory, world, journalled.batch.body)
        journal_id, batches = journalled.journal_id, batches + 1
    return Recovered(memory, journal_id, batches, problem, _reconciled(store, memory))


def replay(memory: Memory, world: World, body: bytes) -> Outcome:
    """Judge one batch of the journal again."""
    return step(memory, world, journal.unpack(body))


def _from_checkpoint(store: Store) -> tuple[Memory, int, str]:
    found = journal.checkpoint(store)
    if found is None:
        return Memory(), 0, ""
    try:
        return from_bytes(found.body), found.journal_id, ""
    except UnreadableCheckpoint as error:
        return Memory(), 0, str(error)


def _reconciled(store: Store, memory: Memory) -> tuple[ViolationChange, ...]:
    with store.read() as session:
        ongoing = {each.id: each for each in violations.open_violations(session, PLATFORM)}
        known: dict[str, ViolationRecord] = dict(ongoing)
        for change in memory.open.values():
            if change.id not in known:
                try:
                    known[change.id] = violations.get(session, PLATFORM, change.id)
                except NotFound:
                    continue
    return reconcile(memory, ongoing.values(), known, now())


def reconcile(
    memory: Memory,
    ongoing: Iterable[ViolationRecord],
    known: Mapping[str, ViolationRecord],
    at: datetime,
) -> tuple[ViolationChange, ...]:
    """Make memory and store agree on what is going on; return what the store is to be told.

    They differ when zones or permits changed between the last checkpoint and the crash: the
    replay judges by what holds now. What the store alone has open nobody would ever close, so it
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
    identity = violation_id(change.device_id, change.code, change.zone_id, since.timestamp())
    return replace(change, id=identity, opened_at=since)
