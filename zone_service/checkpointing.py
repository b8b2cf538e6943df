"""Checkpoints made beside the work, a piece a turn: nobody's message waits for all devices.

What is written is what was known after one batch: a copy of it is taken, in a fraction of the time that
packing takes, and packed and stored piece by piece while the worker goes on. A checkpoint
that is not complete when the worker dies is none; the one before it serves.
"""

from collections.abc import Callable, Iterator

import structlog
from sqlalchemy.exc import StatementError

from zone_service.clock import is_due
from zone_service.memory import Memory, copied, pieces
from zone_service.store import checkpoints
from zone_service.store.engine import Store

PIECE_BYTES = 64 * 1024
"""At once: a millisecond to pack, and as much to store."""
MARK_EVERY_S = 3600.0
"""One is kept so often for as long as the journal: a replay begins there."""
NOT_MADE = "what is known of the devices cannot be kept: a start would take longer"

log = structlog.get_logger("worker")


class Checkpointing:
    """The one that is being made, and when the next is due; in the worker's one thread."""

    def __init__(
        self, store: Store, every_s: float, now_s: float, warn: Callable[[str], None]
    ) -> None:
        self._store = store
        self._every_s = every_s
        self._warn = warn
        self._due_s = now_s + every_s
        self._mark_due_s = 0.0
        self._made_after = 0
        self._making: _Making | None = None

    @property
    def is_under_way(self) -> bool:
        """Whether there is a next piece to be written."""
        return self._making is not None

    def is_due(self, now_s: float) -> bool:
        """Whether there is something to be done: a piece, or it is time to begin."""
        return self.is_under_way or is_due(now_s, self._due_s, self._every_s)

    def go_on(self, memory: Memory, journal_id: int, now_s: float) -> None:
        """Write the next piece, or begin if it is time; the memory is as it was after a batch."""
        try:
            if self._making is not None:
                self._write(self._making, now_s)
            elif is_due(now_s, self._due_s, self._every_s):
                self._due_s = now_s + self._every_s
                if journal_id != self._made_after:
                    self._making = _Making(journal_id, pieces(copied(memory)))
        except Exception as error:
            self._give_up(error)

    def whole(self, memory: Memory, now_s: float) -> tuple[bytes | None, bool]:
        """Return all of it at once, to go with a commit, and whether it is a mark.

        There is none where it cannot be made: then a start replays from the one before.
        """
        self._making, self._due_s = None, now_s + self._every_s
        try:
            return b"".join(pieces(memory)), self._is_mark(now_s)
        except Exception as error:
            self._give_up(error)
            return None, False

    def _write(self, making: "_Making", now_s: float) -> None:
        piece, is_last = making.next()
        if not is_last:
            checkpoints.put_piece(self._store, making.journal_id, making.written, piece)
            making.written += 1
            return
        checkpoints.complete(self._store, making.journal_id, piece, is_mark=self._is_mark(now_s))
        self._made_after, self._making = making.journal_id, None

    def _is_mark(self, now_s: float) -> bool:
        if not is_due(now_s, self._mark_due_s, MARK_EVERY_S):
            return False
        self._mark_due_s = now_s + MARK_EVERY_S
        return True

    def _give_up(self, error: Exception) -> None:
        """Leave it until the next is due.

        The database may be away or refuse it, and a codec may have put into a report what cannot be
        packed: no reason to end over it.
        """
        self._making = None
        advice = "report this as a defect"
        if isinstance(error, StatementError | OSError):
            advice = "the next one is tried in its time"
        log.error("checkpoint_not_made", exc_info=error, advice=advice)
        self._warn(NOT_MADE)


class _Making:
    """A checkpoint on its way into the store."""

    __slots__ = ("_left", "_pieces", "journal_id", "written")

    def __init__(self, journal_id: int, made: Iterator[bytes]) -> None:
        self.journal_id = journal_id
        self.written = 0
        self._pieces = made
        self._left = b""

    def next(self) -> tuple[bytes, bool]:
        """Return so many bytes more, and whether they are the last."""
        while len(self._left) <= PIECE_BYTES:
            more = next(self._pieces, None)
            if more is None:
                return self._left, True
            self._left += more
        piece, self._left = self._left[:PIECE_BYTES], self._left[PIECE_BYTES:]
        return piece, False
