"""What the rule set makes of an application: who may apply, and what its driver mode lets a vehicle do."""

from dataclasses import replace

from permits.application import DriverMode, Subject
from permits.sheet import Sheet
from permits.states import PermitKind
from permits.terms import Terms


def subject_of(sheet: Sheet, kind: PermitKind) -> Subject:
    """Return who may apply for a kind of permit; anybody where the rule set does not say it."""
    found = sheet.parameters.get(f"subject.{kind}")
    return Subject.EITHER if found is None else Subject(str(found.value))


def modes_of(sheet: Sheet, mode: DriverMode | None) -> frozenset[str] | None:
    """Return the control modes that a driver mode allows; ``None`` where the rule set says nothing."""
    found = sheet.parameters.get(f"modes.driver.{mode}")
    if found is None or not isinstance(found.value, tuple):
        return None
    return frozenset(found.value)


def bound(terms: Terms, modes: frozenset[str] | None) -> Terms:
    """Return terms whose control modes are at most those of the driver mode.

    Terms that name none would allow everything; so would those of which nothing is left.
    """
    if modes is None:
        return terms
    return replace(terms, control_modes=(terms.control_modes & modes) or modes)
