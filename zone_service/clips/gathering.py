"""The frames of a clip: from the journal, and from the raw files of the history behind it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import structlog
from msgspec import MsgspecError

from telemetry.topics import of_device
from zone_service.clips.content import Placed
from zone_service.clips.window import LONGEST_BATCH_S, Span, holds
from zone_service.clock_frames import TICK_TOPIC
from zone_service.store import history_files, journal
from zone_service.store.engine import Store
from zone_service.store.records import HistoryKind, Journalled

log = structlog.get_logger("evidence")


class Frames(NamedTuple):
    """What was found: what devices said, and the ticks between, which tell that somebody listened."""

    those: Sequence[Placed]
    lost: Sequence[str]
    """Files of the history that should have some, and batches of the journal that cannot be read."""


class Shared:
    """Frames that many clips of one time have parts of: ordered once, and not once for each of them."""

    __slots__ = ("_by_topic", "heard_s", "lost")

    def __init__(self, found: Frames) -> None:
        self.lost = found.lost
        self.heard_s = sorted(each.frame.received_s for each in found.those)
        """When anything was received, in order."""
        self._by_topic: dict[str, list[Placed]] = defaultdict(list)
        for each in found.those:
            self._by_topic[each.frame.topic].append(each)

    def of(self, device_ids: Collection[str], within: Sequence[Span]) -> tuple[Placed, ...]:
        """Return what some devices said in some times, in the order of the journal."""
        topics = {topic for each in device_ids for topic in of_device(each)}
        said = (each for topic in topics for each in self._by_topic.get(topic, ()))
        theirs = [each for each in said if holds(within, each.frame.received_s)]
        return tuple(sorted(theirs, key=lambda each: each[:2]))


def frames(
    store: Store, folder: Path, device_ids: Collection[str], within: Sequence[Span]
) -> Frames:
    """Return what devices said in some times, in the order of the journal: from it, and from files behind it.

    ``folder``: that of the history. ``within``: spans that are apart; what lies between them is not read.
    """
    found = [_in_span(store, folder, device_ids, each) for each in within]
    those = sorted((each for some in found for each in some.those), key=lambda each: each[:2])
    return Frames(those, tuple(dict.fromkeys(name for some in found for name in some.lost)))


def _in_span(store: Store, folder: Path, device_ids: Collection[str], span: Span) -> Frames:
    topics = frozenset(topic for each in device_ids for topic in of_device(each)) | {TICK_TOPIC}
    with store.reader.begin() as connection:
        oldest = journal.oldest_id(connection)
        batches = journal.batches_between(connection, *span, LONGEST_BATCH_S)
        newer, unreadable = _of_journal(batches, topics, span)
        files = history_files.files(
            connection, HistoryKind.RAW, int(span.from_s * 1000), int(span.until_s * 1000) + 1
        )
    # The journal is shortened only by what is in files: what it still has is not read twice.
    wanted = [each.name for each in files if oldest is None or each.first_journal_id < oldest]
    older, lost = _of_files(folder, wanted, topics, span, oldest)
    return Frames((*older, *newer), (*lost, *unreadable))


def _of_journal(
    batches: Iterable[Journalled], topics: frozenset[str], span: Span
) -> tuple[list[Placed], list[str]]:
    found: list[Placed] = []
    lost: list[str] = []
    for each in batches:
        try:
            found += _of_batch(each, topics, span)
        except (MsgspecError, ValueError):
            log.warning("batch_unreadable", journal_id=each.journal_id)
            lost.append(f"journal/{each.journal_id}")
    return found, lost


def _of_batch(batch: Journalled, topics: frozenset[str], span: Span) -> Iterator[Placed]:
    for place, frame in journal.unpack_on(batch.batch.body, topics):
        if span.from_s <= frame.received_s <= span.until_s:
            yield Placed(batch.journal_id, place, frame)


def _of_files(
    folder: Path, names: Sequence[str], topics: frozenset[str], span: Span, before: int | None
) -> tuple[list[Placed], list[str]]:
    if not names:
        return [], []
    # Here, not above: whoever seals what happens now never loads its libraries.
    from zone_service.history.raw import read_raw

    found: list[Placed] = []
    lost: list[str] = []
    for name in names:
        try:
            found += (Placed(*each) for each in read_raw(folder / name, topics, *span))
        except (OSError, ValueError) as error:
            log.warning("history_lost", name=name, error=str(error))
            lost.append(name)
    found.sort(key=lambda each: each[:2])
    return [each for each in found if before is None or each.journal_id < before], lost
