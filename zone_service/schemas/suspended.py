"""What is suspended now, as clients see it."""

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel

from permits.deadlines import Case, open_deadlines
from permits.matter_deadlines import MatterCase, matter_dues
from permits.permit import PermitKind
from permits.rule_words import Language
from permits.suspended import SuspendedKind, suspended_name
from permits.suspension_grounds import SuspensionGround, ground_name
from zone_service.schemas.matters import MatterDueShown
from zone_service.schemas.permits import DueShown
from zone_service.store.suspended import SuspendedFile


class SuspendedShown(BaseModel):
    """Something that may not go on now: a whole permit, or vehicles and segments of one."""

    permit: str
    permit_kind: PermitKind
    holder_id: str
    kind: SuspendedKind
    kind_name: str
    """In the language that was asked for."""
    device_ids: list[str]
    """The vehicles; none where it is the whole permit."""
    zone_ids: list[str]
    state: str
    """Of the permit, or of the matter."""
    matter_id: str | None
    """By which it goes on; null where that is by the actions of the permit."""
    ground: SuspensionGround | None
    ground_name: str | None
    """In the language that was asked for."""
    reason: str
    since: datetime
    by: str
    authority: str | None
    """The organisation whose department or police said so; null for the system and operators."""
    deadlines: list[DueShown | MatterDueShown]
    """What is owed, the earliest first."""
    overdue: bool

    @classmethod
    def of(cls, file: SuspendedFile, at: datetime, language: Language) -> Self:
        """Return what a client sees at a moment."""
        found, case = file.suspended, file.case
        return cls(
            permit=case.permit.number,
            permit_kind=case.permit.kind,
            holder_id=case.permit.holder_id,
            kind=found.kind,
            kind_name=suspended_name(found.kind, language),
            device_ids=sorted(found.parts.device_ids),
            zone_ids=sorted(found.parts.zone_ids),
            ground=found.ground,
            ground_name=None if found.ground is None else ground_name(found.ground, language),
            reason=found.reason,
            since=found.since,
            by=found.by,
            authority=found.authority or None,
            **_file_members(case, at, language),
        )


def _file_members(case: Case | MatterCase, at: datetime, language: Language) -> dict[str, Any]:
    match case:
        case MatterCase(matter=matter):
            return {
                "matter_id": matter.matter_id,
                "state": matter.state,
                "deadlines": [MatterDueShown.of(each, at, language) for each in matter_dues(case)],
                "overdue": any(each.is_overdue(at) for each in matter_dues(case)),
            }
        case Case(permit=permit):
            return {
                "matter_id": None,
                "state": permit.state,
                "deadlines": [DueShown.of(each, at, language) for each in open_deadlines(case)],
                "overdue": any(each.is_overdue(at) for each in open_deadlines(case)),
            }
