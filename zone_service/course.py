"""The journal gone through again, by what was judged by then: the one way to what the worker knew.

A start goes from its checkpoint to the end of the journal, and a replay over a stretch of it. Both
give every batch to the same steps as the worker did, and judge the devices anew wherever the worker
took a new world over.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from geofence.fleet import LetIn
from geofence.held import Held
from geofence.snapshot import Snapshot
from telemetry.report import Frame
from zone_service.adoption import adopt, take_over
from zone_service.clock_frames import ANEW_TOPIC
from zone_service.decisions import Outcome
from zone_service.guarded import judge
from zone_service.late_laws import NO_LAWS, Laws, laws_of
from zone_service.memory import Memory
from zone_service.store.records import JudgedBy, JudgedFrom
from zone_service.world import World

WorldOf = Callable[[JudgedBy, World], World]


class Course:
    """A memory on its way through the journal. It is changed in place."""

    def __init__(
        self,
        memory: Memory,
        world: World,
        taken_over: Iterable[JudgedFrom] = (),
        world_of: WorldOf | None = None,
    ) -> None:
        """``world`` is what the memory was judged by last; ``taken_over`` is what comes behind it.

        Its zones may lie in other slots than those that the memory speaks of.

        ``world_of`` makes a world of that, from the one before; without it nothing is taken over.
        """
        in_slots_of(world.zones, memory)
        self.memory = memory
        self.world = world
        self._world_of = world_of
        self._taken_over: Mapping[int, JudgedBy] = {each.journal_id: each.by for each in taken_over}

    def follow(self, journal_id: int, frames: Sequence[Frame]) -> Outcome:
        """Judge what the worker judged with a batch, and return what comes of it."""
        by = self._taken_over.get(journal_id)
        if by is None or self._world_of is None:
            return judge(self.memory, self.world, frames, self._laws(frames))
        before, self.world = self.world, self._world_of(by, self.world)
        # Where it was not said how many are judged anew, all were at once.
        is_by_and_by = any(frame.topic == ANEW_TOPIC for frame in frames)
        judge_by = take_over if is_by_and_by else adopt
        outcome = judge_by(self.memory, self.world, None if by.is_start else before, by.at_s)
        outcome.add(judge(self.memory, self.world, frames, self._laws(frames)))
        return outcome

    def _laws(self, frames: Sequence[Frame]) -> Laws:
        """Return what late reports were judged by, as it came."""
        world_of = self._world_of
        if world_of is None:
            return NO_LAWS
        return {payload: world_of(by, self.world) for payload, by in laws_of(frames)}


def in_slots_of(zones: Snapshot, memory: Memory) -> None:
    """Have a memory speak of the same zones in the slots of another snapshot of them."""
    fleet = memory.fleet
    if fleet.revision != zones.revision or fleet.follows(zones):
        return
    slots = zones.slots
    moved = [slots.get(zone_id) for zone_id in fleet.zone_ids]

    def those(held: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(sorted(found for slot in held if (found := moved[slot]) is not None))

    fleet.held = Held.of(those(held) for held in fleet.held)
    fleet.let_in = {
        device: LetIn(fix_s, those(slots)) for device, (fix_s, slots) in fleet.let_in.items()
    }
    fleet.zone_ids = zones.zone_ids
    for device in memory.devices.values():
        device.inside, device.unknown = those(device.inside), those(device.unknown)


def until_and_behind(
    judged_by: Sequence[JudgedFrom], journal_id: int
) -> tuple[JudgedBy | None, tuple[JudgedFrom, ...]]:
    """Return what was judged by after a batch, and what was taken over behind it."""
    before = [each.by for each in judged_by if each.journal_id <= journal_id]
    behind = tuple(each for each in judged_by if each.journal_id > journal_id)
    return (before[-1] if before else None), behind
