"""What a further application is judged by: who must consent, and what is known of its vehicles."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from permits.department import Department
from permits.document_kinds import CoveredKind, DocumentKind
from permits.entries import Vehicle
from permits.further import Added, Addition
from permits.issuing import Ruling, legal_day
from permits.matter import Matter, MatterChanged, consents
from permits.permit import Permit
from permits.reviewers import reviewers
from permits.terms import Terms
from zone_service.store import register
from zone_service.store.documents import counts_on
from zone_service.store.errors import NotFound
from zone_service.store.records import PLATFORM
from zone_service.store.tables import DocumentRow


def awaited(
    matter: Matter, changes: Sequence[MatterChanged], permit: Permit, under: Ruling
) -> tuple[Department, ...]:
    """Return the departments whose consent is awaited, by the rule set; in its order."""
    there = consents(changes)
    return tuple(
        each for each in reviewers(under.sheet, permit.kind).mandatory if each.value not in there
    )


def tested_of(session: Session, terms: Terms) -> tuple[Vehicle, ...]:
    """Return the vehicles of a permit as they are registered."""
    found = register.of_devices(session, PLATFORM, terms.device_ids)
    return tuple(each.particulars for each in found if isinstance(each.particulars, Vehicle))


def added_of(session: Session, about: Addition, permit: Permit, at: datetime) -> tuple[Added, ...]:
    """Return what is known of vehicles that are to be added."""
    confirmed = _confirmed(session, about.entry_ids, at)
    return tuple(
        _added(session, each, permit, is_confirmed=each in confirmed)
        for each in dict.fromkeys(about.entry_ids)
    )


def _added(session: Session, entry_id: str, permit: Permit, *, is_confirmed: bool) -> Added:
    try:
        entry = register.get(session, PLATFORM, entry_id)
    except NotFound:
        return Added(entry_id, None, None, is_confirmed)
    own = entry.active and entry.organisation_id == permit.holder_id
    vehicle = entry.particulars if own and isinstance(entry.particulars, Vehicle) else None
    return Added(entry_id, vehicle, entry.device_id, is_confirmed)


def _confirmed(session: Session, entry_ids: Sequence[str], at: datetime) -> frozenset[str]:
    found = session.exec(
        select(DocumentRow.covers_key).where(
            DocumentRow.covers_kind == CoveredKind.VEHICLE.value,
            col(DocumentRow.covers_key).in_(entry_ids),
            DocumentRow.kind == DocumentKind.SAME_CONFIGURATION.value,
            *counts_on(legal_day(at)),
        )
    )
    return frozenset(found)
