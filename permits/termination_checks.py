"""Whether a permit is terminated on a ground that stands, by somebody who may name it."""

from collections.abc import Mapping

from permits.permit import Permit, PermitAction, PermitChanged
from permits.rule_words import Language
from permits.sheet import Sheet
from permits.states import Family
from permits.step_checks import GroundUnknown, Said
from permits.suspension_grounds import SuspensionGround, ground_name
from permits.termination_grounds import WHO_MAY, TerminationGround, termination_ground_name
from permits.transition import Actor, Detail


def grounds_of(sheet: Sheet, family: Family) -> Mapping[TerminationGround, frozenset[Actor]]:
    """Return the grounds of a family that stand under a rule set; all where it names none."""
    found, may = sheet.parameters.get(f"termination.{family}"), WHO_MAY[family]
    named = may if found is None or not isinstance(found.value, tuple) else found.value
    return {each: may[each] for each in TerminationGround if each in may and each in named}


def require_termination_ground(
    permit: Permit, action: PermitAction, said: Said, sheet: Sheet, parts: frozenset[Actor]
) -> None:
    """Refuse a ground that is none here, or that is not for who names it.

    ``parts``: those that whoever names it plays.

    Raises:
        GroundUnknown: says which are.
    """
    given = said.get(Detail.GROUND, "")
    theirs = [each for each, may in grounds_of(sheet, permit.family).items() if may & parts]
    if given not in theirs:
        raise GroundUnknown(permit, action, given, tuple(theirs))


def grounds_for(
    action: PermitAction, sheet: Sheet, permit: Permit, language: Language
) -> tuple[tuple[str, str], ...]:
    """Return the grounds that may be named with a step, each with what it is called."""
    match action:
        case PermitAction.TERMINATE:
            its = grounds_of(sheet, permit.family)
            return tuple((each.value, termination_ground_name(each, language)) for each in its)
        case PermitAction.SUSPEND:
            return tuple((each.value, ground_name(each, language)) for each in SuspensionGround)
        case _:
            return ()


def ground_name_of(step: PermitChanged, language: Language) -> str | None:
    """Return what the ground that was named with a step is called; ``None`` where none was."""
    given = step.details.get(Detail.GROUND)
    if given is None:
        return None
    if step.action is PermitAction.TERMINATE:
        return termination_ground_name(TerminationGround(given), language)
    return ground_name(SuspensionGround(given), language)
