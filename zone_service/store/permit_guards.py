"""What is asked before a step is taken: a function for each guard that the life cycles name.

A guard returns if the step may be taken, and else raises what refuses it: an error of the store or
a ``PermitError``. To add one, name it in ``permits.transition.Guard`` and in the rows of the tables,
and register its function here.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from permits.completeness import Incomplete, missing
from permits.daily_plan import require_planned
from permits.deadlines import latest_stay
from permits.document import Covered
from permits.document_kinds import CoveredKind, DocumentKind
from permits.issuing import legal_day, require_issuable
from permits.life import suspended_by
from permits.opinion import accepts, third_party_resumes
from permits.parameters import Purpose
from permits.precondition_codes import Gate
from permits.precondition_words import PreconditionsNotMet
from permits.preconditions import findings, in_the_way_of, law_of, refuses_at
from permits.review import Approved, NotDecided, Rejected, Returned, Review, tally
from permits.states import PermitState
from permits.step_checks import (
    NotAccepted,
    SummaryMissing,
    asks_summary,
    require_extendable,
    require_fallen_due,
    require_in_time,
    require_lead,
    require_renewal_period,
)
from permits.transition import Detail, Guard
from zone_service.store import ballots, documents, opinions, plates
from zone_service.store.applications import handed
from zone_service.store.daily_plans import planned_days
from zone_service.store.errors import NotAllowed
from zone_service.store.known_facts import known
from zone_service.store.permit_step import Step
from zone_service.store.records import PLATFORM, department_of


def complete(step: Step) -> None:
    """Refuse an application that is not complete; one that is a demonstration's alone is not looked at.

    Raises:
        Incomplete: names all that is missing, once.
    """
    if step.under.sheet.purpose is Purpose.DEMONSTRATION:
        return
    found = missing(handed(step.session, step.permit, step.at, step.under.sheet))
    if found:
        raise Incomplete(*found)


def submittable(step: Step) -> None:
    """Refuse to hand in what must hold first and does not.

    Raises:
        PreconditionsNotMet: names every one; so of the next two.
    """
    _require_met(step, Gate.SUBMIT)


def acceptable(step: Step) -> None:
    """Refuse to accept an application before which something must hold that does not."""
    _require_met(step, Gate.ACCEPT)


def grantable(step: Step) -> None:
    """Refuse to grant what rests on something that does not hold, or of which nobody knows."""
    _require_met(step, Gate.GRANT)


def planned(step: Step) -> None:
    """Refuse the report of a standing flight on a day of which no plan was filed.

    Raises:
        NotPlanned: names the day.
    """
    said = step.details.get(Detail.TAKEOFF_AT)
    takeoff_at = datetime.fromisoformat(said) if said else step.permit.terms.valid_from
    days = planned_days(step.session, step.permit.number)
    require_planned(step.permit, step.action, takeoff_at, days)


def rules_in_force(step: Step) -> None:
    """Refuse what would be granted under rules that are not in force.

    Raises:
        NotIssuable: names each instrument that is not.
    """
    require_issuable(step.under, step.permit, step.action, step.at)


def in_time(step: Step) -> None:
    """Refuse what comes after its deadline.

    Raises:
        TooLate: names the latest moment that would have been in time.
        DetailInvalid: the take-off that is reported cannot be.
    """
    require_in_time(step.case, step.row, step.details, step.at)


def fallen_due(step: Step) -> None:
    """Refuse what comes about by law before it does.

    Raises:
        NotDue: says from when it would.
    """
    require_fallen_due(step.case, step.row, step.at)


def suspending_authority(step: Step) -> None:
    """Refuse to let go on what another authority has suspended.

    Raises:
        NotAllowed: names who suspended it.
    """
    authority = suspended_by(step.case.changes)
    if authority is not None and step.principal.organisation_id != authority:
        msg = (
            f"{step.principal.username} may not {step.action} permit {step.permit.number}: "
            f"expected somebody of {authority!r}, which suspended it"
        )
        raise NotAllowed(msg)


def third_party_accepts(step: Step) -> None:
    """Refuse to let go on what the third party has not accepted, where the rule set asks for it.

    Raises:
        NotAccepted: there is no favourable opinion since it was asked.
    """
    stay = latest_stay(step.case, PermitState.RESUME_REQUESTED)
    if stay is None or not third_party_resumes(step.under.sheet):
        return
    if not accepts(opinions.given_on(step.session, step.permit.number), stay.since):
        raise NotAccepted(step.permit, step.action)


def lead_kept(step: Step) -> None:
    """Refuse a take-off that comes too soon after its report.

    Raises:
        TooEarly: says from when it may.
    """
    require_lead(step.case, step.action, step.at)


def extendable(step: Step) -> None:
    """Refuse to take more time for a decision a second time, or too late.

    Raises:
        NotExtendable: it is one or the other.
    """
    require_extendable(step.case, step.action, step.at)


def renewal_period(step: Step) -> None:
    """Refuse a renewal until a moment until which none may be.

    Raises:
        RenewalTooLong, DetailInvalid: says which may.
    """
    require_renewal_period(step.case, step.action, step.details)


def summary_report(step: Step) -> None:
    """Refuse a renewal without a report that sums up, where the rule set asks for one.

    Raises:
        SummaryMissing: says of which kind.
    """
    if not asks_summary(step.under.sheet):
        return
    covers = Covered(CoveredKind.PERMIT, step.permit.number)
    kind, on = DocumentKind.SUMMARY_REPORT, legal_day(step.at)
    found = documents.page(step.session, PLATFORM, covers=covers, kind=kind, valid_on=on, limit=1)
    if not found:
        raise SummaryMissing(step.permit, step.action)


def departments_approve(step: Step) -> None:
    """Refuse what the departments have not approved.

    Raises:
        NotDecided: their votes come to something else, or not to anything yet.
        NotAllowed: somebody takes the step who is of none of them.
    """
    review = _require(step, Approved)
    own = {each.department for each in review.ballots if each.mandatory}
    if step.principal != PLATFORM and department_of(step.principal) not in own:
        msg = f"{step.principal.username} may not {step.action}: expected one of {', '.join(own)}"
        raise NotAllowed(msg)


def departments_return(step: Step) -> None:
    """Refuse to send back what no department sends back.

    Raises:
        NotDecided: their votes come to something else, or not to anything yet.
    """
    _require(step, Returned)


def departments_reject(step: Step) -> None:
    """Refuse to reject what no department rejects.

    Raises:
        NotDecided: their votes come to something else, or not to anything yet.
    """
    _require(step, Rejected)


def _require_met(step: Step, gate: Gate) -> None:
    sheet = step.under.sheet
    if gate not in refuses_at(sheet):
        return
    warning_id = step.details.get(Detail.WARNING_ID)
    facts = known(step.session, step.case, step.at, step.under, warning_id=warning_id)
    found = in_the_way_of(gate, findings(facts, sheet), law_of(facts, sheet))
    if found:
        raise PreconditionsNotMet(step.permit, step.action, found, step.under.label)


def _require(step: Step, wanted: type[Approved | Returned | Rejected]) -> Review:
    review = ballots.current(step.session, step.permit)
    outcome = None if review is None else tally(review, step.at)
    if review is None or not isinstance(outcome, wanted):
        raise NotDecided(step.permit, step.action, outcome)
    return review


GUARDS: Mapping[Guard, Callable[[Step], None]] = MappingProxyType(
    {
        Guard.COMPLETE: complete,
        Guard.SUBMITTABLE: submittable,
        Guard.ACCEPTABLE: acceptable,
        Guard.GRANTABLE: grantable,
        Guard.PLANNED: planned,
        Guard.RULES_IN_FORCE: rules_in_force,
        Guard.DEPARTMENTS_APPROVE: departments_approve,
        Guard.DEPARTMENTS_RETURN: departments_return,
        Guard.DEPARTMENTS_REJECT: departments_reject,
        Guard.IN_TIME: in_time,
        Guard.FALLEN_DUE: fallen_due,
        Guard.SUSPENDING_AUTHORITY: suspending_authority,
        Guard.THIRD_PARTY_ACCEPTS: third_party_accepts,
        Guard.LEAD_KEPT: lead_kept,
        Guard.EXTENDABLE: extendable,
        Guard.RENEWAL_PERIOD: renewal_period,
        Guard.SUMMARY_REPORT: summary_report,
        Guard.PLATES_FIT: plates.require_fitting,
        Guard.PLATES_ARE_ITS: plates.require_its,
    }
)
