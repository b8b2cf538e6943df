"""The timer of the law: what comes about by time alone, done when its time has come.

It runs in every web process. Whose transaction comes first writes a step; who comes second finds nothing
to do. After a downtime all that has come about meanwhile is done, each step with the moment from
which it counts in law.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import structlog
from sqlmodel import Session

from permits.deadlines import Case
from permits.governance import GovernanceRefused
from permits.issuing import Ruling
from permits.matter_states import MatterAction
from zone_service.rule_library import RuleLibrary
from zone_service.store import (
    automatic_suspensions,
    ballots,
    governance,
    matter_timing,
    matters,
    permit_lapses,
    permit_taking,
    reviews,
    rule_sets,
)
from zone_service.store.engine import Store
from zone_service.store.errors import Conflict
from zone_service.store.records import PLATFORM

AT_ONCE = 100
"""Permits a turn: after a long absence the rest has its turn in the next second."""
STRUCK_OFF_AT_ONCE = 20
"""Permits a turn that are struck off, after all that somebody waits for: an old store has many of them."""
LOOKED_AT_ONCE = 500
"""Permits of which a turn asks whether their papers, plates and places are still there."""
AGAIN_AFTER = timedelta(minutes=1)
"""One that cannot be moved on is not tried, and not told of, every second."""

T = TypeVar("T")
_log = structlog.get_logger("zone.law")


class LegalTime:
    """Called about once a second, by one thread at a time."""

    def __init__(self, store: Store, rules: RuleLibrary, changed: Callable[[], None]) -> None:
        self._store = store
        self._rules = rules
        self._changed = changed
        self._counted_by = ""
        self._failed: dict[str, datetime] = {}
        self._looked_at = ""
        self._look_after: str | None = ""
        """From where the next part begins that is asked for what it rests on; ``None``: all were."""
        self._begun_after: int | None = None
        """The last step by which a permit may have come into force that was looked at; ``None``: none was."""

    def turn(self, at: datetime) -> int:
        """Do what has fallen due; return how many permits were moved on.

        Raises:
            RuleSetError: the rule set in force does not say how time is counted.
        """
        with self._store.read() as session:
            under = self._rules.ruling(session)
            labels = rule_sets.labels_in_force(session)
        self._count_anew(under, tuple(labels.values()))
        self._forget_failures(at)
        with self._store.read() as session:
            found = permit_lapses.fallen_due(session, at, AT_ONCE + len(self._failed))
            unadvised = ballots.overdue(session, at)
        waits = self._put_off(found, at, under)
        moved = sum(
            self._moved(number, at, under)
            for number in found
            if number not in self._failed and number not in waits
        )
        moved += sum(
            self._decided(number, at, under) for number in unadvised if number not in self._failed
        )
        moved += self._let_hearings_pass(at, under)
        self._raise_late(at)
        self._move_files(at, under)
        moved += self._suspend_lapsed(at, under)
        moved += self._strike_off(at, under)
        if moved:
            self._changed()
        return moved

    def _put_off(self, found: Sequence[str], at: datetime, under: Ruling) -> frozenset[str]:
        """Have what waits for its devices looked at again later; return it.

        All in one short transaction, so that a fleet that stays away costs the worker nothing.
        """
        with self._store.read() as session:
            waiting = permit_lapses.waiting(session, found, at, under)
        if waiting:
            with self._store.write() as session:
                permit_lapses.keep_counts(session, waiting)
        return frozenset(each.number for each in waiting)

    def _raise_late(self, at: datetime) -> None:
        """Say of what is owed under a permit that it is late, once, with the moment on record."""
        with self._store.read() as session:
            found = matter_timing.late(session, at, AT_ONCE)
        if found:
            with self._store.write() as session:
                matter_timing.raise_late(session, found, at)
            _log.info("matters_late", matters=list(found))

    def _let_hearings_pass(self, at: datetime, under: Ruling) -> int:
        """Put on record that the time to ask for a hearing has passed; each in a transaction of its own."""
        with self._store.read() as session:
            found = matter_timing.not_asked(session, at, AT_ONCE + len(self._failed))
        return sum(self._let_pass(each, at, under) for each in found if each not in self._failed)

    def _let_pass(self, matter_id: str, at: datetime, under: Ruling) -> bool:
        def let_pass(session: Session) -> bool:
            matters.act(session, PLATFORM, matter_id, MatterAction.RUN_OUT, at, under=under)
            return True

        return (
            self._alone(matter_id, at, let_pass, failed="hearing_not_passed", named="matter")
            or False
        )

    def _move_files(self, at: datetime, under: Ruling) -> None:
        """End what is in the sandbox after its last day, and say what was not put right in time.

        Each in a transaction of its own.
        """
        with self._store.read() as session:
            found = governance.fallen_due(session, at, AT_ONCE + len(self._failed))
        for file_id, action in found:
            if file_id not in self._failed:
                self._alone(
                    file_id,
                    at,
                    partial(governance.by_law, file_id=file_id, action=action, at=at, under=under),
                    failed="file_not_moved",
                    named="file",
                    others_first=(Conflict, GovernanceRefused),
                )

    def _alone(
        self,
        key: str,
        at: datetime,
        do: Callable[[Session], T],
        *,
        failed: str,
        named: str = "permit",
        others_first: tuple[type[Exception], ...] = (Conflict,),
    ) -> T | None:
        """Do something with one thing in a transaction of its own: one that fails keeps no other waiting.

        ``failed``: what the log says of one that does, which is not tried again for a while;
        ``others_first``: what is raised where somebody else was first. ``None`` of either.
        """
        try:
            with self._store.write() as session:
                return do(session)
        except others_first:
            return None
        except Exception:
            _log.exception(failed, **{named: key})
            self._failed[key] = at + AGAIN_AFTER
            return None

    def _forget_failures(self, at: datetime) -> None:
        """Try again what failed a while ago; what was to be suspended is looked for again."""
        left = {each: until for each, until in self._failed.items() if until > at}
        if len(left) < len(self._failed):
            self._looked_at = ""
        self._failed = left

    def _suspend_lapsed(self, at: datetime, under: Ruling) -> int:
        """Suspend what lost a paper, a plate or its place; a part of the permits a turn.

        Once all were looked at nothing is until something changes that a permit could rest on, but for
        what has come into force since.
        """
        with self._store.read() as session:
            # First: what comes into force meanwhile is among the parts, or is found in the next turn.
            begun = automatic_suspensions.begun(
                session, at, under, self._begun_after, LOOKED_AT_ONCE
            )
            part = self._part(session, at, under)
        self._begun_after, self._look_after = begun.last, part.last or None
        return sum(
            self._suspended(number, at, under)
            for number in dict.fromkeys((*begun.numbers, *part.numbers))
            if number not in self._failed
        )

    def _part(self, session: Session, at: datetime, under: Ruling) -> automatic_suspensions.Found:
        rests_on = automatic_suspensions.rests_on(session, at, under)
        if self._looked_at != rests_on:
            self._looked_at, self._look_after = rests_on, ""
        elif self._look_after is None:
            return automatic_suspensions.Found((), "")
        return automatic_suspensions.found(
            session, at, under, self._look_after or "", LOOKED_AT_ONCE
        )

    def _suspended(self, number: str, at: datetime, under: Ruling) -> bool:
        """Who comes second finds it suspended."""
        suspend = partial(automatic_suspensions.suspend, number=number, at=at, under=under)
        done = self._alone(number, at, suspend, failed="lapse_not_suspended", others_first=())
        if done:
            _log.info("lapse_suspended", permit=number)
        return bool(done)

    def _strike_off(self, at: datetime, under: Ruling) -> int:
        """Strike off what is over, or has lost its holder; a part of them a turn."""
        most = STRUCK_OFF_AT_ONCE + len(self._failed)
        with self._store.read() as session:
            found = permit_lapses.to_be_struck_off(session, at, most)
            found += permit_lapses.without_holder(session, at, most)
        left = [number for number in found if number not in self._failed]
        return sum(self._struck_off(number, at, under) for number in left[:STRUCK_OFF_AT_ONCE])

    def _struck_off(self, number: str, at: datetime, under: Ruling) -> bool:
        """Who comes second finds it struck off."""
        strike_off = partial(permit_lapses.strike_off, number=number, at=at, under=under)
        done = self._alone(number, at, strike_off, failed="not_struck_off")
        if done:
            _log.info("struck_off", permit=number)
        return bool(done)

    def _count_anew(self, under: Ruling, in_force: Sequence[str]) -> None:
        """Other rules, or another calendar, move every deadline; a part of them a turn.

        ``in_force``: every rule set that may be decided under, since permits are of many.
        """
        label = " ".join((permit_taking.due_label(under), *in_force))
        if self._counted_by == label:
            return
        with self._store.read() as session:
            found = permit_lapses.otherwise_counted(session, under, AT_ONCE)
            counts = permit_lapses.counted_anew(session, found, under)
            others = matter_timing.otherwise_counted(session, under, AT_ONCE)
        if counts or others:
            # Counted before, so that the worker does not wait for the counting.
            with self._store.write() as session:
                permit_lapses.keep_counts(session, counts)
                matter_timing.count_anew(session, others, under)
        if len(found) < AT_ONCE and len(others) < AT_ONCE:
            self._counted_by = label

    def _decided(self, number: str, at: datetime, under: Ruling) -> bool:
        """Decide what waited for an opinion that did not come; who comes second finds it decided."""
        decide = partial(reviews.decide_without_opinion, number=number, at=at, under=under)
        return bool(self._alone(number, at, decide, failed="review_not_decided"))

    def _moved(self, number: str, at: datetime, under: Ruling) -> bool:

        def move(session: Session) -> tuple[Case, Case]:
            before = permit_taking.case_of(session, number, under)
            return before, permit_taking.let_law(session, before, at, under)

        before, after = self._alone(number, at, move, failed="law_not_done") or (None, None)
        if before is None or after is None or after is before:
            return False
        states = {"before": before.permit.state, "after": after.permit.state}
        _log.info("law_done", permit=number, **states)
        return True
