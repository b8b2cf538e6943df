"""The timer of the law: what comes about by time alone, done when its time has come.

It runs in every web process. Whose transaction comes first writes a step; who comes second finds nothing
to do. After a downtime all that has come about meanwhile is done, each step with the moment from
which it counts in law.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from permits.governance import GovernanceRefused
from permits.issuing import Ruling
from zone_service.rule_library import RuleLibrary
from zone_service.store import (
    ballots,
    governance,
    matter_timing,
    permit_lapses,
    permit_taking,
    reviews,
)
from zone_service.store.engine import Store
from zone_service.store.errors import Conflict

AT_ONCE = 100
"""Permits a turn: after a long absence the rest has its turn in the next second."""
AGAIN_AFTER = timedelta(minutes=1)
"""One that cannot be moved on is not tried, and not told of, every second."""

_log = structlog.get_logger("zone.law")


class LegalTime:
    """Called about once a second, by one thread at a time."""

    def __init__(self, store: Store, rules: RuleLibrary, changed: Callable[[], None]) -> None:
        self._store = store
        self._rules = rules
        self._changed = changed
        self._counted_by = ""
        self._failed: dict[str, datetime] = {}

    def turn(self, at: datetime) -> int:
        """Do what has fallen due; return how many permits were moved on.

        Raises:
            RuleSetError: the rule set in force does not say how time is counted.
        """
        with self._store.read() as session:
            under = self._rules.ruling(session)
        self._count_anew(under)
        self._failed = {each: until for each, until in self._failed.items() if until > at}
        with self._store.read() as session:
            found = permit_lapses.fallen_due(session, at, AT_ONCE + len(self._failed))
            unadvised = ballots.overdue(session, at)
        moved = sum(
            self._moved(number, at, under) for number in found if number not in self._failed
        )
        moved += sum(
            self._decided(number, at, under) for number in unadvised if number not in self._failed
        )
        self._raise_late(at)
        self._end_trials(at, under)
        if moved:
            self._changed()
        return moved

    def _raise_late(self, at: datetime) -> None:
        """Say of what is owed under a permit that it is late, once, with the moment on record."""
        with self._store.read() as session:
            found = matter_timing.late(session, at, AT_ONCE)
        if found:
            with self._store.write() as session:
                matter_timing.raise_late(session, found, at)
            _log.info("matters_late", matters=list(found))

    def _end_trials(self, at: datetime, under: Ruling) -> None:
        """End what is in the sandbox when its last day is over; each in a transaction of its own."""
        with self._store.read() as session:
            found = governance.over(session, at, AT_ONCE + len(self._failed))
        for file_id in found:
            if file_id in self._failed:
                continue
            try:
                with self._store.write() as session:
                    governance.expire(session, file_id, at, under)
            except (Conflict, GovernanceRefused):
                continue
            except Exception:
                _log.exception("trial_not_ended", file=file_id)
                self._failed[file_id] = at + AGAIN_AFTER

    def _count_anew(self, under: Ruling) -> None:
        """Other rules, or another calendar, move every deadline; a part of them a turn."""
        label = permit_taking.due_label(under)
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
        try:
            with self._store.write() as session:
                return reviews.decide_without_opinion(session, number, at, under)
        except Conflict:
            return False
        except Exception:
            _log.exception("review_not_decided", permit=number)
            self._failed[number] = at + AGAIN_AFTER
            return False

    def _moved(self, number: str, at: datetime, under: Ruling) -> bool:
        """Each permit in a transaction of its own: one that fails keeps no other waiting."""
        try:
            with self._store.write() as session:
                before = permit_taking.case_of(session, number, under)
                after = permit_taking.let_law(session, before, at, under)
        except Conflict:
            return False
        except Exception:
            _log.exception("law_not_done", permit=number)
            self._failed[number] = at + AGAIN_AFTER
            return False
        if after is before:
            return False
        states = {"before": before.permit.state, "after": after.permit.state}
        _log.info("law_done", permit=number, **states)
        return True
