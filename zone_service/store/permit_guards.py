"""What is asked before a step is taken: a function for each guard that the life cycles name.

A guard returns if the step may be taken, and else raises what refuses it: an error of the store or
a ``PermitError``. To add one, name it in ``permits.transition.Guard`` and in the rows of the tables,
and register its function here.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sqlmodel import select

from permits.acts import ACT_OF
from permits.competence import NotCompetent
from permits.completeness import Incomplete, missing, unconsented, unrecognised
from permits.course import require_never_returned, require_opinion, require_unvoted
from permits.deadlines import latest_stay, renewal_asked, renewed_at_least
from permits.document import Covered
from permits.document_kinds import CoveredKind, DocumentKind
from permits.further import Renewal
from permits.hearing_checks import announced, heard_before, require_heard
from permits.issuing import legal_day, require_issuable
from permits.life import halted_at, may_replace, suspended_by
from permits.opinion import accepts, third_party_resumes
from permits.parameters import Purpose
from permits.place_words import PlacesAmiss
from permits.precondition_codes import ROOM, Gate, PreconditionCode
from permits.precondition_words import PreconditionsNotMet
from permits.preconditions import findings, in_the_way_of, law_of, refuses_at
from permits.provisos import NONE, left_by
from permits.recognising import agreement_of
from permits.regranting import Proposal, proposal
from permits.review import Approved, NotDecided, Rejected, Returned, conditions_of, tally
from permits.states import PermitState
from permits.step_checks import (
    CannotReplace,
    GroundStands,
    HolderStands,
    NotAccepted,
    NotSimplified,
    RectificationMissing,
    SummaryMissing,
    TermsAmiss,
    asks_summary,
    require_extendable,
    require_fallen_due,
    require_ground,
    require_in_time,
    require_lead,
    require_renewable,
    require_renewal_asked,
    require_renewal_open,
    require_renewal_period,
    require_warned,
    said_to,
)
from permits.termination_checks import require_termination_ground
from permits.terms import Terms
from permits.transition import AUTHORITIES, Detail, Effect, Guard
from zone_service.store import (
    ballots,
    consortium_members,
    documents,
    history,
    lapsed,
    matter_rows,
    opinions,
    places,
    plates,
)
from zone_service.store.applications import handed
from zone_service.store.competence import unfit_for
from zone_service.store.errors import NotAllowed
from zone_service.store.first_checks import require_self_checked
from zone_service.store.known_facts import known
from zone_service.store.permit_step import Step
from zone_service.store.records import PLATFORM
from zone_service.store.replaced import require_goes_on, require_nothing_halted
from zone_service.store.reported_flights import reported_of
from zone_service.store.tables import OrganisationRow, PermitRow


def competent(step: Step) -> None:
    """Refuse a step to an authority that the rule set does not name for it, and on its own file.

    Raises:
        NotCompetent: names the department and those that may.
    """
    act = ACT_OF[step.action]
    if why := unfit_for(step.session, step.principal, step.permit, act, step.under):
        raise NotCompetent(step.permit, step.action, why)


def complete(step: Step) -> None:
    """Refuse an application that is not complete; of a demonstration's consents and zones alone are asked.

    Raises:
        Incomplete: names all that is missing, once.
        InvalidValue: it has devices of a member that does not bring them any more.
    """
    permit, its = step.permit, handed(step.session, step.permit, step.at, step.under.sheet)
    is_demonstration = step.under.sheet.purpose is Purpose.DEMONSTRATION
    found = (*unconsented(its), *its.misplaced) if is_demonstration else missing(its)
    if found:
        raise Incomplete(*found)
    consortium_members.require_devices(step.session, permit.number, permit.holder_id, permit.terms)


def terms_brought(step: Step) -> None:
    """Refuse to ask for other terms without saying which.

    Raises:
        TermsAmiss: says so.
    """
    if step.terms is None:
        raise TermsAmiss(step.permit, step.action, is_given=False)


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


def places_stand(step: Step) -> None:
    """Refuse to grant what is nowhere: a zone that is not on the map, or is not what it is named as.

    Raises:
        PlacesAmiss: names each.
    """
    found = places.faults_of_grant(step.session, step.permit.family, _left_by_conditions(step))
    if found:
        raise PlacesAmiss(step.permit, step.action, found)


def planned(step: Step) -> None:
    """Refuse the report of a flight that cannot be, or of a standing one beside the plan of its day.

    Raises:
        NotPlanned, PlanNotApproved, OutsidePlan: there is none, it is not approved, or of other hours.
        DetailsRefused, DetailInvalid: what is said of the flight is missing, or cannot be.
    """
    reported_of(step)


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
    """Refuse what comes about by law before it does; what another takes the place of is over at once.

    Raises:
        NotDue: says from when it would.
    """
    if Detail.REPLACED_BY in step.details and step.principal == PLATFORM:
        return
    require_fallen_due(step.case, step.row, step.at)


def suspending_authority(step: Step) -> None:
    """Refuse to let go on what another authority has suspended.

    Raises:
        NotAllowed: names who suspended it.
    """
    authority = suspended_by(step.case.changes)
    if authority is not None and step.principal.organisation_id != authority:
        raise NotAllowed(
            why="suspended by another",
            who=step.principal.username,
            action=step.action,
            number=step.permit.number,
            authority=authority,
        )


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


def all_recognised(step: Step) -> None:
    """Refuse to skip the reviews of a permit that is not one of recognised vehicles alone.

    Raises:
        NotSimplified: names those that are not, or the kind that the rule set spares nothing.
    """
    sheet, kind = step.under.sheet, step.permit.kind
    agreement = agreement_of(sheet)
    if agreement is None or kind not in agreement.simplified:
        raise NotSimplified(step.permit, step.action, ())
    found = unrecognised(handed(step.session, step.permit, step.at, sheet))
    if found:
        raise NotSimplified(step.permit, step.action, found)


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


def renewable(step: Step) -> None:
    """Refuse a renewal of what the rule set does not let be renewed, or one beside another.

    Raises:
        RenewalAmiss: says which.
    """
    require_renewable(step.case, step.action)


def renewal_is_asked(step: Step) -> None:
    """Refuse to decide on a renewal that nobody has asked for.

    Raises:
        RenewalAmiss: says so.
    """
    require_renewal_asked(step.case, step.action)


def warned(step: Step) -> None:
    """Refuse to add time that no warning tells of.

    Raises:
        RenewalAmiss: says so.
    """
    require_warned(step.case, step.action)


def renewal_period(step: Step) -> None:
    """Refuse a renewal until a moment until which none may be, or that is asked for too soon.

    Raises:
        RenewalTooLong, RenewalTooEarly, DetailInvalid: says which may, or from when.
    """
    require_renewal_open(step.case, step.action, step.at)
    require_renewal_period(step.case, step.action, step.details)


def rectification_report(step: Step) -> None:
    """Refuse to ask to go on without a report on what was put right.

    Raises:
        RectificationMissing: none of the holder was handed in since the permit was suspended, or refused to
            go on: what a member says of its own vehicle is about that alone.
    """
    since = halted_at(step.case.changes)
    on = legal_day(step.at)
    found = documents.page(
        step.session, PLATFORM, covers=Covered(CoveredKind.PERMIT, step.permit.number),
        kind=DocumentKind.RECTIFICATION_REPORT, valid_on=on, of=step.permit.holder_id, limit=1000,
    )  # fmt: skip
    if not any(since is None or since <= each.created_at for each in found):
        raise RectificationMissing(step.permit, step.action)


def replaces_its(step: Step) -> None:
    """Refuse to take the place of a permit whose place cannot be taken.

    Raises:
        CannotReplace: names it.
    """
    number = step.details.get(Detail.REPLACES)
    if number is None:
        return
    row = step.session.exec(select(PermitRow).where(PermitRow.number == number)).one_or_none()
    other = None if row is None else history.permit_of(row)
    if other is None or not may_replace(step.permit, other):
        raise CannotReplace(step.permit, step.action, number)


def ground_known(step: Step) -> None:
    """Refuse a ground of a suspension that is none.

    Raises:
        GroundUnknown: says which there are.
    """
    require_ground(step.permit, step.action, step.details)


def termination_ground(step: Step) -> None:
    """Refuse to terminate on a ground that is none of the family, or not for who names it.

    Raises:
        GroundUnknown: says which there are.
    """
    parts = frozenset(each for each in AUTHORITIES if each.value == step.principal.role.value)
    require_termination_ground(step.permit, step.action, step.details, step.under.sheet, parts)


def ground_gone(step: Step) -> None:
    """Refuse to let go on what would be suspended again by itself.

    Raises:
        GroundStands: names each ground.
    """
    found = lapsed.in_the_way(step.session, step.permit, None, step.at, step.under)
    if found:
        raise GroundStands(step.permit, step.action, found)


def opinion_given(step: Step) -> None:
    """Refuse to take a file on without the opinion that it waits for.

    Raises:
        StepBarred: says whose is missing.
    """
    given = opinions.given_on(step.session, step.permit.number)
    require_opinion(step.case, step.action, given, step.under.sheet)


def room_left(step: Step) -> None:
    """Refuse to let a flight go on into airspace that is full, or where another was granted meanwhile.

    Raises:
        PreconditionsNotMet: names what is in the way.
    """
    _require_met(step, Gate.GRANT, ROOM)


def returned_never(step: Step) -> None:
    """Refuse to return a file at intake twice.

    Raises:
        StepBarred: says when it was returned.
    """
    require_never_returned(step.case, step.action)


def no_vote_cast(step: Step) -> None:
    """Refuse to take back what a department has voted on.

    Raises:
        StepBarred: names it.
    """
    require_unvoted(ballots.current(step.session, step.permit), step.permit, step.action)


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


def heard(step: Step) -> None:
    """Refuse a grave act about which the holder may still be heard, where the rule set asks for that.

    Raises:
        NotHeard: says whether it was announced, and until when a hearing may be asked for.
    """
    sheet = step.under.sheet
    if step.action in heard_before(sheet):
        found = matter_rows.hearings_of(step.session, step.case)
        require_heard(step.permit, step.action, sheet, announced(found, step.action), step.at)


def holder_ended(step: Step) -> None:
    """Refuse to strike off because of a holder that is there still.

    Raises:
        HolderStands: names it.
    """
    holder = step.session.get_one(OrganisationRow, step.permit.holder_id)
    if holder.ended_at is None or step.at < holder.ended_at:
        raise HolderStands(step.permit, step.action)


def departments_approve(step: Step) -> None:
    """Refuse what the departments have not approved.

    Raises:
        NotDecided: their votes come to something else, or not to anything yet.
    """
    _require(step, Approved)


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


def _require_met(step: Step, gate: Gate, codes: frozenset[PreconditionCode] | None = None) -> None:
    sheet = step.under.sheet
    if gate not in refuses_at(sheet):
        return
    warning_id = step.details.get(Detail.WARNING_ID)
    facts = known(
        step.session, said_to(step.case, step.details), step.at, step.under,
        warning_id=warning_id, proposed=_renewed(step),
    )  # fmt: skip
    unmet = in_the_way_of(gate, findings(facts, sheet), law_of(facts, sheet))
    found = tuple(each for each in unmet if codes is None or each.code in codes)
    if found:
        raise PreconditionsNotMet(step.permit, step.action, found, step.under.label)


def _left_by_conditions(step: Step) -> Terms:
    """Return the terms that a step grants: what a department makes a condition takes zones away."""
    terms, asked = step.permit.terms, NONE
    if Effect.TAKE_CONDITIONS in step.row.effects:
        review = ballots.current(step.session, step.permit)
        asked = NONE if review is None else conditions_of(review)
    elif Effect.TAKE_CONSENTS in step.row.effects:
        asked = matter_rows.renewal_conditions(step.session, step.permit.number)
    # Conditions that leave nothing are refused by what takes them.
    return left_by(terms, asked)


def _renewed(step: Step) -> Proposal | None:
    """Return what a permit would be after its renewal; ``None`` of a step that renews nothing."""
    asked = renewal_asked(step.case)
    if Effect.EXTEND_VALIDITY not in step.row.effects or asked is None:
        return None
    until = renewed_at_least(step.case)
    return proposal(step.permit.terms, Renewal(), since=asked.at, until=until)


def _require(step: Step, wanted: type[Approved | Returned | Rejected]) -> None:
    review = ballots.current(step.session, step.permit)
    outcome = None if review is None else tally(review, step.at)
    if review is None or not isinstance(outcome, wanted):
        raise NotDecided(step.permit, step.action, outcome)


GUARDS: Mapping[Guard, Callable[[Step], None]] = MappingProxyType(
    {
        Guard.COMPETENT: competent,
        Guard.COMPLETE: complete,
        Guard.SUBMITTABLE: submittable,
        Guard.ACCEPTABLE: acceptable,
        Guard.GRANTABLE: grantable,
        Guard.PLACES_STAND: places_stand,
        Guard.PLANNED: planned,
        Guard.RULES_IN_FORCE: rules_in_force,
        Guard.DEPARTMENTS_APPROVE: departments_approve,
        Guard.DEPARTMENTS_RETURN: departments_return,
        Guard.DEPARTMENTS_REJECT: departments_reject,
        Guard.IN_TIME: in_time,
        Guard.FALLEN_DUE: fallen_due,
        Guard.SUSPENDING_AUTHORITY: suspending_authority,
        Guard.THIRD_PARTY_ACCEPTS: third_party_accepts,
        Guard.ALL_RECOGNISED: all_recognised,
        Guard.LEAD_KEPT: lead_kept,
        Guard.EXTENDABLE: extendable,
        Guard.RENEWABLE: renewable,
        Guard.RENEWAL_ASKED: renewal_is_asked,
        Guard.WARNED: warned,
        Guard.RENEWAL_PERIOD: renewal_period,
        Guard.RECTIFICATION_REPORT: rectification_report,
        Guard.REPLACES_ITS: replaces_its,
        Guard.GROUND_KNOWN: ground_known,
        Guard.TERMINATION_GROUND: termination_ground,
        Guard.GROUND_GONE: ground_gone,
        Guard.OPINION_GIVEN: opinion_given,
        Guard.ROOM_LEFT: room_left,
        Guard.RETURNED_NEVER: returned_never,
        Guard.TERMS_BROUGHT: terms_brought,
        Guard.NO_VOTE_CAST: no_vote_cast,
        Guard.SUMMARY_REPORT: summary_report,
        Guard.HEARD: heard,
        Guard.SELF_CHECKED: require_self_checked,
        Guard.REPLACED_GOES_ON: require_goes_on,
        Guard.NOTHING_HALTED: require_nothing_halted,
        Guard.HOLDER_ENDED: holder_ended,
        Guard.PLATES_FIT: plates.require_fitting,
        Guard.PLATES_ARE_ITS: plates.require_its,
    }
)
