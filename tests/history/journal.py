"""A journal to take a history from: batches of canonical reports, by minutes and hours."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from telemetry.report import Frame
from zone_service.history.asked import Window
from zone_service.history.compaction import Compaction, Done, Reach
from zone_service.history.kept import Kept
from zone_service.history.query import History
from zone_service.store import journal
from zone_service.store.engine import Store
from zone_service.store.records import Batch, Commit

NOON_S = 1_777_896_000.0
EVER = Window(0, 2**62)


def told(
    device_id: str = "car-1", after_s: float = 0.0, seq: int | None = None, **said: Any
) -> Frame:
    """A report that was received when it was made, so long after noon."""
    at = datetime.fromtimestamp(NOON_S + said.pop("made_s", after_s), UTC)
    given = {
        "schema_version": 1,
        "device_id": device_id,
        "event_time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "longitude": 121.5,
        "latitude": 31.2,
    } | said
    if seq is not None:
        given["seq"] = seq
    body = json.dumps(given).encode()
    return Frame(f"zone/up/{device_id}/tele", body, NOON_S + after_s)


@dataclass(frozen=True, slots=True)
class Place:
    """A store, and the folder of its history."""

    store: Store
    folder: Path
    kept: Kept = field(default_factory=Kept)
    """As the web process has it for as long as it lives."""

    def journal(self, *frames: Frame) -> int:
        """Commit frames as one batch."""
        with self.store.reader.begin():
            count = journal.last_journal_id(self.store) + 1
        times = [each.received_s for each in frames]
        batch = Batch(f"b-{count}", min(times), max(times), len(frames), journal.pack(frames))
        return journal.commit_batch(self.store, Commit(batch=batch)).journal_id

    def compact(
        self,
        *,
        at_s: float = NOON_S,
        everything: bool = False,
        reach: Reach | None = None,
        **sizes: int,
    ) -> Done:
        """Take the journal into the history, as far as it goes; at noon no hour is over by the clock."""
        given: dict[str, Any] = dict(sizes) if reach is None else sizes | {"reach": reach}
        at = datetime.fromtimestamp(at_s, UTC)
        return Compaction(self.store, self.folder, **given).run(at, everything=everything)

    def history(self) -> History:
        """What is asked, as each request makes it."""
        return History(self.store, self.folder, kept=self.kept)

    def ask(self, asked: Window = EVER) -> list[dict[str, Any]]:
        """Return what the history has, row by row."""
        found: list[dict[str, Any]] = self.history().rows(asked).to_pylist()
        return found

    def seqs(self, asked: Window = EVER) -> Sequence[tuple[str, int]]:
        """Return whose reports the history has, by their numbers."""
        return [(each["device_id"], each["seq"]) for each in self.ask(asked)]
