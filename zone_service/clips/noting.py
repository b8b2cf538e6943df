"""What clips are to be sealed: told by the feed of violations, as it goes on.

A violation that opens has a clip around its opening. If it closes before that is sealed, the clip holds the
time around its closing too; else the closing has a clip of its own. What lies between the two of a violation
that goes on for hours stays in the history.
"""

from collections import ChainMap
from collections.abc import Iterable, Mapping, Sequence
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
    clip_id,
)

AT_ONCE: Final = 100
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
            known = clips.some(session, [each for event in events for each in _ids(event)])
            asked = self._asked(session, events, known, at)
        if events:
            # All of it follows from the feed again, should a loss of power take it back.
            with self.store.begin_unsynced() as connection:
                new = [asked[each] for each in asked if each not in known]
                longer = [asked[each] for each in asked if each in known]
                clips.follow(connection, seq, events[-1].seq, new, longer)
        return len(events)

    def _asked(
        self,
        session: Session,
        events: Sequence[ViolationEvent],
        known: Mapping[str, EvidenceClip],
        at: datetime,
    ) -> dict[str, EvidenceClip]:
        """Return the clips that a stretch of the feed asks for: new ones, and known ones as they are now."""
        asked: dict[str, EvidenceClip] = {}
        for event in events:
            clip = self._of(session, event, ChainMap(asked, {**known}), at)
            if clip is not None:
                asked[clip.clip_id] = clip
        return asked

    def _of(
        self,
        session: Session,
        event: ViolationEvent,
        noted: Mapping[str, EvidenceClip],
        at: datetime,
    ) -> EvidenceClip | None:
        """Return the clip that an event asks for; ``None``: none, or one that is noted as it is."""
        its = event.violation
        opening = noted.get(clip_id(its.id, EvidencePart.OPENING))
        if event.event in _OPENS and opening is None:
            moments = {its.opened_at.timestamp(), its.detected_at.timestamp()}
            if its.closed_at is not None:
                moments.add(its.closed_at.timestamp())
            return self._clip(session, its, EvidencePart.OPENING, moments, at)
        if event.event is not ViolationEventKind.CLOSED or its.closed_at is None:
            return None
        closed = {its.closed_at.timestamp(), its.updated_at.timestamp()}
        if opening is not None and opening.sealed_at is None:
            return replace(opening, moments_s=tuple(sorted(closed | set(opening.moments_s))))
        if clip_id(its.id, EvidencePart.CLOSING) in noted:
            return None
        return self._clip(session, its, EvidencePart.CLOSING, closed, at)

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


def _ids(event: ViolationEvent) -> tuple[str, ...]:
    return tuple(clip_id(event.violation.id, each) for each in EvidencePart)


def _devices(session: Session, its: ViolationRecord) -> tuple[str, ...]:
    """Return whose frames tell of it: both of two, and the one that a zone follows."""
    found = {its.device_id, its.other_device_id}
    if its.zone_id is not None:
        zones_then = zones.some_at(session, its.zone_revision, (its.zone_id,))
        found |= {each.around.device_id for each in zones_then if each.around is not None}
    return tuple(sorted(filter(None, found)))
