"""The life of a permit as it is told by what was done to it: how long it was in which state."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import zip_longest

from permits.ending_steps import ENDED, HALTED
from permits.permit import Permit, PermitAction, PermitChanged, PermitState, transition
from permits.terms import Terms, terms_from_json
from permits.transition import Detail

_PASSED_NOTHING = frozenset({*HALTED, PermitState.ISSUED, PermitState.WARNING_PUBLISHED})
"""A stage that runs out in one of these was not passed: halted, or never begun."""


@dataclass(frozen=True, slots=True)
class Stay:
    """A time in one state, in law: a step counts from when the law has it, not from when it was written."""

    state: PermitState
    since: datetime
    until: datetime | None
    """``None`` while it lasts."""


class BrokenLife(ValueError):
    """What was done to a permit does not follow from each other."""


def fold(draft: Permit, changes: Iterable[PermitChanged]) -> Permit:
    """Return a permit after all that was done to it since it was drafted.

    Raises:
        BrokenLife: a step is not in the table, leads elsewhere, or one before it is missing.
    """
    permit = draft
    for change in changes:
        step = transition(permit.family, permit.state, change.action)
        told = (change.before, change.after, change.revision)
        if step is None or told != (permit.state, step.after, permit.revision + 1):
            msg = f"permit {permit.number} is {permit.state} at {permit.revision}: {change}"
            raise BrokenLife(msg)
        permit = replace(permit, state=change.after, revision=change.revision)
        if change.terms:
            permit = replace(permit, terms=terms_from_json(json.loads(change.terms)))
        elif ends := change.details.get(Detail.VALID_TO):
            # Steps of before terms were kept with them say this much.
            terms = replace(permit.terms, valid_to=datetime.fromisoformat(ends))
            permit = replace(permit, terms=terms)
    return permit


def devices_at(changes: Iterable[PermitChanged], at: datetime) -> frozenset[str]:
    """Return the devices of a permit at a moment, as the last step before it that named its terms has them.

    None where no such step did: its terms were then as they had been drafted.
    """
    then = [each for each in changes if each.terms and each.counts_from <= at]
    return terms_from_json(json.loads(then[-1].terms)).device_ids if then else frozenset()


def suspended_by(changes: Sequence[PermitChanged]) -> str | None:
    """Return the authority that suspended a permit last; ``None`` where it was the system."""
    for change in reversed(changes):
        if change.action is PermitAction.SUSPEND:
            return change.details.get(Detail.AUTHORITY)
    return None


def replaces(changes: Sequence[PermitChanged]) -> str | None:
    """Return the number of the permit whose place one takes, as it was last handed in; ``None`` of none."""
    handed_in = (PermitAction.SUBMIT, PermitAction.NOTIFY)
    last = next((each for each in reversed(changes) if each.action in handed_in), None)
    return last.details.get(Detail.REPLACES) if last else None


def may_replace(permit: Permit, other: Permit) -> bool:
    """Tell whether a permit may take the place of another: of the same holder and family, and not over."""
    own = other.holder_id == permit.holder_id and other.number != permit.number
    stands = transition(other.family, other.state, PermitAction.EXPIRE) is not None
    return own and stands and other.family is permit.family


def halts(permit: Permit, terms: Terms) -> bool:
    """Tell whether a permit is suspended, as a whole or in a vehicle or segment that other terms name too."""
    its, zones = permit.terms, terms.zone_ids | terms.transfer_zone_ids
    both = its.suspended_device_ids & terms.device_ids or its.suspended_zone_ids & zones
    return permit.state in HALTED or bool(both)


def halted_at(changes: Sequence[PermitChanged]) -> datetime | None:
    """Return when a permit was last suspended, or refused to go on; ``None`` if it never was."""
    halts = (PermitAction.SUSPEND, PermitAction.REFUSE_RESUME)
    return next((each.at for each in reversed(changes) if each.action in halts), None)


def ended_as(state: PermitState, changes: Sequence[PermitChanged]) -> PermitState:
    """Return the state of a permit; of one that had ended before it was struck off that end."""
    if state is PermitState.DEREGISTERED and changes and changes[-1].before in ENDED:
        return changes[-1].before
    return state


def told_as(state: PermitState, changes: Sequence[PermitChanged]) -> PermitState:
    """Return the state in which others are told of a permit: of one that ran out in no force that before it.

    A stage is passed by one that was in force and ended by its time alone.
    """
    ended = ended_as(state, changes)
    if ended is not PermitState.EXPIRED:
        return ended
    its = (each for each in reversed(changes) if each.action is PermitAction.EXPIRE)
    expired = next(its, None)
    return expired.before if expired is not None and expired.before in _PASSED_NOTHING else ended


def stays(changes: Sequence[PermitChanged]) -> tuple[Stay, ...]:
    """Return the states that a permit was in since it left its draft, in order.

    A step that leaves the state as it is, such as more time for a decision, begins no other stay.
    """
    moves = [each for each in changes if each.after is not each.before]
    ends = [each.counts_from for each in moves[1:]]
    return tuple(
        Stay(each.after, each.counts_from, until) for each, until in zip_longest(moves, ends)
    )
