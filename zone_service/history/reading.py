"""Batches of the journal, read into what they told: by the register that the worker had judged by."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from operator import attrgetter, itemgetter

import structlog
from msgspec import MsgspecError

from telemetry.codecs.codec import Codec
from telemetry.codecs.discover import load_codecs
from telemetry.report import Frame, Unit
from telemetry.service_area import ServiceArea
from telemetry.topics import of_device, parse
from zone_service.history.kept import Spoken
from zone_service.history.told import Told, told_by
from zone_service.store import history, journal, stretch
from zone_service.store.engine import Store
from zone_service.store.history import DeviceThen
from zone_service.store.journal import Placed
from zone_service.store.records import Journalled, JudgedFrom

NOW = 2**62
"""A revision that no registry reaches: what is in force now."""

log = structlog.get_logger("history")


@cache
def codecs_installed() -> Mapping[str, Codec]:
    """Return the codecs, which are found once: they neither change nor remember anything."""
    return load_codecs()


class Reader:
    """Reads batches by the register of then; for one piece of work, since it keeps what it has read."""

    def __init__(
        self, store: Store, served: ServiceArea | None, whose: frozenset[str] | None = None
    ) -> None:
        """``whose``: what these devices told alone."""
        self._store = store
        self._served = served
        self._only = next(iter(whose)) if whose and len(whose) == 1 else None
        self._topics = None if whose is None else frozenset(chain(*map(of_device, whose)))
        self._judged_by: Sequence[JudgedFrom] | None = None
        self._units: dict[int, Mapping[str, Unit]] = {}

    def told(self, batches: Iterable[Journalled | Spoken]) -> Iterator[Told]:
        """Yield what batches told, which are in their order; one that cannot be read tells nothing."""
        for each in batches:
            yield from self._told(each)

    def _told(self, each: Journalled | Spoken) -> Iterator[Told]:
        frames = self._spoken(each) if isinstance(each, Spoken) else self._frames(each)
        if not frames:
            return iter(())
        units = self._units_at(each.journal_id)
        return told_by(frames, each.journal_id, units, codecs_installed(), self._served)

    def _spoken(self, each: Spoken) -> Sequence[Placed]:
        topics = each.on if self._topics is None else self._topics
        found = [placed for topic in topics for placed in each.on.get(topic, ())]
        return sorted(found, key=itemgetter(0))

    def _frames(self, each: Journalled) -> Sequence[Placed]:
        if self._topics is None:
            found = enumerate(frames_of(each) or ())
            # What is on no device's topic is the service's own clock, or was refused.
            return [(place, frame) for place, frame in found if parse(frame.topic) is not None]
        try:
            return journal.unpack_on(each.batch.body, self._topics)
        except (MsgspecError, ValueError):
            # Logged by whoever takes it into files: many will ask.
            return ()

    def _units_at(self, journal_id: int) -> Mapping[str, Unit]:
        if self._judged_by is None:
            self._judged_by = stretch.judged_since(self._store, journal_id)
        at = bisect_right(self._judged_by, journal_id, key=attrgetter("journal_id")) - 1
        revision = NOW if at < 0 else self._judged_by[at].by.registry_revision
        if revision not in self._units:
            with self._store.read() as session:
                found = history.devices_at(session, revision, self._only)
            self._units[revision] = {each.device.device_id: _unit(each) for each in found}
        return self._units[revision]


def frames_of(each: Journalled) -> Sequence[Frame] | None:
    """Return the frames of a batch; ``None`` of one that cannot be read, and it is logged."""
    try:
        return journal.unpack(each.batch.body)
    except (MsgspecError, ValueError) as error:
        log.error("batch_unreadable", journal_id=each.journal_id, error=str(error))  # noqa: TRY400
        return None


def _unit(then: DeviceThen) -> Unit:
    device, let_in = then
    return Unit(
        device_id=device.device_id,
        codec=device.codec,
        wire_id=device.wire_id,
        datum=device.datum,
        active=let_in,
    )
