"""Permits of the small city that are taken some steps, at moments written down in Shanghai time."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

from permits.document import Covered, Document, StoredFile
from permits.document_kinds import CoveredKind, DocumentKind
from permits.issuing import legal_day
from permits.permit import Permit, PermitAction, PermitChanged, PermitKind
from permits.transition import Detail
from telemetry.device_day import DeviceDay
from tests.permits.lives import local
from tests.store.city import POLICE, REVIEWER, SWIFT, UNDER, terms
from zone_service.demo_votes import approved_by_all
from zone_service.store import device_days, documents, permits
from zone_service.store.engine import Store
from zone_service.store.records import PLATFORM, HeardDay, Principal
from zone_service.working_days import working_days

A = PermitAction
RULED = replace(UNDER, calendar=working_days(None))
"""The rules of the demonstration, and the calendar as it is published."""


def draft(
    store: Store, kind: PermitKind = PermitKind.ROAD_TEST, who: Principal = SWIFT, **given: Any
) -> Permit:
    device = "car-1" if who is SWIFT else "drone-1"
    with store.write() as session:
        return permits.create(
            session,
            who,
            kind=kind,
            holder_id=str(who.organisation_id),
            terms=terms(device, **given),
            at=local("2026-01-05 10:00"),
        )


def do(
    store: Store,
    who: Principal,
    permit: Permit,
    action: PermitAction,
    at: str | datetime,
    **said: str,
) -> Permit:
    details = {Detail(name): each for name, each in said.items()}
    when = local(at) if isinstance(at, str) else at
    if action in (A.APPROVE, A.PUBLISH_WARNING):
        with store.write() as session:
            after, who = approved_by_all(session, permit.number, when, RULED)
        if action is A.APPROVE:
            return after
    with store.write() as session:
        return permits.apply_action(
            session, who, permit.number, action, when, "because", under=RULED, details=details
        )


def history(store: Store, permit: Permit) -> tuple[PermitChanged, ...]:
    with store.read() as session:
        return permits.changes(session, PLATFORM, permit.number)


def now(store: Store, permit: Permit) -> Permit:
    with store.read() as session:
        return permits.get(session, PLATFORM, permit.number)


def hand_in(session: Session, permit: Permit, kind: DocumentKind, at: datetime) -> None:
    """A document about a permit, with its file."""
    about = Covered(CoveredKind.PERMIT, permit.number)
    said = Document(kind=kind, covers=about, issued_by="lab", valid_from=legal_day(at))
    made = documents.add(session, PLATFORM, said, at)
    file = StoredFile("ab" * 32, "application/pdf", 7)
    documents.put_file(session, PLATFORM, made.document_id, file, at)


def rectified(store: Store, permit: Permit, at: str) -> None:
    """What was put right is told in a report."""
    with store.write() as session:
        hand_in(session, permit, DocumentKind.RECTIFICATION_REPORT, local(at))


def heard(store: Store, at: datetime, *device_ids: str, lacks: Collection[str] = ()) -> None:
    """Devices were heard at a moment; their latest report lacked this of what a self-check asks for."""
    day = (legal_day(at) - device_days.EPOCH).days
    told = DeviceDay(day, at.timestamp(), at.timestamp(), 1, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0)
    device_days.keep(store, [HeardDay(each, told, frozenset(lacks)) for each in device_ids])


YEAR: dict[str, Any] = {"valid_from": local("2026-07-01"), "valid_to": local("2027-01-01")}
STEPS = (
    (SWIFT, A.SUBMIT, "2026-05-06 10:00"),
    (REVIEWER, A.ACCEPT, "2026-05-07 10:00"),
    (REVIEWER, A.START_THIRD_PARTY_REVIEW, "2026-05-08 10:00"),
    (REVIEWER, A.START_EXPERT_REVIEW, "2026-05-11 10:00"),
    (REVIEWER, A.OPEN_JOINT_REVIEW, "2026-05-12 10:00"),
    (REVIEWER, A.APPROVE, "2026-05-13 10:00"),
    (SWIFT, A.REQUEST_PLATE, "2026-05-14 10:00"),
    (POLICE, A.ISSUE, "2026-05-15 10:00"),
)


def issued(store: Store) -> Permit:
    permit = draft(store, **YEAR)
    for who, action, at in STEPS:
        permit = do(store, who, permit, action, at)
    return permit
