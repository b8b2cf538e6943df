"""Ten thousand permits with a hundred thousand steps behind them, for ``bench.permits``.

A few permits are led through their lives by those who may take each step. The others are copies of
these: the same steps at the same moments, under another number and for another vehicle.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sql
from shapely import box
from sqlmodel import Session

from geofence.zone import Area, Volume, Zone, ZoneKind
from permits.department import Department
from permits.document import Covered, Document, StoredFile
from permits.document_kinds import CoveredKind, DocumentKind
from permits.issuing import Ruling, legal_day
from permits.life_cycle import Family, way
from permits.permit import PermitAction, PermitKind, PermitState
from permits.review import Choice
from permits.terms import Terms
from telemetry.report import Domain
from zone_service.demo_city import actor, lead_to
from zone_service.demo_votes import reviewer_of
from zone_service.settings import DEMONSTRATION
from zone_service.shipped_rules import shipped_sheet
from zone_service.store import (
    accounts,
    documents,
    permits,
    registry,
    reviews,
    tables,
    tokens,
    zones,
)
from zone_service.store.engine import Store, open_store
from zone_service.store.records import (
    PLATFORM,
    Device,
    Organisation,
    OrganisationKind,
    Role,
)

UNDER: Final = Ruling(shipped_sheet(DEMONSTRATION))
OPERATOR: Final = "bench-operator"
ROAD: Final = Zone(
    "bench-road",
    ZoneKind.KEEP_IN,
    "Where all permits hold",
    (Volume(Area(box(121.80, 30.82, 122.00, 31.00))),),
    frozenset({"road"}),
)
PLACE: Final = (121.9, 30.9)
PASSWORD: Final = "bench-transport-1"
AGE: Final = timedelta(days=60)
_COPIED: Final = (
    tables.PermitRow,
    tables.PermitEventRow,
    tables.PermitHistoryRow,
    tables.ReviewRoundRow,
    tables.BallotRow,
)
_PAUSES: Final = 2
"""How often the permits in force were suspended and let go on, so that each has its dozen steps."""


@dataclass(frozen=True, slots=True)
class Archive:
    """What the benchmark must know of a database that is ready to be copied."""

    token: str
    """Of the reviewer of transport."""
    active: tuple[str, ...]
    """The permits in force; that at place n is of the vehicle at place n."""
    to_decide: tuple[str, ...]
    """Those that wait for the vote of transport and no other."""
    cars: tuple[str, ...]
    secrets: dict[str, str]
    events: int
    """Steps in all."""
    steps_each: int
    """Behind each permit in force."""


def build(url: str, count: int, at: datetime) -> Archive:
    """Fill an empty database: nine tenths of ``count`` in force, the others under review."""
    store = open_store(url)
    store.upgrade()
    cars = tuple(f"bench-{number:05d}" for number in range(count))
    with store.write() as session:
        zones.publish(session, PLATFORM, [ROAD], at)
        for name, kind in _organisations():
            registry.add_organisation(
                session, PLATFORM, Organisation(name, name, kind, _department(name)), at
            )
    made = [Device(name, OPERATOR, Domain.ROAD, name, "canonical", None) for name in cars]
    secrets = dict(registry.add_devices(store, PLATFORM, made, at).secrets)
    decided = count // 10
    in_force, under_review = cars[:-decided], cars[-decided:]
    active = _lives(store, in_force, PermitState.ACTIVE, at)
    to_decide = _lives(store, under_review, PermitState.JOINT_REVIEW, at)
    token = _reviewer(store, at)
    with store.read() as session:
        steps_each = len(permits.changes(session, PLATFORM, active[0]))
        asked = sql.select(sql.func.count()).select_from(tables.PermitEventRow)
        events = int(session.connection().execute(asked).scalar_one())
    store.close()
    return Archive(token, active, to_decide, cars, secrets, events, steps_each)


def _organisations() -> Iterator[tuple[str, OrganisationKind]]:
    yield OPERATOR, OrganisationKind.OPERATOR
    yield "transport", OrganisationKind.DEPARTMENT


def _department(name: str) -> str | None:
    return name if name == Department.TRANSPORT else None


def _reviewer(store: Store, at: datetime) -> str:
    user = accounts.add_user(
        store, PLATFORM, username="bench-transport", password=PASSWORD, role=Role.REVIEWER,
        organisation_id="transport", department="transport", at=at,
    )  # fmt: skip
    with store.write() as session:
        who = accounts.current(session, user.user_id)
        return tokens.create_token(session, who, "bench", at, at + timedelta(hours=2))


def _lives(store: Store, cars: tuple[str, ...], goal: PermitState, at: datetime) -> tuple[str, ...]:
    """Lead the first vehicle's permit to a state, and copy its life for the others."""
    with store.write() as session:
        number = _lead(session, cars[0], goal, at)
    with store.write() as session:
        rows = {table: _rows(session, table, number) for table in _COPIED}
        numbers = [f"{number}-{place:05d}" for place in range(1, len(cars))]
        for table, found in rows.items():
            copies = [
                _copied(row, number, other, cars[0], car)
                for other, car in zip(numbers, cars[1:], strict=True)
                for row in found
            ]
            if copies:
                session.connection().execute(sql.insert(table), copies)
    return (number, *numbers)


