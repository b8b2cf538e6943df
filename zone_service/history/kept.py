"""What answers share: the journal's end taken apart, and small segments read, each once for all who ask.

Both never change: a batch is what was committed, a segment what was made of batches. Bounded, for one
process and one database. Loads nothing that is slow: the web process has it before anybody asks.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec import MsgspecError
from sqlalchemy import Connection

from zone_service.store import history_files, journal
from zone_service.store.errors import TryLater
from zone_service.store.journal import Placed
from zone_service.store.records import HistorySegment, Journalled

if TYPE_CHECKING:
    import pyarrow as pa

END_MESSAGES: Final = 50_000
"""Of the journal's end: some 30 MB. One that is longer is read anew by each who asks."""
SMALL_ROWS: Final = 16_384
"""A segment of more is read where its device is; one of fewer would be read whole by whoever asks."""
ROWS: Final = 200_000
"""Of all segments that are kept: some 30 MB."""


LONG_END: Final = 300_000
"""Messages of the journal's end that many may decode at once: some three seconds of a core."""
AT_ONCE: Final = 2
"""Who decode more than that: the others are told to ask again."""


class Spoken(NamedTuple):
    """A batch of the journal, by topic."""

    journal_id: int
    messages: int
    on: dict[str, tuple[Placed, ...]]
    """Empty where the batch cannot be read."""


class Kept:
    """What one process keeps of one database; many threads may ask."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._end: deque[Spoken] = deque()
        self._begins = 0
        """The end is all behind this batch."""
        self._segments: OrderedDict[int, pa.Table] = OrderedDict()
        self._rows = 0
        self._long_ends = BoundedSemaphore(AT_ONCE)

    def behind(self, connection: Connection, segmented_to: int) -> Sequence[Spoken] | None:
        """Return the batches behind one, in order; ``None`` where others have gone on meanwhile.

        There may be newer ones among them than the transaction sees.
        """
        with self._lock:
            if segmented_to < self._begins:
                return None
            self._begins = segmented_to
            while self._end and self._end[0].journal_id <= segmented_to:
                self._end.popleft()
            last = self._end[-1].journal_id if self._end else segmented_to
            self._end.extend(map(_spoken, journal.batches_behind(connection, last)))
            return tuple(self._end)

    @contextmanager
    def reads_end(self, messages: int) -> Iterator[None]:
        """Decode an end of so many messages: a long one takes seconds of a core, so that few do at once.

        Raises:
            TryLater: others do.
        """
        if messages <= LONG_END:
            yield
            return
        if not self._long_ends.acquire(blocking=False):
            raise TryLater(why="long ends at once")
        try:
            yield
        finally:
            self._long_ends.release()

    def forget_end(self) -> None:
        """Keep nothing of the journal's end, which has become too long."""
        with self._lock:
            self._end.clear()

    def segment(
        self,
        connection: Connection,
        segment: HistorySegment,
        read: Callable[[bytes], "pa.Table"],
    ) -> "pa.Table":
        """Return the rows of a small segment."""
        key = segment.last_journal_id
        with self._lock:
            found = self._segments.get(key)
            if found is not None:
                self._segments.move_to_end(key)
                return found
        found = read(history_files.body(connection, segment))
        with self._lock:
            if key not in self._segments:
                self._segments[key] = found
                self._rows += found.num_rows
            while self._rows > ROWS:
                self._rows -= self._segments.popitem(last=False)[1].num_rows
        return found


def spoken_of(each: Journalled, device_id: str, topics: Collection[str]) -> Spoken:
    """Return what a batch has on the topics of a device; of one that cannot be read, nothing."""
    on: dict[str, tuple[Placed, ...]] = {}
    try:
        for placed in journal.unpack_naming(each.batch.body, device_id, topics):
            on[placed[1].topic] = (*on.get(placed[1].topic, ()), placed)
    except (MsgspecError, ValueError):
        on = {}  # logged by whoever takes it into files: many will ask
    return Spoken(each.journal_id, each.batch.message_count, on)


def _spoken(each: Journalled) -> Spoken:
    try:
        on = journal.unpack_by_topic(each.batch.body)
    except (MsgspecError, ValueError):
        on = {}  # logged by whoever takes it into files: many will ask
    return Spoken(each.journal_id, each.batch.message_count, on)
