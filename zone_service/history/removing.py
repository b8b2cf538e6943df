"""Files of the history, removed when their time is over or the disk is short: each is on record.

The row says that it is removed before the file goes, so that nobody reads one that is going. A file that
stays, since whoever removed it died or the disk did not let it, goes the next time.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

import structlog
from sqlalchemy import Connection

from permits.keeping_rules import keeping_rules, longest
from zone_service.history.folder import alone, claim_for
from zone_service.history.retention import Terms, free_to_go, over, terms_of, yielding
from zone_service.room import Room, room_of
from zone_service.settings import Settings
from zone_service.store import clips, history_files, history_holds, rule_sets
from zone_service.store.engine import Store
from zone_service.store.records import PLATFORM, HistoryFile, HistoryHold, HistoryKind

AT_ONCE: Final = 20
"""Rows of one transaction, some 10 ms with their audit: the worker commits in between."""
PAUSE_S: Final = 0.05
"""SQLite has no queue of writers: whoever begins again at once would be the next one, always."""
ITS_TIME: Final = "its time is over"
FOR_ROOM: Final = "the disk is short"

log = structlog.get_logger("history")


class Going(NamedTuple):
    """What may go now, and why."""

    over: tuple[HistoryFile, ...]
    yielding: tuple[HistoryFile, ...]
    holds: tuple[HistoryHold, ...]
    """That it was found under."""


@dataclass(frozen=True, slots=True)
class Retention:
    """Removes what is no longer kept, from one folder."""

    store: Store
    folder: Path
    terms: Terms
    free: float
    """Which part of the disk is to be free."""

    def going(self, at: datetime, room: Room) -> Going:
        """Return what goes now."""
        with self.store.reader.begin() as connection:
            files = history_files.every_file(connection)
            holds = history_holds.in_force(connection)
            needed_from_s = clips.needed_from_s(connection)
        free = free_to_go(files, holds, needed_from_s)
        done = tuple(over(free, self.terms, at.timestamp()))
        left = [each for each in free if each not in done]
        missing = room.missing(self.free) - sum(each.size_bytes for each in done)
        return Going(done, tuple(yielding(left, self.terms, at.timestamp(), missing)), holds)

    def run(self, at: datetime, room: Room | None = None) -> int:
        """Remove what goes now, and return how many files that are.

        Raises:
            CompactionRuns: another run has not ended.
            ForeignHistory: the folder is of another installation.
        """
        with alone(self.folder):
            claim_for(self.store, self.folder)
            going = self.going(at, room or room_of(self.folder))
            gone = sum(
                self._say(files, why, at, going.holds)
                for files, why in ((going.over, ITS_TIME), (going.yielding, FOR_ROOM))
            )
            self._unlink()
        return gone

    def _say(
        self,
        files: Sequence[HistoryFile],
        why: str,
        at: datetime,
        holds: Sequence[HistoryHold],
    ) -> int:
        """Say that files are removed, and return of how many; the others wait for the next run."""
        gone = 0
        for begin in range(0, len(files), AT_ONCE):
            some = files[begin : begin + AT_ONCE]
            with self.store.write() as session:
                if not _may_still_go(session.connection(), some, holds):
                    log.info(
                        "history_not_removed", count=len(files) - gone, reason="held or needed"
                    )
                    return gone
                history_files.remove(session, PLATFORM, some, why, at)
            gone += len(some)
            log.info("history_removed", count=len(some), reason=why, first=some[0].name)
            time.sleep(PAUSE_S)
        return gone

    def _unlink(self) -> None:
        with self.store.reader.begin() as connection:
            removed = history_files.removed_names(connection)
        for kind in HistoryKind:
            for each in (self.folder / kind).rglob("*.parquet"):
                if each.relative_to(self.folder).as_posix() in removed:
                    _remove(each)


def retention_of(settings: Settings, store: Store) -> Retention:
    """Return what removes files of an installation, by the rules that are in force there.

    Each jurisdiction's that its permits may be of, since its devices' reports lie among all others.
    """
    with store.read() as session:
        sheets = [
            rule_sets.sheet_of(session, each) for each in (settings.rule_set, *settings.beside)
        ]
    terms = terms_of(longest(map(keeping_rules, sheets)), most_days(settings))
    return Retention(store, settings.history_dir, terms, settings.history_free)


def most_days(settings: Settings) -> Mapping[HistoryKind, float]:
    """Return for how many days a deployment keeps each kind; 0 is as long as there is room."""
    return {
        HistoryKind.REPORTS: settings.history_reports_days,
        HistoryKind.RAW: settings.history_raw_days,
    }


def _may_still_go(
    connection: Connection, files: Sequence[HistoryFile], holds: Sequence[HistoryHold]
) -> bool:
    """Tell, with the lock that is written under, whether nothing was held or needed since."""
    needed_from_s = clips.needed_from_s(connection)
    is_needed = needed_from_s is not None and any(
        each.last_received_s >= needed_from_s for each in files
    )
    return not is_needed and set(history_holds.in_force(connection)) <= set(holds)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("history_not_removed", name=path.name, error=str(error))
