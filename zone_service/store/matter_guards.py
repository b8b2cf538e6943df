"""What is asked before a step in a matter: a function for each guard that the life cycles name.

A guard returns if the step may be taken, and else raises what refuses it. To add one, name it in
``permits.matter_step.MatterGuard`` and in the rows of the tables, and register its function here.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from permits.accident import Accident, faults
from permits.life_cycle import transition
from permits.matter import named_in, strangers
from permits.matter_states import MatterAction
from permits.matter_step import MatterGuard
from permits.paper_words import PapersRefused
from permits.states import PermitAction
from zone_service.store.granted import NEVER_GRANTED
from zone_service.store.matter_doing import Doing


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


def same_authority(doing: Doing) -> None:
    """Refuse to let go on what another authority has suspended.

    Raises:
        MatterRefused: names who suspended it.
    """
    by = (each for each in doing.changes if each.action is MatterAction.SUSPEND)
    authority = next((each.authority for each in by), "")
    if authority and doing.principal.organisation_id != authority:
        raise doing.refusal(authority, why="another authority")


MATTER_GUARDS: Mapping[MatterGuard, Callable[[Doing], None]] = MappingProxyType(
    {
        MatterGuard.PARTS_ARE_ITS: parts_are_its,
        MatterGuard.PERMIT_STANDS: permit_stands,
        MatterGuard.PERMIT_WAS_GRANTED: permit_was_granted,
        MatterGuard.TOLD_WELL: told_well,
        MatterGuard.LIABILITY_OPEN: liability_open,
        MatterGuard.LIABILITY_KNOWN: liability_known,
        MatterGuard.SAME_AUTHORITY: same_authority,
    }
)
