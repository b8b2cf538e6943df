"""What became of the messages of a demonstration, whoever died meanwhile."""

from collections import Counter
from collections.abc import Mapping
from threading import Lock

from telemetry.report import Frame
from zone_service.clock_frames import CLOCK_TOPICS
from zone_service.provision import refused
from zone_service.settings import Settings
from zone_service.store import journal
from zone_service.store.engine import Store
from zone_service.store.records import RefusalFilter

ALL_OF_THEM = 1_000_000
REMEMBERED = 20_000
"""So many messages are told from what comes again of them: minutes of a demonstration."""


class Kept:
    """Counts the messages that are committed, by the journal itself.

    The worker's own count ends with it, and what it counted since its last heartbeat nobody was
    told. Looked at now and then, so that nothing is pruned before it is counted. What a broker that
    missed an acknowledgement sends again is in the journal twice, and was published once.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen = 0
        self._one_at_a_time = Lock()
        self._known: dict[tuple[str, bytes], None] = {}
        self.messages = 0

    def look(self) -> int:
        """Count what has been committed since the last look; return how much there is in all."""
        with self._one_at_a_time:
            for each in journal.batches_after(self._store, self._seen):
                frames = journal.unpack(each.batch.body)
                self.messages += sum(self._is_new(frame) for frame in frames)
                self._seen = each.journal_id
        return self.messages

    def _is_new(self, frame: Frame) -> bool:
        said = (frame.topic, frame.payload)
        if frame.topic in CLOCK_TOPICS or said in self._known:
            return False
        self._known[said] = None
        if len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]
        return True


class Received:
    """Sums a count that begins at nothing with every start of the worker."""

    def __init__(self) -> None:
        self._before = self._now = 0

    def take(self, count: int) -> int:
        """Take what the worker of now has counted; return what all of them have."""
        if count < self._now:
            self._before += self._now
        self._now = count
        return self._before + self._now


def refused_by_reason(settings: Settings) -> Mapping[str, int]:
    """Return how often something was refused, by the worker or by the broker."""
    counts: Counter[str] = Counter()
    for each in refused(settings, RefusalFilter(), ALL_OF_THEM)[0]:
        counts[each.reason] += each.count
    return counts
