"""The clip of an accident: noted with its first report, around the moment that is told of it."""

from datetime import datetime

from sqlmodel import Session

from permits.accident import Accident
from permits.evidence_rules import evidence_rules
from permits.matter import Matter
from permits.sheet import Sheet
from zone_service.store import clips
from zone_service.store.records import EvidenceClip, EvidenceKind, EvidencePart


def note(session: Session, matter: Matter, sheet: Sheet, at: datetime) -> None:
    """Note the clip of a matter that is an accident, by the rules that it is reported under."""
    around = evidence_rules(sheet)
    if not isinstance(matter.about, Accident) or around is None:
        return
    clips.note(
        session,
        EvidenceClip(
            kind=EvidenceKind.ACCIDENT,
            key=matter.matter_id,
            part=EvidencePart.OPENING,
            organisation_id=matter.holder_id,
            permit_number=matter.number,
            device_ids=tuple(sorted(matter.about.device_ids)),
            moments_s=(matter.about.occurred_at.timestamp(),),
            rule_set=sheet.label,
            noted_at=at,
            **around._asdict(),
        ),
    )
