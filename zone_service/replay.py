"""Recorded telemetry judged again: by the same steps, and by the zones, permits and devices of then.

Where what was known before the stretch is at hand (a mark of the worker's memory, or the whole
journal), the replay comes to what the worker told, event by event. Else it begins some time before,
from the violations that were open, and says so.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from itertools import groupby

from msgspec import MsgspecError

from permits.ruleset import RuleSet
from telemetry.report import Frame
from zone_service.before_causes import BeforeCauses
from zone_service.course import Course, until_and_behind
from zone_service.memory import Memory, UnreadableCheckpoint, from_bytes
from zone_service.past_worlds import PastWorlds
from zone_service.resumed_episodes import begun_again
from zone_service.settings import Settings
from zone_service.store import checkpoints, feed, journal, stretch
from zone_service.store.engine import Store
from zone_service.store.errors import StoreError
from zone_service.store.records import (
    Batch,
    JudgedBy,
    JudgedFrom,
    ViolationChange,
    ViolationEvent,
    ViolationRecord,
)

WARM_UP_S = 900.0
"""Longer than any rule holds off; after it, what the devices do is known from what they said."""

_CHANGE = tuple(each.name for each in fields(ViolationChange))

Progress = Callable[[float, float], None]


class NotReplayable(StoreError):
    """What is asked for cannot be replayed: says why, and what can."""


@dataclass(frozen=True, slots=True)
class Begin:
    """What a replay begins with."""

    body: bytes | None
    """The worker's memory, as it was kept; it is changed on the way, so each run reads it anew."""
    journal_id: int
    """The last batch that is in it."""
    by: JudgedBy | None
    is_exact: bool
    words: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Which batches are replayed, from what on, and by what."""

    begin: Begin
    first: int
    last: int
    behind: tuple[JudgedFrom, ...]
    notes: tuple[str, ...]
    """What keeps the replay from coming to the same, for people."""


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one batch."""

    journal_id: int
    events: tuple[ViolationEvent, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One event that is not told alike."""

    journal_id: int
    recorded: ViolationEvent | None
    replayed: ViolationEvent | None
    names: tuple[str, ...] = ()
    """What of it differs, where both have it."""


@dataclass(slots=True)
class Replay:
    """A stretch of the journal, on its way."""

    store: Store
    settings: Settings
    from_s: float
    to_s: float
    rules: RuleSet | None = None
    """Judge by these instead of those of then."""
    warm_up_s: float = WARM_UP_S
    plan: Plan = field(init=False)
    _past: PastWorlds = field(init=False)

    def __post_init__(self) -> None:
        """Look what there is.

        Raises:
            NotReplayable: nothing of it can be replayed.
        """
        self._past = PastWorlds(self.store, self.settings, self.rules)
        self.plan = _plan(self)

    def run(self, progress: Progress = lambda _part, _at_s: None) -> Iterator[Told]:
        """Yield what comes of each batch of the stretch; those before it are gone through first."""
        plan = self.plan
        course = self._course()
        known = {each.id: _record(each) for each in course.memory.open.values()}
        for journalled in journal.batches_after(self.store, plan.begin.journal_id):
            journal_id, batch = journalled.journal_id, journalled.batch
            if journal_id > plan.last:
                return
            outcome = course.follow(journal_id, _frames(batch, journal_id))
            events = feed.news(known, outcome.changes.values(), 0)
            known |= {each.violation.id: each.violation for each in events}
            done = (journal_id - plan.begin.journal_id) / (plan.last - plan.begin.journal_id)
            progress(done, batch.last_received_s)
            if journal_id >= plan.first and events:
                yield Told(journal_id, events)

    def differences(self, progress: Progress = lambda _part, _at_s: None) -> Iterator[Difference]:
        """Yield every event that is recorded and not replayed, replayed and not recorded, or other."""
        recorded = _by_batch(stretch.events_between(self.store, self.plan.first, self.plan.last))
        theirs, before = (
            next(recorded, None),
            BeforeCauses(lambda: stretch.causes_since(self.store)),
        )
        for ours in self.run(progress):
            while theirs is not None and theirs.journal_id < ours.journal_id:
                yield from _differences(theirs, Told(theirs.journal_id, ()), before)
                theirs = next(recorded, None)
            if theirs is not None and theirs.journal_id == ours.journal_id:
                yield from _differences(theirs, ours, before)
                theirs = next(recorded, None)
            else:
                yield from _differences(Told(ours.journal_id, ()), ours, before)
        while theirs is not None:
            yield from _differences(theirs, Told(theirs.journal_id, ()), before)
            theirs = next(recorded, None)

    def _course(self) -> Course:
        begin = self.plan.begin
        by = begin.by or self.plan.behind[0].by
        first = self._past.world(by)
        memory = Memory() if begin.body is None else from_bytes(begin.body)
        if not begin.is_exact:
            memory = begun_again(first, stretch.open_after(self.store, begin.journal_id))
        return Course(memory, first, self.plan.behind, self._past.world)


def _plan(asked: Replay) -> Plan:
    store = asked.store
    if asked.from_s > asked.to_s:
        raise NotReplayable(why="replay backwards", **_ends(asked))
    oldest = stretch.oldest(store)
    if oldest is None:
        raise NotReplayable(why="nothing recorded yet")
    first, last = stretch.first_from(store, asked.from_s), stretch.last_until(store, asked.to_s)
    if first is None or last is None or first > last:
        raise NotReplayable(why="nothing recorded", **_ends(asked))
    judged_by = stretch.judged_by(store, last)
    _require_covered(asked, oldest, judged_by)
    is_whole = oldest[0] == 1 and judged_by[0].journal_id == 1
    begin = _begin(asked, first, judged_by, is_whole=is_whole)
    _, behind = until_and_behind(judged_by, begin.journal_id)
    met = ([begin.by] if begin.by else []) + [each.by for each in behind]
    return Plan(begin, first, last, behind, tuple(_notes(asked, begin, met)))


def _ends(asked: Replay) -> dict[str, str]:
    return {"since": in_words(asked.from_s), "until": in_words(asked.to_s)}


def _require_covered(
    asked: Replay, oldest: tuple[int, float], judged_by: Sequence[JudgedFrom]
) -> None:
    """Refuse what is pruned, and what was recorded before it was noted what is judged by."""
    journal_id, at_s = oldest
    if not judged_by:
        raise NotReplayable(why="judged by earlier")
    noted = judged_by[0]
    since_s = None if journal_id == 1 else at_s
    if noted.journal_id > max(journal_id, 1):
        since_s = noted.by.at_s
    if since_s is not None and asked.from_s < since_s:
        raise NotReplayable(why="not kept", asked=in_words(asked.from_s), since=in_words(since_s))


def _begin(asked: Replay, first: int, judged_by: Sequence[JudgedFrom], *, is_whole: bool) -> Begin:
    """Return what the worker knew before a batch, or the nearest that there is to it."""
    unreadable = 0
    for found in checkpoints.memories(asked.store, first):
        by, _ = until_and_behind(judged_by, found.journal_id)
        if by is None:
            break
        try:
            from_bytes(found.body)
        except UnreadableCheckpoint:
            unreadable += 1
            continue
        words = f"what was known after batch {found.journal_id}, kept as a checkpoint"
        return Begin(found.body, found.journal_id, by, is_exact=True, words=words)
    because = f" ({unreadable} checkpoints cannot be read by this version)" if unreadable else ""
    if is_whole:
        words = f"nothing: all is replayed that was ever recorded{because}"
        return Begin(None, 0, None, is_exact=True, words=words)
    return _cold(asked, first, judged_by, because)


def _cold(asked: Replay, first: int, judged_by: Sequence[JudgedFrom], because: str) -> Begin:
    warm = stretch.first_from(asked.store, asked.from_s - asked.warm_up_s) or first
    begins = max(judged_by[0].journal_id, min(warm, first) - 1)
    by, _ = until_and_behind(judged_by, begins)
    words = (
        f"the violations that were open {asked.warm_up_s / 60:.0f} minutes before, or at the "
        f"beginning of what is kept: no checkpoint is older{because}"
    )
    return Begin(None, begins, by, is_exact=False, words=words)


def _notes(asked: Replay, begin: Begin, met: Sequence[JudgedBy]) -> Iterator[str]:
    if not begin.is_exact:
        yield "not begun from a checkpoint: what began before may be told otherwise"
    if any(by.is_cut for by in met):
        yield "a worker began without a part of its memory meanwhile, and the replay has it"
    past = PastWorlds(asked.store, asked.settings, asked.rules)
    for label in dict.fromkeys(_labels(by) for by in met if past.is_other_rules(by)):
        yield f"judged by other rules than {label} of then"


def _labels(by: JudgedBy) -> str:
    return ", ".join((by.rules, *(label for _, label, _ in by.beside)))


def _frames(batch: Batch, journal_id: int) -> list[Frame]:
    try:
        return journal.unpack(batch.body)
    except (MsgspecError, ValueError) as error:
        raise NotReplayable(why="batch unreadable", batch=journal_id, cause=error) from error


def _record(change: ViolationChange) -> ViolationRecord:
    return ViolationRecord(**{name: getattr(change, name) for name in _CHANGE})


def _by_batch(events: Iterator[tuple[int, ViolationEvent]]) -> Iterator[Told]:
    for journal_id, of_it in groupby(events, key=lambda each: each[0]):
        yield Told(journal_id, tuple(event for _, event in of_it))


def _differences(recorded: Told, replayed: Told, before: BeforeCauses) -> Iterator[Difference]:
    theirs = {(each.violation.id, each.event): each for each in recorded.events}
    ours = {(each.violation.id, each.event): each for each in replayed.events}
    for key in theirs | ours:
        one, other = theirs.get(key), ours.get(key)
        names = before.differing(recorded.journal_id, one, other) if one and other else ()
        if one is None or other is None or names:
            yield Difference(replayed.journal_id, one, other, names)


def in_words(at_s: float) -> str:
    """Return a time as people write it."""
    return datetime.fromtimestamp(at_s, UTC).isoformat(" ", "seconds").replace("+00:00", " UTC")
