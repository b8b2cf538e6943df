"""What is asked before a step in a matter: a function for each guard that the life cycles name.

A guard returns if the step may be taken, and else raises what refuses it. To add one, name it in
``permits.matter_step.MatterGuard`` and in the rows of the tables, and register its function here.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from permits.accident import Accident, faults
from permits.further import Addition, Change, faults_of_addition, faults_of_change
from permits.life_cycle import transition
from permits.matter import named_in, strangers
from permits.matter_states import MatterAction, MatterKind
from permits.matter_step import MatterGuard
from permits.opinion import accepts, third_party_resumes
from permits.paper_words import Fault, PapersRefused
from permits.states import PermitAction
from zone_service.store.further_vehicles import added_of, awaited, tested_of
from zone_service.store.granted import NEVER_GRANTED
from zone_service.store.matter_doing import Doing
from zone_service.store.matter_rows import open_of
from zone_service.store.opinions import given_on
from zone_service.store.records import department_of


def parts_are_its(doing: Doing) -> None:
    """Refuse to halt nothing, or what is none of the permit's.

    Raises:
        MatterRefused: names each.
    """
    parts = named_in(doing.matter.about)
    if not parts.device_ids and not parts.zone_ids:
        raise doing.refusal(why="no parts")
    if others := strangers(doing.permit, parts):
        raise doing.refusal(*others, why="parts not its")


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

    Raises:
        MatterRefused: says in which state it is.
    """
    permit = doing.permit
    if transition(permit.family, permit.state, PermitAction.CHANGE_TERMS) is None:
        raise doing.refusal(why="permit does not stand")


def none_open(doing: Doing) -> None:
    """Refuse a second application of a kind while the first is open.

    Raises:
        MatterRefused: names the one that is.
    """
    for each in open_of(doing.session, doing.permit.number):
        if each.kind is doing.matter.kind:
            raise doing.refusal(each.matter_id, why="another open")


def fits(doing: Doing) -> None:
    """Refuse other terms that cannot be, and vehicles unlike those that were tested.

    Raises:
        PapersRefused: names each fault.
    """
    about, terms, found = doing.matter.about, doing.permit.terms, tuple[Fault, ...]()
    if isinstance(about, Change):
        found = faults_of_change(terms, about)
    elif isinstance(about, Addition):
        added = added_of(doing.session, about, doing.permit, doing.at)
        found = faults_of_addition(terms, added, tested_of(doing.session, terms))
    if found:
        raise PapersRefused(*found)


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
        MatterGuard.PARTS_ARE_ITS: parts_are_its,
        MatterGuard.PERMIT_STANDS: permit_stands,
        MatterGuard.PERMIT_WAS_GRANTED: permit_was_granted,
        MatterGuard.TOLD_WELL: told_well,
        MatterGuard.LIABILITY_OPEN: liability_open,
        MatterGuard.LIABILITY_KNOWN: liability_known,
        MatterGuard.PERMIT_CHANGEABLE: permit_changeable,
        MatterGuard.NONE_OPEN: none_open,
        MatterGuard.FITS: fits,
        MatterGuard.OWN_CONSENT: own_consent,
        MatterGuard.ALL_CONSENT: all_consent,
        MatterGuard.NO_RENEWAL: no_renewal,
        MatterGuard.THIRD_PARTY_ACCEPTS: third_party_accepts,
        MatterGuard.SAME_AUTHORITY: same_authority,
    }
)
