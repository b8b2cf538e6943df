"""What the worker knew before it stopped: the last checkpoint, and the journal behind it."""

from dataclasses import dataclass

from geofence.rejudge import rejudge
from zone_service.decisions import Outcome
from zone_service.memory import Memory, UnreadableCheckpoint, from_bytes
from zone_service.pipeline import step
from zone_service.store import journal
from zone_service.store.engine import Store
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


def recover(store: Store, world: World) -> Recovered:
    """Return the memory as it was after the last committed batch.

    The violations that a replay finds are those which the batches were committed with, so they
    are not written again. Without a usable checkpoint the journal is replayed from its start.
    """
    memory, journal_id, problem = _from_checkpoint(store)
    if memory.fleet.revision is not None and not memory.fleet.follows(world.zones):
        # Every device keeps its own time: what time has done since is judged by the first tick.
        rejudge(memory.fleet, world.zones, 0.0)
    batches = 0
    for journalled in journal.batches_after(store, journal_id):
        replay(memory, world, journalled.batch.body)
        journal_id, batches = journalled.journal_id, batches + 1
    return Recovered(memory, journal_id, batches, problem)


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
