"""What was done to permits, as rows."""

import json
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Row, select
from sqlmodel import Session

from permits.permit import PermitAction, PermitChanged, PermitState
from permits.transition import Detail
from zone_service.store.tables import PermitEventRow, table

_EVENTS = table(PermitEventRow)
_SHORT = tuple(each for each in _EVENTS.c if each.name != "terms")


def of_permit(session: Session, number: str) -> tuple[PermitChanged, ...]:
    """Return what was done to a permit, in order, with the terms that each step led to."""
    session.flush()
    asked = select(_EVENTS).where(_EVENTS.c.number == number)
    found = session.connection().execute(asked.order_by(_EVENTS.c.event_id))
    return tuple(_changed(row, at, row.terms or "") for at, row in enumerate(found, 1))


def of_permits(session: Session, numbers: Sequence[str]) -> dict[str, tuple[PermitChanged, ...]]:
    """Return what was done to each of some permits, in order; those without a step are left out.

    Without the terms of then, which may be long and which deadlines do not ask for.
    """
    # Plain rows: a page of permits has thousands of steps, and as many objects that the session
    # keeps an eye on would take twice as long.
    session.flush()
    asked = select(*_SHORT).where(_EVENTS.c.number.in_(numbers))
    found = session.connection().execute(asked.order_by(_EVENTS.c.number, _EVENTS.c.event_id))
    return {
        number: tuple(_changed(row, revision) for revision, row in enumerate(rows, 1))
        for number, rows in groupby(found, lambda row: row.number)
    }


def event_row(changed: PermitChanged) -> PermitEventRow:
    """Return the row of a step."""
    return PermitEventRow(
        number=changed.number,
        action=changed.action.value,
        before=changed.before.value,
        after=changed.after.value,
        at=changed.at,
        by=changed.by,
        reason=changed.reason,
        rules=changed.rules or None,
        effective_at=changed.effective_at,
        details=json.dumps(dict(changed.details)) if changed.details else None,
        terms=changed.terms or None,
    )


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
