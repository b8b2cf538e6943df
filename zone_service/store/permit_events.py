"""What was done to permits, as rows."""

import json
from collections.abc import Collection, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Row, bindparam, func, insert, select
from sqlmodel import Session

from permits.permit import PermitAction, PermitChanged, PermitState
from permits.transition import Detail
from zone_service.store.tables import PermitEventRow, table

_EVENTS = table(PermitEventRow)
_SHORT = tuple(each for each in _EVENTS.c if each.name != "terms")
_OF_ONE = (
    select(_EVENTS).where(_EVENTS.c.number == bindparam("number")).order_by(_EVENTS.c.event_id)
)
_OF_SOME = (
    select(*_SHORT)
    .where(_EVENTS.c.number.in_(bindparam("numbers", expanding=True)))
    .order_by(_EVENTS.c.number, _EVENTS.c.event_id)
)
_NEWEST = select(func.max(_EVENTS.c.event_id))
_STATES: Any = bindparam("states", expanding=True)
_INTO = (
    select(_EVENTS.c.event_id, _EVENTS.c.number)
    .where(
        _EVENTS.c.event_id > bindparam("after"),
        _EVENTS.c.after.in_(_STATES),
        _EVENTS.c.before.not_in(_STATES),
    )
    .order_by(_EVENTS.c.event_id)
    .limit(bindparam("most"))
)
_WRITTEN = insert(_EVENTS)
"""Made once: every step of a permit begins with one of them, and ends with the last."""


def of_permit(session: Session, number: str) -> tuple[PermitChanged, ...]:
    """Return what was done to a permit, in order, with the terms that each step led to."""
    session.flush()
    found = session.connection().execute(_OF_ONE, {"number": number})
    return tuple(_changed(row, at, row.terms or "") for at, row in enumerate(found, 1))


def of_permits(session: Session, numbers: Sequence[str]) -> dict[str, tuple[PermitChanged, ...]]:
    """Return what was done to each of some permits, in order; those without a step are left out.

    Without the terms of then, which may be long and which deadlines do not ask for.
    """
    # Plain rows: a page of permits has thousands of steps, and as many objects that the session
    # keeps an eye on would take twice as long.
    session.flush()
    found = session.connection().execute(_OF_SOME, {"numbers": numbers})
    return {
        number: tuple(_changed(row, revision) for revision, row in enumerate(rows, 1))
        for number, rows in groupby(found, lambda row: row.number)
    }


class Moved(NamedTuple):
    """Permits that came into some states."""

    numbers: tuple[str, ...]
    last: int
    """The id of the last step that was looked at: the next look begins after it."""


def into(session: Session, states: Collection[str], after: int | None, limit: int) -> Moved:
    """Return the permits that came into some states since a step; steps within them are left out.

    Permits take their steps one after another, so none comes to light later with a smaller id.
    ``after``: ``None`` returns none, and where to begin.
    """
    last: int = session.connection().execute(_NEWEST).scalar_one() or 0
    if after is None or last == after:
        return Moved((), last)
    asked = {"after": after, "states": list(states), "most": limit}
    rows = session.connection().execute(_INTO, asked).all()
    numbers = tuple(dict.fromkeys(row.number for row in rows))
    return Moved(numbers, rows[-1].event_id if len(rows) == limit else last)


def write(session: Session, changed: PermitChanged) -> None:
    """Write a step down; its permit is there."""
    values = {
        "number": changed.number,
        "action": changed.action.value,
        "before": changed.before.value,
        "after": changed.after.value,
        "at": changed.at,
        "by": changed.by,
        "reason": changed.reason,
        "rules": changed.rules or None,
        "effective_at": changed.effective_at,
        "details": json.dumps(dict(changed.details)) if changed.details else None,
        "terms": changed.terms or None,
    }
    session.connection().execute(_WRITTEN, values)


def _changed(row: Row[Any], revision: int, terms: str = "") -> PermitChanged:
    return PermitChanged(
        row.number,
        PermitAction(row.action),
        PermitState(row.before),
        PermitState(row.after),
        row.at,
        row.by,
        row.reason,
        revision,
        row.rules or "",
        row.effective_at,
        _details(row.details) if row.details else {},
        terms,
    )


def _details(told: str) -> dict[Detail, str]:
    return {Detail(name): said for name, said in json.loads(told).items()}