def _lead(session: Session, car: str, goal: PermitState, at: datetime) -> str:
    terms = Terms(
        frozenset({car}), frozenset({ROAD.zone_id}), at - AGE, at + timedelta(days=90)
    )  # fmt: skip
    permit = permits.create(
        session, PLATFORM, kind=PermitKind.ROAD_TEST, holder_id=OPERATOR, terms=terms, at=at - AGE
    )
    lead_to(session, permit, goal, at - AGE, UNDER)
    if goal is PermitState.JOINT_REVIEW:
        _all_but_transport(session, permit.number, at - AGE)
        return permit.number
    for pause in range(_PAUSES):
        _paused(session, permit.number, at - AGE + timedelta(days=1 + pause))
    return permit.number


def _all_but_transport(session: Session, number: str, at: datetime) -> None:
    ballots = reviews.get(session, PLATFORM, number).rounds[-1].review.ballots
    for ballot in ballots:
        if ballot.department is not Department.TRANSPORT:
            who = reviewer_of(ballot.department)
            reviews.vote(session, who, number, Choice.APPROVE, at, under=UNDER)


def _paused(session: Session, number: str, at: datetime) -> None:
    back = way(Family.ROAD, PermitState.SUSPENDED, PermitState.ACTIVE)
    for action in (PermitAction.SUSPEND, *back):
        if action is PermitAction.REQUEST_RESUME:
            _report(session, number, at)
        who = actor(action, OPERATOR)
        permits.apply_action(session, who, number, action, at, "bench", under=UNDER)


def _report(session: Session, number: str, at: datetime) -> None:
    """What was put right is told in a report: without one nobody may ask to go on."""
    said = Document(
        kind=DocumentKind.RECTIFICATION_REPORT, covers=Covered(CoveredKind.PERMIT, number),
        issued_by="bench", valid_from=legal_day(at),
    )  # fmt: skip
    made = documents.add(session, PLATFORM, said, at)
    file = StoredFile("ab" * 32, "application/pdf", 7)
    documents.put_file(session, PLATFORM, made.document_id, file, at)


def _rows(session: Session, table: type[tables.Row], number: str) -> list[dict[str, Any]]:
    columns = tables.table(table).c
    asked = sql.select(*columns).where(columns.number == number)
    found = [dict(row) for row in session.connection().execute(asked).mappings()]
    for row in found:
        row.pop("event_id", None)
    return found


def _copied(row: dict[str, Any], number: str, other: str, car: str, another: str) -> dict[str, Any]:
    copied = row | {"number": other}
    if copied.get("terms") is not None:
        terms = json.loads(copied["terms"])
        assert terms["device_ids"] == [car]
        copied["terms"] = json.dumps(terms | {"device_ids": [another]})
    return copied
