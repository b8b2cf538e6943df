"""What is asked before a step in a matter: a function for each guard that the life cycles name.

A guard returns if the step may be taken, and else raises what refuses it. To add one, name it in
``permits.matter_step.MatterGuard`` and in the rows of the tables, and register its function here.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from permits.accident import Accident, faults
from permits.acts import ACT_OF, MATTER_ACT_OF
from permits.further import Addition, Change, faults_of_addition, faults_of_change
from permits.hearing import Hearing
from permits.hearing_checks import heard_before, time_to_ask_is_over
from permits.issuing import require_issuable
from permits.life import devices_at
from permits.life_cycle import transition
from permits.matter import (
    About,
    Suspension,
    applied_at,
    conditions_of_consents,
    held,
    named_in,
    strangers,
)
from permits.matter_deadlines import MatterCase, hearing_asked_until
from permits.matter_refusals import MatterReasonRequired
from permits.matter_states import MatterAction, MatterKind
from permits.matter_step import MatterGuard
from permits.opinion import accepts, third_party_resumes
from permits.paper_words import Fault, PapersRefused
from permits.place_words import PlacesOfMatterAmiss
from permits.precondition_codes import Gate
from permits.precondition_words import NotGrantable
from permits.preconditions import findings, in_the_way_of, law_of, refuses_at
from permits.provisos import NONE, clashes, ended_already, left_by, merged, narrowed
from permits.states import PermitAction
from permits.step_checks import local_text
from zone_service.store import first_checks, lapsed, permit_events, places
from zone_service.store.competence import unfit_for
from zone_service.store.further_vehicles import (
    added_of,
    awaited,
    gone_with,
    leaving_amiss,
    people_amiss,
    proposal_of,
    tested_of,
)
from zone_service.store.granted import NEVER_GRANTED
from zone_service.store.known_facts import known
from zone_service.store.matter_doing import Doing
from zone_service.store.matter_rows import open_of
from zone_service.store.opinions import given_on
from zone_service.store.records import department_of


def competent(doing: Doing) -> None:
    """Refuse a step to an authority that the rule set does not name for it, and on its own file.

    Raises:
        MatterRefused: names the department and those that may.
    """
    about = doing.matter.about
    act = ACT_OF[about.action] if isinstance(about, Hearing) else MATTER_ACT_OF[doing.row.action]
    if why := unfit_for(doing.session, doing.principal, doing.permit, act, doing.under):
        raise doing.refusal(why="own file" if why.organisation else "not competent", unfit=why)


def parts_are_its(doing: Doing) -> None:
    """Refuse to halt nothing, or what is none of the permit's.

    Raises:
        MatterRefused: names each.
    """
    parts = named_in(doing.matter.about)
    if not parts.device_ids and not parts.zone_ids:
        raise doing.refusal(why="no parts")
    if others := strangers(doing.permit, parts, _then(doing, parts)):
        raise doing.refusal(*others, why="parts not its")


def _then(doing: Doing, parts: Suspension) -> frozenset[str]:
    """Return the vehicles of the permit when it happened what is told: they may have left since."""
    about = doing.matter.about
    if not isinstance(about, Accident) or not strangers(doing.permit, parts):
        return frozenset()
    return devices_at(
        permit_events.of_permit(doing.session, doing.permit.number), about.occurred_at
    )


def permit_stands(doing: Doing) -> None:
    """Refuse what is about a permit that was not granted yet, or is over.

    Raises:
        MatterRefused: says in which state it is.
    """
    permit = doing.permit
    if transition(permit.family, permit.state, PermitAction.SUSPEND_PARTS) is None:
        raise doing.refusal(why="permit does not stand")


def permit_was_granted(doing: Doing) -> None:
    """Refuse what is about a permit under which nobody ever drove, flew or sailed.

    Raises:
        MatterRefused: says in which state it is.
    """
    if doing.permit.state in NEVER_GRANTED:
        raise doing.refusal(why="permit was not granted")


def told_well(doing: Doing) -> None:
    """Refuse to put on record what cannot have been.

    Raises:
        PapersRefused: names each fault.
    """
    about = doing.matter.about
    if isinstance(about, Accident) and (found := faults(about, doing.at)):
        raise PapersRefused(*found)


def liability_open(doing: Doing) -> None:
    """Refuse to decide a second time who is liable.

    Raises:
        MatterRefused: it was decided.
    """
    if _is_decided(doing):
        raise doing.refusal(why="liability decided")


def liability_known(doing: Doing) -> None:
    """Refuse an analysis before it is decided who is liable.

    Raises:
        MatterRefused: it is not.
    """
    if not _is_decided(doing):
        raise doing.refusal(why="liability not known")


def _is_decided(doing: Doing) -> bool:
    return any(each.action is MatterAction.DETERMINE_LIABILITY for each in doing.changes)


def permit_changeable(doing: Doing) -> None:
    """Refuse what is asked of a permit that is not in force, or about to be.

    A renewal is decided by a step of its permit, whose own table says from where.

    Raises:
        MatterRefused: says in which state it is.
    """
    permit = doing.permit
    if doing.matter.kind is MatterKind.RENEWAL:
        return
    if transition(permit.family, permit.state, PermitAction.CHANGE_TERMS) is None:
        raise doing.refusal(why="permit does not stand")


def none_open(doing: Doing) -> None:
    """Refuse a second application of a kind while the first is open.

    Raises:
        MatterRefused: names the one that is.
    """
    for each in open_of(doing.session, doing.permit.number):
        if each.kind is doing.matter.kind and _same_act(each.about, doing.matter.about):
            raise doing.refusal(each.matter_id, why="another open")


def _same_act(one: About, other: About) -> bool:
    """Of hearings two may be open about different acts."""
    if isinstance(one, Hearing) and isinstance(other, Hearing):
        return one.action is other.action
    return True


def asks_for_hearing(doing: Doing) -> None:
    """Refuse to announce what cannot be done, or what no hearing is asked for before.

    Raises:
        MatterRefused: says in which state the permit is, and before what its rules ask for one.
    """
    about, permit = doing.matter.about, doing.permit
    named = heard_before(doing.under.sheet)
    action = about.action if isinstance(about, Hearing) else None
    if action not in named or transition(permit.family, permit.state, action) is None:
        raise doing.refusal(*named, why="no hearing")


def time_to_ask(doing: Doing) -> None:
    """Refuse to ask for a hearing too late.

    Raises:
        MatterRefused: says until when it could be.
    """
    case = _as_case(doing)
    until = hearing_asked_until(case)
    if until is not None and time_to_ask_is_over(case, doing.at):
        raise doing.refusal(why="asked too late", until=local_text(until))


def time_to_ask_over(doing: Doing) -> None:
    """Refuse to let the right to a hearing pass before its time is over.

    Raises:
        MatterRefused: it is not.
    """
    if not time_to_ask_is_over(_as_case(doing), doing.at):
        raise doing.refusal(why="may be asked")


def _as_case(doing: Doing) -> MatterCase:
    return MatterCase(
        doing.matter, doing.permit, doing.changes, doing.case.limits, doing.case.calendar
    )


def fits(doing: Doing) -> None:
    """Refuse other terms that cannot be, and vehicles unlike those that were tested.

    Raises:
        PapersRefused: names each fault.
    """
    about, terms, found = doing.matter.about, doing.permit.terms, tuple[Fault, ...]()
    if isinstance(about, Change):
        gone = gone_with(doing.session, about, doing.permit)
        found = (
            *faults_of_change(terms, about, gone, _suspended_zones(doing)),
            *leaving_amiss(doing.session, about, doing.permit),
            *people_amiss(doing.session, about, doing.permit),
        )
    elif isinstance(about, Addition):
        added = added_of(doing.session, about, doing.permit, doing.at)
        found = faults_of_addition(terms, added, tested_of(doing.session, terms))
    if found:
        raise PapersRefused(*found)


def _suspended_zones(doing: Doing) -> frozenset[str]:
    """Those too that a change took away from the permit before."""
    return held(open_of(doing.session, doing.permit.number)).zone_ids


def added_are_there(doing: Doing) -> None:
    """Refuse to add to a permit in force what has not passed a first self-check.

    Raises:
        NotSelfChecked: names each device, and what it lacks.
    """
    about = doing.matter.about
    if isinstance(about, Addition):
        added = added_of(doing.session, about, doing.permit, doing.at)
        new = frozenset(each.device_id for each in added if each.device_id is not None)
        first_checks.require_added_there(doing.session, doing.permit, new, doing.at, doing.under)


def rules_in_force(doing: Doing) -> None:
    """Refuse what would be granted under rules that are not in force.

    Raises:
        NotIssuable: names each instrument that is not.
    """
    renews = doing.matter.kind is MatterKind.RENEWAL
    action = PermitAction.RENEW if renews else PermitAction.CHANGE_TERMS
    require_issuable(doing.under, doing.permit, action, doing.at)


def grantable(doing: Doing) -> None:
    """Refuse what would make of the permit one that would not be granted.

    Raises:
        NotGrantable: names every precondition that is in the way.
    """
    sheet = doing.under.sheet
    if Gate.GRANT not in refuses_at(sheet):
        return
    since = applied_at(doing.changes) or doing.at
    proposed = proposal_of(doing.session, doing.case, doing.matter, since, doing.at)
    asked = conditions_of_consents(doing.changes)
    proposed = replace(proposed, terms=narrowed(proposed.terms, asked))
    facts = known(doing.session, doing.case, doing.at, doing.under, proposed=proposed)
    found = in_the_way_of(Gate.GRANT, findings(facts, sheet), law_of(facts, sheet))
    if found:
        matter, label = doing.matter, doing.under.label
        raise NotGrantable(matter.matter_id, doing.row.action, matter.number, found, label)


def places_stand(doing: Doing) -> None:
    """Refuse what would make of the permit one that names zones which the map does not let it name.

    Raises:
        PlacesOfMatterAmiss: names each.
    """
    matter, since = doing.matter, applied_at(doing.changes) or doing.at
    terms = proposal_of(doing.session, doing.case, matter, since, doing.at).terms
    asked = conditions_of_consents(doing.changes)
    found = places.faults_of_grant(doing.session, doing.permit.family, left_by(terms, asked))
    if found:
        raise PlacesOfMatterAmiss(matter.matter_id, doing.row.action, matter.number, found)


def own_consent(doing: Doing) -> None:
    """Refuse a consent of a department that does not decide here, or has consented.

    Raises:
        MatterRefused: names those that are awaited.
    """
    left = awaited(doing.matter, doing.changes, doing.permit, doing.under)
    if department_of(doing.principal) not in left:
        raise doing.refusal(*left, why="no consent of yours")


def all_consent(doing: Doing) -> None:
    """Refuse to grant what not every department that decides has consented to.

    Raises:
        MatterRefused: names those that are awaited.
    """
    if left := awaited(doing.matter, doing.changes, doing.permit, doing.under):
        raise doing.refusal(*left, why="consents missing")


def conditions_fit(doing: Doing) -> None:
    """Refuse conditions that leave nothing of what was asked for, or that are not reasoned.

    Raises:
        MatterReasonRequired: they come without their reason.
        MatterRefused: says where nothing is left, or what they name that is none of the permit's.
    """
    asked = merged((conditions_of_consents(doing.changes), doing.conditions))
    if asked == NONE:
        return
    if doing.conditions != NONE and not doing.reason:
        raise MatterReasonRequired(doing.matter.matter_id, doing.row.action)
    since = applied_at(doing.changes) or doing.at
    terms = proposal_of(doing.session, doing.case, doing.matter, since, doing.at).terms
    exempt = terms.exempt_zone_ids & asked.excluded_zone_ids
    if others := asked.zone_ids - terms.zone_ids - terms.transfer_zone_ids - exempt:
        raise doing.refusal(*sorted(others), why="parts not its")
    if found := clashes(terms, asked) or ended_already(asked, doing.at):
        raise doing.refusal(why="conditions leave nothing", clashes=found)
    ends, renews = doing.permit.terms.valid_to, doing.matter.kind is MatterKind.RENEWAL
    if renews and asked.valid_to is not None and asked.valid_to <= ends:
        raise doing.refusal(why="renewed before its end", ends=local_text(ends))


def no_renewal(doing: Doing) -> None:
    """Refuse to take a renewal back: its permit waits for the decision.

    Raises:
        MatterRefused: it is one.
    """
    if doing.matter.kind is MatterKind.RENEWAL:
        raise doing.refusal(why="renewal stays")


def same_authority(doing: Doing) -> None:
    """Refuse to let go on what another authority has suspended.

    Raises:
        MatterRefused: names who suspended it.
    """
    by = (each for each in doing.changes if each.action is MatterAction.SUSPEND)
    authority = next((each.authority for each in by), "")
    if authority and doing.principal.organisation_id != authority:
        raise doing.refusal(authority, why="another authority")


def ground_gone(doing: Doing) -> None:
    """Refuse to let go on what would be suspended again by itself.

    Raises:
        MatterRefused: names each ground.
    """
    parts = named_in(doing.matter.about)
    found = lapsed.in_the_way(doing.session, doing.permit, parts, doing.at, doing.under)
    if found:
        raise doing.refusal(*found, why="ground stands")


def third_party_accepts(doing: Doing) -> None:
    """Refuse to let go on what the third party has not accepted, where the rule set asks for it.

    Raises:
        MatterRefused: there is no favourable opinion since it was asked.
    """
    asked = (each for each in reversed(doing.changes) if each.action is MatterAction.REQUEST_RESUME)
    since = next(asked, None)
    if since is None or not third_party_resumes(doing.under.sheet):
        return
    if not accepts(given_on(doing.session, doing.permit.number), since.at):
        raise doing.refusal(why="third party awaited")


MATTER_GUARDS: Mapping[MatterGuard, Callable[[Doing], None]] = MappingProxyType(
    {
        MatterGuard.COMPETENT: competent,
        MatterGuard.PARTS_ARE_ITS: parts_are_its,
        MatterGuard.PERMIT_STANDS: permit_stands,
        MatterGuard.PERMIT_WAS_GRANTED: permit_was_granted,
        MatterGuard.TOLD_WELL: told_well,
        MatterGuard.LIABILITY_OPEN: liability_open,
        MatterGuard.LIABILITY_KNOWN: liability_known,
        MatterGuard.PERMIT_CHANGEABLE: permit_changeable,
        MatterGuard.NONE_OPEN: none_open,
        MatterGuard.FITS: fits,
        MatterGuard.SELF_CHECKED: added_are_there,
        MatterGuard.RULES_IN_FORCE: rules_in_force,
        MatterGuard.GRANTABLE: grantable,
        MatterGuard.PLACES_STAND: places_stand,
        MatterGuard.OWN_CONSENT: own_consent,
        MatterGuard.ALL_CONSENT: all_consent,
        MatterGuard.CONDITIONS_FIT: conditions_fit,
        MatterGuard.NO_RENEWAL: no_renewal,
        MatterGuard.THIRD_PARTY_ACCEPTS: third_party_accepts,
        MatterGuard.GROUND_GONE: ground_gone,
        MatterGuard.SAME_AUTHORITY: same_authority,
        MatterGuard.ASKS_FOR_HEARING: asks_for_hearing,
        MatterGuard.TIME_TO_ASK: time_to_ask,
        MatterGuard.TIME_TO_ASK_OVER: time_to_ask_over,
    }
)
