"""What holds back a permit that is to take the place of another, while that stands and after its end."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from permits.accident import Accident
from permits.ending_steps import HALTED
from permits.hearing import Hearing
from permits.life import ended_as, halts, told_as
from permits.matter import Matter, held, parts_of
from permits.matter_states import MatterKind
from permits.permit import Permit, PermitAction, PermitChanged, PermitState, transition
from permits.terms import Terms


class Hold(StrEnum):
    """Why a permit does not come into force in the place of another."""

    SUSPENDED = "replaced halted"
    """The other is suspended, or what both name is."""
    ACCIDENT = "replaced accident"
    """An accident under the other stops a vehicle of it."""
    ANNOUNCED = "replaced announced"
    """An act that would take the other from its holder is announced."""
    TAKEN = "replaced taken"
    """An authority ended the other, or it ended with something halted, by itself or not: a department looks first."""


def hold(
    other: Permit,
    changes: Sequence[PermitChanged],
    matters: Iterable[Matter],
    terms: Terms,
    at: datetime,
) -> Hold | None:
    """Return what of a permit holds back one with some terms that takes its place; ``None``: nothing.

    ``changes``: what was done to it; ``matters``: those that are open under it. A renewal that is asked for
    may be granted by silence: so what waits for it has not run out at its end.
    """
    its = tuple(matters)
    if any(_stops(each, terms) for each in its):
        return Hold.ACCIDENT
    if any(isinstance(each.about, Hearing) for each in its):
        return Hold.ANNOUNCED
    if transition(other.family, other.state, PermitAction.EXPIRE) is None:
        return Hold.TAKEN if _was_taken(other, changes, terms) else None
    if not halts(other, terms):
        return None
    runs_out = other.state is not PermitState.RENEWAL_PENDING
    return Hold.TAKEN if runs_out and other.terms.valid_to <= at else Hold.SUSPENDED


def holds_open(permit: Permit, matters: Iterable[Matter]) -> bool:
    """Tell whether something is halted of a permit or is announced against it, which its end would undo."""
    its = tuple(matters)
    parts, terms = held(its), permit.terms
    halted = parts.device_ids | parts.zone_ids | terms.suspended_device_ids
    announced = any(each.kind is MatterKind.HEARING for each in its)
    return bool(halted | terms.suspended_zone_ids) or announced


def _stops(matter: Matter, terms: Terms) -> bool:
    is_accident = isinstance(matter.about, Accident)
    return is_accident and not parts_of(matter.about).device_ids.isdisjoint(terms.device_ids)


def _was_taken(other: Permit, changes: Sequence[PermitChanged], terms: Terms) -> bool:
    end = ended_as(other.state, changes)
    if end is PermitState.DEREGISTERED and changes and changes[-1].before is PermitState.CLOSED:
        end = PermitState.CLOSED
    if end in (PermitState.CLOSED, PermitState.EXPIRED):
        # What is halted goes on once an authority accepts that it is put right: time does not accept it.
        return halts(other, terms) or told_as(other.state, changes) in HALTED
    return True
