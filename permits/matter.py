"""Matters under a permit, and what is done in them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from permits.accident import Accident, Liability
from permits.further import Addition, Change, Renewal
from permits.hearing import Hearing
from permits.matter_cycle import allowed_in, is_open, matter_step
from permits.matter_refusals import MatterNotAllowed, MatterReasonRequired, MatterRefused
from permits.matter_states import (
    MATTER_FAMILY_OF,
    MatterAction,
    MatterFamily,
    MatterKind,
    MatterState,
)
from permits.matter_step import MatterDetail, MatterObject, MatterStep
from permits.permit import Permit
from permits.provisos import NONE, Provisos, merged
from permits.suspension_grounds import SuspensionGround
from permits.terms import Terms


@dataclass(frozen=True, slots=True)
class Suspension:
    """What is suspended of a permit: vehicles by their devices, segments by their zones."""

    device_ids: frozenset[str] = frozenset()
    zone_ids: frozenset[str] = frozenset()


About = Suspension | Accident | Change | Addition | Renewal | Hearing
"""What a matter is about, by its kind."""


@dataclass(frozen=True, slots=True)
class Matter:
    """One matter, at one revision of its life."""

    matter_id: str
    number: str
    """Of its permit."""
    kind: MatterKind
    state: MatterState
    holder_id: str
    about: About
    revision: int = 0
    """Counts the steps; a second writer finds that it has moved."""

    @property
    def family(self) -> MatterFamily:
        """The life cycle that it follows."""
        return MATTER_FAMILY_OF[self.kind]

    @property
    def is_open(self) -> bool:
        """Whether anything more can happen in it."""
        return is_open(self.family, self.state)


@dataclass(frozen=True, slots=True)
class Paper:
    """A document that was attached to a step, and the hash of its file at that moment."""

    document_id: str
    sha256: str


@dataclass(frozen=True, slots=True)
class MatterChanged:
    """What was done in a matter, by whom, when and why."""

    matter_id: str
    action: MatterAction
    before: MatterState
    after: MatterState
    at: datetime
    by: str
    reason: str
    revision: int
    """Of the matter after the step."""
    rules: str = ""
    """The rule set and version that it was done under."""
    authority: str = ""
    """The organisation whose department or police took the step; empty for others."""
    department: str = ""
    papers: tuple[Paper, ...] = ()
    details: Mapping[MatterDetail, str] = field(default_factory=dict, hash=False)
    """What was said with it."""
    conditions: Provisos = NONE
    """On which a department consents."""


class BrokenMatter(ValueError):
    """What was done in a matter does not follow from each other."""


def act_in(
    matter: Matter,
    action: MatterAction,
    *,
    at: datetime,
    by: str,
    reason: str = "",
    details: Mapping[MatterDetail, str] | None = None,
) -> tuple[Matter, MatterChanged]:
    """Do one action and return the matter after it and what changed.

    Who may do it, and what else must hold, is the caller's to check: a name has no role here.

    Raises:
        MatterNotAllowed: the life cycle does not have it in this state.
        MatterReasonRequired: a decision against the applicant gives no reason.
        MatterRefused: what is to be said with it is missing, is none of what it can be, or too much.
        ValueError: ``at`` has no time zone.
    """
    if at.utcoffset() is None:
        msg = f"{at} has no time zone: expected an aware time"
        raise ValueError(msg)
    step = matter_step(matter.family, matter.state, action)
    if step is None:
        choice = allowed_in(matter.family, matter.state)
        raise MatterNotAllowed(matter.matter_id, matter.state, action, choice)
    if step.needs_reason and not reason.strip():
        raise MatterReasonRequired(matter.matter_id, action)
    said = dict(details or {})
    _require_said(matter, step, said)
    after = replace(matter, state=step.after, revision=matter.revision + 1)
    return after, MatterChanged(
        matter.matter_id,
        action,
        matter.state,
        step.after,
        at,
        by,
        reason,
        after.revision,
        details=said,
    )


def _require_said(matter: Matter, step: MatterStep, said: Mapping[MatterDetail, str]) -> None:
    for name in MatterDetail:
        choice, may = MATTER_DETAILS[name], name in (*step.needs, *step.takes)
        lacking = name in step.needs and name not in said
        if lacking or (name in said and not may) or said.get(name, choice[0]) not in choice:
            expected = ", ".join(choice) if may else "–"
            raise MatterRefused(
                matter.matter_id, step.action, name, why="said otherwise", expected=expected
            )


MATTER_DETAILS: Mapping[MatterDetail, tuple[str, ...]] = {
    MatterDetail.LIABILITY: tuple(Liability),
    MatterDetail.GROUND: tuple(SuspensionGround),
    MatterDetail.GONE: tuple(MatterObject),
}
"""What can be said of each."""


def fold_matter(new: Matter, changes: Iterable[MatterChanged]) -> Matter:
    """Return a matter after all that was done in it since it was new.

    Raises:
        BrokenMatter: a step is not in the table, leads elsewhere, or one before it is missing.
    """
    matter = new
    for change in changes:
        step = matter_step(matter.family, matter.state, change.action)
        told = (change.before, change.after, change.revision)
        if step is None or told != (matter.state, step.after, matter.revision + 1):
            msg = f"matter {matter.matter_id} is {matter.state} at {matter.revision}: {change}"
            raise BrokenMatter(msg)
        matter = replace(matter, state=change.after, revision=change.revision)
    return matter


def held(matters: Iterable[Matter]) -> Suspension:
    """Return the vehicles and segments that some matters hold, those that are open alone."""
    devices, zones = set[str](), set[str]()
    for each in matters:
        if each.is_open:
            devices |= parts_of(each.about).device_ids
            zones |= parts_of(each.about).zone_ids
    return Suspension(frozenset(devices), frozenset(zones))


def parts_of(about: About) -> Suspension:
    """Return what a matter halts of its permit while it is open."""
    match about:
        case Suspension():
            return about
        case Accident(stops=True):
            return Suspension(about.device_ids)
        case Accident() | Change() | Addition() | Renewal() | Hearing():
            return Suspension()


def named_in(about: About) -> Suspension:
    """Return the vehicles and segments of the permit that a matter is about."""
    match about:
        case Suspension():
            return about
        case Accident():
            return Suspension(about.device_ids)
        case Change() | Addition() | Renewal() | Hearing():
            return Suspension()


def within(terms: Terms, parts: Suspension) -> Suspension:
    """Return of vehicles and segments those that are a permit's by its terms."""
    zones = terms.zone_ids | terms.transfer_zone_ids
    return Suspension(parts.device_ids & terms.device_ids, parts.zone_ids & zones)


