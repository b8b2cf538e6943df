"""What clips are to be sealed: told by the feed of violations, as it goes on.

A violation that opens has a clip around its opening. If it closes before that is sealed, the clip holds the
time around its closing too; else the closing has a clip of its own. What lies between the two of a violation
that goes on for hours stays in the history.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from sqlmodel import Session

from permits.evidence_rules import Around, evidence_rules
from permits.rule_words import RuleSetError
from zone_service.rule_files import NoSuchRuleSet
from zone_service.store import clips, rule_sets, violations, zones
from zone_service.store.engine import Store
from zone_service.store.records import (
    PLATFORM,
    EvidenceClip,
    EvidenceKind,
    EvidencePart,
    ViolationEvent,
    ViolationEventKind,
    ViolationRecord,
)

AT_ONCE: Final = 500
"""Events of the feed: a short transaction, since the worker commits beside it."""
LAYER: Final = "national"
"""The rules that say it where those that were judged by say nothing of it."""
_OPENS: Final = (ViolationEventKind.OPENED, ViolationEventKind.LATE)


@dataclass(frozen=True, slots=True)
class Noting:
    """Notes clips; for one process, since it keeps what the versions of rule sets ask."""

    store: Store
    rule_set: str
    """That of the installation."""
    _known: dict[str, Around] = field(default_factory=dict)

    def note(self, at: datetime) -> int:
        """Note the clips of what is new in the feed; return how many events there were."""
        with self.store.read() as session:
            seq = clips.followed(session)
            events = violations.events_since(session, PLATFORM, seq, AT_ONCE)
        if events:
            with self.store.write() as session:
                clips.follow(session, seq, events[-1].seq)
                for each in events:
                    self._note(session, each, at)
        return len(events)

    def _note(self, session: Session, event: ViolationEvent, at: datetime) -> None:
        its = event.violation
        if event.event in _OPENS:
            moments = {its.opened_at.timestamp(), its.detected_at.timestamp()}
            if its.closed_at is not None:
                moments.add(its.closed_at.timestamp())
            clips.note(session, self._clip(session, its, EvidencePart.OPENING, moments, at))
        elif event.event is ViolationEventKind.CLOSED and its.closed_at is not None:
            closed = {its.closed_at.timestamp(), its.updated_at.timestamp()}
            opening = clips.of_part(session, its.id, EvidencePart.OPENING)
            if opening is not None and opening.sealed_at is None:
                moments = closed | set(opening.moments_s)
                clips.extend(session, replace(opening, moments_s=tuple(sorted(moments))))
            else:
                clips.note(session, self._clip(session, its, EvidencePart.CLOSING, closed, at))

    def _clip(
        self,
        session: Session,
        its: ViolationRecord,
        part: EvidencePart,
        moments_s: Iterable[float],
        at: datetime,
    ) -> EvidenceClip:
        label, around = self._around(session, its.rule_version)
        return EvidenceClip(
            kind=EvidenceKind.VIOLATION,
            key=its.id,
            part=part,
            organisation_id=its.organisation_id,
            other_organisation_id=its.other_organisation_id,
            permit_number=its.permit_number,
            device_ids=_devices(session, its),
            moments_s=tuple(sorted(moments_s)),
            rule_set=label,
            noted_at=at,
            **around._asdict(),
        )

    def _around(self, session: Session, judged_by: str) -> tuple[str, Around]:
        """Return what the rules that were judged by ask, or those beneath them, and which that is."""
        if judged_by in self._known:
            return judged_by, self._known[judged_by]
        for each in (judged_by, self.rule_set, LAYER):
            try:
                sheet = rule_sets.sheet_of(session, each)
            except (NoSuchRuleSet, RuleSetError):
                continue
            if (around := evidence_rules(sheet)) is not None:
                # A version never changes; what is in force of a name does.
                self._known[sheet.label] = around
                return sheet.label, around
        # The last of them ships with the program.
        raise NoSuchRuleSet(LAYER)


def _devices(session: Session, its: ViolationRecord) -> tuple[str, ...]:
    """Return whose frames tell of it: both of two, and the one that a zone follows."""
    found = {its.device_id, its.other_device_id}
    if its.zone_id is not None:
        zones_then = zones.some_at(session, its.zone_revision, (its.zone_id,))
        found |= {each.around.device_id for each in zones_then if each.around is not None}
    return tuple(sorted(filter(None, found)))
