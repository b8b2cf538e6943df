"""The worker as ``zone worker`` runs it, noting when each of its commits was on the disk.

``python -m bench.timed_worker FILE`` writes the notes when it gets SIGTERM: how many messages each
commit held (``messages``), and when it was done (``done_s``, Unix seconds), in their order.
"""

import sys
import time
from array import array
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from zone_service import worker_process
from zone_service.settings import load
from zone_service.store import journal
from zone_service.store.engine import Store
from zone_service.store.records import Commit, Committed


class Notes:
    """When commits were done."""

    def __init__(self) -> None:
        self._messages = array("q")
        self._done_s = array("d")
        self._commit = journal.commit_batch

    def commit_batch(self, store: Store, commit: Commit) -> Committed:
        """Commit as the store does, and look at the clock then."""
        committed = self._commit(store, commit)
        self._done_s.append(time.time())
        self._messages.append(commit.batch.message_count)
        return committed

    def write(self, path: Path) -> None:
        """Write the notes."""
        np.savez(path, messages=np.array(self._messages), done_s=np.array(self._done_s))


def main(arguments: Sequence[str]) -> None:
    """Run the worker until it is told to stop."""
    (path,) = arguments
    notes = Notes()
    journal.commit_batch = notes.commit_batch
    worker_process.run(load())
    notes.write(Path(path))


if __name__ == "__main__":
    main(sys.argv[1:])
