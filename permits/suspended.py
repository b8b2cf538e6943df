"""What is suspended now, in one list: whole permits beside vehicles and segments of others.

The whole of a permit is suspended by a step of its own life, parts of it by a matter, and what was in an
accident by that. Who asks what may not run does not ask by which of the three.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from permits.accident import Accident
from permits.deadlines import Case
from permits.matter import Suspension, parts_of, within
from permits.matter_deadlines import MatterCase
from permits.matter_states import MatterKind
from permits.matter_step import MatterDetail
from permits.permit import PermitAction
from permits.rule_words import Language
from permits.suspension_grounds import SuspensionGround
from permits.transition import Detail


class SuspendedKind(StrEnum):
    """How much is suspended, and by what."""

    PERMIT = "PERMIT"
    """整个许可"""
    PARTS = "PARTS"
    """部分车辆或路段"""
    ACCIDENT = "ACCIDENT"
    """事故车辆: until its reports are accepted."""


KIND_WORDS: Mapping[SuspendedKind, tuple[str, str]] = MappingProxyType(
    {
        SuspendedKind.PERMIT: ("the whole permit", "整个许可"),
        SuspendedKind.PARTS: ("vehicles or segments", "部分车辆或路段"),
        SuspendedKind.ACCIDENT: ("after an accident", "事故车辆"),
    }
)
MATTERS: Mapping[SuspendedKind, MatterKind] = MappingProxyType(
    {
        SuspendedKind.PARTS: MatterKind.SUSPENSION,
        SuspendedKind.ACCIDENT: MatterKind.ACCIDENT,
    }
)
"""The matters by which parts of permits are suspended."""


@dataclass(frozen=True, slots=True)
class Suspended:
    """Something that may not go on now, and by whose word."""

    kind: SuspendedKind
    parts: Suspension
    """Nothing where it is the whole permit."""
    ground: SuspensionGround | None
    """``None`` where only the reason says it."""
    reason: str
    since: datetime
    by: str
    authority: str
    """The organisation whose department or police said so; empty for the system and operators."""


def suspended_name(kind: SuspendedKind, language: Language) -> str:
    """Return what a kind is called."""
    return KIND_WORDS[kind][language is Language.CHINESE]


def whole(case: Case) -> Suspended:
    """Return the suspension of a permit that is suspended as a whole.

    Raises:
        ValueError: nobody has suspended it.
    """
    for step in reversed(case.changes):
        if step.action is PermitAction.SUSPEND:
            ground = step.details.get(Detail.GROUND)
            return Suspended(
                SuspendedKind.PERMIT,
                Suspension(),
                SuspensionGround(ground) if ground else None,
                step.reason,
                step.counts_from,
                step.by,
                step.details.get(Detail.AUTHORITY, ""),
            )
    msg = f"permit {case.permit.number} is {case.permit.state}, and nobody has suspended it"
    raise ValueError(msg)


def partly(case: MatterCase) -> Suspended | None:
    """Return what a matter suspends of its permit; ``None`` where it suspends nothing."""
    matter, first = case.matter, case.changes[0]
    # What has left the permit is suspended under it no more, whatever is still to be reported of it.
    parts = within(case.permit.terms, parts_of(matter.about))
    if not matter.is_open or parts == Suspension():
        return None
    said = first.details.get(MatterDetail.GROUND)
    is_accident = isinstance(matter.about, Accident)
    return Suspended(
        SuspendedKind.ACCIDENT if is_accident else SuspendedKind.PARTS,
        parts,
        SuspensionGround.ACCIDENT if is_accident else SuspensionGround(said) if said else None,
        first.reason or (matter.about.account if isinstance(matter.about, Accident) else ""),
        first.at,
        first.by,
        first.authority,
    )


def matter_kinds(kinds: Sequence[SuspendedKind]) -> tuple[MatterKind, ...]:
    """Return the matters by which some kinds are suspended; all of them where none is named."""
    wanted = kinds or tuple(SuspendedKind)
    return tuple(MATTERS[each] for each in wanted if each in MATTERS)
