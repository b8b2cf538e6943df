"""What a step in a matter does to its permit: a function for each effect that the tables name.

An effect is given the step and the matter after it, and takes a step in the life of the permit: so the
worker, the history and the audit learn of it as of any other. It runs in the transaction of the step.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from permits.accident import Accident
from permits.deadlines import Case
from permits.further import Addition, Change, changed
from permits.life_cycle import transition
from permits.matter import Matter, conditions_of_consents, parts_of
from permits.matter_step import MatterEffect
from permits.permit import Permit, PermitAction
from permits.provisos import narrowed
from permits.terms import Terms
from zone_service.store import (
    consortium_members,
    matter_rows,
    permit_parts,
    permit_taking,
    plates,
)
from zone_service.store.further_vehicles import added_of, gone_with
from zone_service.store.matter_doing import Doing
from zone_service.store.records import PLATFORM, Role
from zone_service.store.stopped import halted, matters_of

_SAID = 1500
"""Characters of a reason that are repeated with the permit; the matter has it whole."""


def halt_parts(doing: Doing, after: Matter) -> Case:
    """Halt the vehicles and segments of a matter, beside what others hold."""
    return _hold(doing, after, PermitAction.SUSPEND_PARTS)


def free_parts(doing: Doing, after: Matter) -> Case:
    """Let them go on, but for what another matter holds."""
    return _hold(doing, after, PermitAction.RESUME_PARTS)


def _hold(doing: Doing, after: Matter, action: PermitAction) -> Case:
    _follow(doing, after, action)
    terms = _halted(doing, doing.permit)
    if terms == doing.permit.terms:
        return doing.case
    return step_of_permit(doing, after, action, terms)


def _halted(doing: Doing, permit: Permit, terms: Terms | None = None) -> Terms:
    its = permit.terms if terms is None else terms
    return halted(its, matters_of(doing.session, permit.number, its))


def _follow(doing: Doing, after: Matter, action: PermitAction) -> None:
    """Do the same under every other permit that an accident's vehicles have: it is they that stop.

    A permit whose rule set nobody has any more is in force nowhere.
    """
    if not isinstance(after.about, Accident):
        return
    named = {
        permit.number: permit
        for device_id in sorted(parts_of(after.about).device_ids)
        for permit in permit_parts.standing_with(doing.session, device_id)
    }
    for number in sorted(named.keys() - {after.number}):
        if doing.under.there(named[number].jurisdiction) is not None:
            _follow_to(doing, number, after.matter_id, action)


def _follow_to(doing: Doing, number: str, matter_id: str, action: PermitAction) -> None:
    found = permit_taking.case_of(doing.session, number, doing.under)
    case = permit_taking.let_law(doing.session, found, doing.at, doing.under)
    permit = case.permit
    terms = _halted(doing, permit)
    if terms != permit.terms and transition(permit.family, permit.state, action) is not None:
        permit_taking.take(
            doing.session, PLATFORM, case, action, doing.at, matter_id,
            under=doing.under, terms=terms,
        )  # fmt: skip


def change_permit(doing: Doing, after: Matter) -> Case:
    """Let the permit have the terms or the vehicles that were asked for."""
    about, terms = after.about, doing.permit.terms
    if isinstance(about, Change):
        gone = gone_with(doing.session, about, doing.permit)
        terms = changed(terms, about, gone)
        if about.leaving:
            consortium_members.leave(doing.session, after.number, about.leaving, doing.at)
            plates.take_off(doing.session, after.number, gone, doing.at)
    elif isinstance(about, Addition):
        added = added_of(doing.session, about, doing.permit, doing.at)
        new = {each.device_id for each in added if each.device_id is not None}
        terms = replace(terms, device_ids=terms.device_ids | new)
    # On what the departments have consented binds as what they made a condition of the approval.
    terms = narrowed(terms, conditions_of_consents(doing.changes))
    terms = _halted(doing, doing.permit, terms)
    case = step_of_permit(doing, after, PermitAction.CHANGE_TERMS, terms)
    matter_rows.lapse_left(doing.session, case.permit, doing.at, after.matter_id)
    return case


def plate(doing: Doing, after: Matter) -> Case:
    """Give the vehicles that were added their plates, as the police say.

    Raises:
        NotIssued: the plates are not in order, or not all that must be there.
    """
    return permit_taking.take(
        doing.session,
        doing.principal,
        doing.case,
        PermitAction.ISSUE_PLATES,
        doing.at,
        after.matter_id,
        under=doing.under,
        plates=doing.plates,
    )


def step_of_permit(
    doing: Doing, after: Matter, action: PermitAction, terms: Terms | None = None
) -> Case:
    """Take a step of the permit because of a matter; none where the permit is over."""
    permit = doing.permit
    if transition(permit.family, permit.state, action) is None:
        return doing.case
    why = f"{after.matter_id}: {doing.reason}" if doing.reason else after.matter_id
    # What an authority has not ordered follows by itself: its ground is an automatic one.
    ordered = action is not PermitAction.CHANGE_TERMS
    decides = ordered and doing.principal.role in (Role.REVIEWER, Role.POLICE)
    return permit_taking.take(
        doing.session,
        doing.principal if decides else PLATFORM,
        doing.case,
        action,
        doing.at,
        why[:_SAID],
        under=doing.under,
        terms=terms,
    )


MATTER_EFFECTS: Mapping[MatterEffect, Callable[[Doing, Matter], Case]] = MappingProxyType(
    {
        MatterEffect.HALT_PARTS: halt_parts,
        MatterEffect.CHANGE_PERMIT: change_permit,
        MatterEffect.PLATE: plate,
        MatterEffect.FREE_PARTS: free_parts,
    }
)