def has_left(about: About, terms: Terms) -> bool:
    """Tell whether the vehicles that alone a matter is about have all left its permit.

    Never of what is about segments: what a change takes away of them another brings back as it was.
    """
    parts = named_in(about)
    named = bool(parts.device_ids) and not parts.zone_ids
    return named and parts.device_ids.isdisjoint(terms.device_ids)


def concerns_all(about: About) -> bool:
    """Tell whether a matter concerns all that hold its permit, and not the owners of its vehicles alone."""
    parts = named_in(about)
    return bool(parts.zone_ids) or not parts.device_ids


def consents(changes: Iterable[MatterChanged]) -> frozenset[str]:
    """Return the departments that have consented since a matter came in, or came in again."""
    found = set[str]()
    for change in changes:
        if change.action in (MatterAction.APPLY, MatterAction.RESUBMIT):
            found.clear()
        elif change.action is MatterAction.CONSENT:
            found.add(change.department)
    return frozenset(found)


def conditions_of_consents(changes: Iterable[MatterChanged]) -> Provisos:
    """Return the strictest of the conditions of all that have consented since it came in, or came in again."""
    found = list[Provisos]()
    for change in changes:
        if change.action in (MatterAction.APPLY, MatterAction.RESUBMIT):
            found.clear()
        elif change.action is MatterAction.CONSENT:
            found.append(change.conditions)
    return merged(found)


def applied_at(changes: Iterable[MatterChanged]) -> datetime | None:
    """Return when a matter was applied for first; ``None`` of what is none."""
    its = (each.at for each in changes if each.action is MatterAction.APPLY)
    return next(its, None)


def strangers(
    permit: Permit, parts: Suspension, then: frozenset[str] = frozenset()
) -> tuple[str, ...]:
    """Return what is named of a permit and is none of its vehicles or segments, sorted.

    ``then``: vehicles that were its own when it happened, wherever they are now.
    """
    own = within(permit.terms, parts)
    return tuple(
        sorted((parts.device_ids - own.device_ids - then) | (parts.zone_ids - own.zone_ids))
    )
