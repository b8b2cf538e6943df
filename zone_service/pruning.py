"""What is too old, removed now and then in a thread of its own: it may take many transactions."""

import threading

import structlog
from sqlalchemy.exc import DBAPIError

from zone_service.clock import is_due
from zone_service.store import clips, history, journal
from zone_service.store.engine import Store

EVERY_S = 600.0
CLOSES_WITHIN_S = 5.0
EVIDENCE_WAITS_S = 7 * 86_400.0
"""So long what a clip needs that is not sealed keeps the journal, and with it the register and the permits
of then: a clip that nobody can seal must not fill the disk. Its frames stay in files of the history."""

log = structlog.get_logger("worker")


class Pruning:
    """Begun by the worker's thread, one at a time; does not wait for it."""

    def __init__(self, store: Store, keep_s: float, now_s: float) -> None:
        self._store = store
        self._keep_s = keep_s
        self._due_s = now_s + EVERY_S
        self._thread = threading.Thread()

    def begin_if_due(self, now_s: float) -> None:
        """Begin unless it is too early, or still going on."""
        if self._thread.is_alive() or not is_due(now_s, self._due_s, EVERY_S):
            return
        self._due_s = now_s + EVERY_S
        before_s = now_s - self._keep_s
        self._thread = threading.Thread(target=self._prune, args=(before_s,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Wait for what is going on, though not for ever: its transaction is not to be torn off."""
        if self._thread.is_alive():
            self._thread.join(CLOSES_WITHIN_S)

    def _prune(self, before_s: float) -> None:
        try:
            journal.prune(self._store, self.shortened_to(before_s))
            journal.prune_refusals(self._store, before_s)
            history.prune(self._store)
        except DBAPIError:
            log.exception("journal_not_pruned")

    def shortened_to(self, before_s: float) -> float:
        """Return up to when the journal may be shortened, at most to a moment."""
        with self._store.reader.begin() as connection:
            needed_s = clips.needed_from_s(connection)
        if needed_s is None:
            return before_s
        return min(before_s, max(needed_s, before_s - EVIDENCE_WAITS_S))
