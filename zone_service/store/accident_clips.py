"""The clip of an accident: noted with its first report, around the moment that is told of it.

And around that of the report: when it happened is what its reporter says.
"""

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session, col, select

from permits.accident import Accident
from permits.evidence_rules import evidence_rules
from permits.matter import Matter
from permits.sheet import Sheet
from zone_service.store import clips
from zone_service.store.records import EvidenceClip, EvidenceKind, EvidencePart
from zone_service.store.tables import DeviceRow


def note(session: Session, matter: Matter, sheet: Sheet, at: datetime) -> None:
    """Note the clip of a matter that is an accident, by the rules that it is reported under."""
    around = evidence_rules(sheet)
    if not isinstance(matter.about, Accident) or around is None:
        return
    devices = tuple(sorted(matter.about.device_ids))
    moments_s = {matter.about.occurred_at.timestamp(), at.timestamp()}
    clips.note(
        session,
        EvidenceClip(
            kind=EvidenceKind.ACCIDENT,
            key=matter.matter_id,
            part=EvidencePart.OPENING,
            organisation_id=matter.holder_id,
            other_organisation_id=_other_owner(session, matter.holder_id, devices),
            permit_number=matter.number,
            device_ids=devices,
            moments_s=tuple(sorted(moments_s)),
            rule_set=sheet.label,
            noted_at=at,
            **around._asdict(),
        ),
    )


def _other_owner(session: Session, holder_id: str, device_ids: Collection[str]) -> str | None:
    """Return the member that brought a vehicle of the accident; of several the first by its id."""
    owners = select(DeviceRow.organisation_id).where(col(DeviceRow.device_id).in_(device_ids))
    return min((each for each in session.exec(owners) if each != holder_id), default=None)
