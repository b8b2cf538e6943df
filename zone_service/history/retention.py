"""Which files of the history may go: those whose time is over, and before that what yields to evidence.

Each kind has its own time. The rule set says how long it is kept at the least, the deployment how long at
the most; between the two the oldest go while the disk is short. What the rules ask for, what is held and
what evidence still needs never goes, however full the disk is.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from permits.keeping_rules import KeptFor
from zone_service.store.records import HistoryFile, HistoryHold, HistoryKind

DAY_S: Final = 86_400.0
MONTH_S: Final = 31 * DAY_S
"""No month is longer: what is kept for so many is kept for the law's."""
FOREVER_S: Final = float("inf")
YIELDS: Final = (HistoryKind.RAW, HistoryKind.REPORTS)
"""Which goes first where the disk is short: frames take more room, and say nothing that reports do not."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How long each kind is kept, in seconds after it was received."""

    least_s: Mapping[HistoryKind, float]
    most_s: Mapping[HistoryKind, float]


def terms_of(rules: KeptFor | None, most_days: Mapping[HistoryKind, float]) -> Terms:
    """Return the terms by a rule set and a deployment; ``0`` days: as long as there is room.

    A deployment cannot keep anything for less than the rules ask; without rules all is kept.
    """
    if rules is None:
        forever = dict.fromkeys(HistoryKind, FOREVER_S)
        return Terms(forever, forever)
    months = {HistoryKind.REPORTS: rules.positions_months, HistoryKind.RAW: rules.frames_months}
    least = {kind: count * MONTH_S for kind, count in months.items()}
    most = {
        kind: max(least[kind], days * DAY_S) if days else FOREVER_S
        for kind, days in most_days.items()
    }
    return Terms(least, most)


def free_to_go(
    files: Iterable[HistoryFile], holds: Sequence[HistoryHold], needed_from_s: float | None
) -> tuple[HistoryFile, ...]:
    """Return the files on which no hold is and that no clip still needs, oldest first.

    Frames are received later than the events that they tell of: so a hold keeps all files of the batches
    of which one tells of its time.
    """
    every = tuple(files)
    kept = {_batches(each) for each in every if any(_tells_of(each, hold) for hold in holds)}
    found = (each for each in every if _batches(each) not in kept)
    if needed_from_s is not None:
        found = (each for each in found if each.last_received_s < needed_from_s)
    return tuple(sorted(found, key=lambda each: (each.last_received_s, each.name)))


def over(files: Iterable[HistoryFile], terms: Terms, now_s: float) -> Iterator[HistoryFile]:
    """Yield the files whose time is over."""
    for each in files:
        if now_s - each.last_received_s > terms.most_s[each.kind]:
            yield each


def yielding(
    files: Sequence[HistoryFile], terms: Terms, now_s: float, missing_bytes: int
) -> Iterator[HistoryFile]:
    """Yield the files that the rules no longer ask for, until so many bytes are free."""
    for kind in YIELDS:
        for each in files:
            if missing_bytes <= 0:
                return
            if each.kind is kind and now_s - each.last_received_s > terms.least_s[kind]:
                missing_bytes -= each.size_bytes
                yield each


def _batches(file: HistoryFile) -> tuple[int, int]:
    return file.first_journal_id, file.last_journal_id


def _tells_of(file: HistoryFile, hold: HistoryHold) -> bool:
    return file.from_ms < hold.until_ms and hold.from_ms <= file.to_ms
