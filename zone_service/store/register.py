"""The register of what permits are about: vehicles, aircraft, vessels, people and consortia.

What something is never changes; what was filed of it is amended, and the audit keeps what was
before. The number of a person is in one place, here, and in no list, record or refusal.
"""

import json
from collections.abc import Container, Iterable
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session, col, select

from permits.document_kinds import CoveredKind
from permits.entries import (
    Aircraft,
    Consortium,
    MemberRole,
    Particulars,
    Person,
    Vehicle,
    Vessel,
    changes,
    entry_from_json,
    entry_to_json,
    faults,
    identity_of,
    kind_of,
)
from permits.paper_words import Fault, PapersRefused, fault
from permits.states import PermitState
from telemetry.report import Domain
from zone_service.store import audit, consortium_members, permit_parts
from zone_service.store.errors import Conflict, InvalidValue, Stale
from zone_service.store.records import Principal, RegisterEntry
from zone_service.store.registry import DEVICE_ID
from zone_service.store.revisions import bump
from zone_service.store.scoping import one, page_size, require_own, scoped_rows
from zone_service.store.tables import DeviceRow, OrganisationRow, RegisterRow

_HALTED = frozenset({PermitState.SUSPENDED, PermitState.RECTIFICATION})
_MOVES_IN = {Vehicle: Domain.ROAD, Aircraft: Domain.AIR, Vessel: Domain.WATER}


def add(
    session: Session, principal: Principal, entry: RegisterEntry, at: datetime
) -> RegisterEntry:
    """Register something.

    Raises:
        NotAllowed: it is for another organisation.
        NotFound: there is no such organisation, device or member.
        InvalidValue: its id is not one, or its device is another's or moves elsewhere.
        PapersRefused: all that is wrong with its particulars.
        Conflict: its id, its number or its device is taken.
    """
    require_own(principal, "register something", entry.organisation_id)
    if not DEVICE_ID.fullmatch(entry.entry_id):
        raise InvalidValue(
            why="form of id", what="entry", found=entry.entry_id[:80], pattern=DEVICE_ID.pattern
        )
    bump(session, "documents")
    one(session, OrganisationRow, principal, entry.organisation_id)
    _require_well(session, entry)
    _require_free(session, entry)
    _require_device(session, principal, entry)
    made = replace(entry, active=True, revision=0)
    session.add(_row(made, at))
    session.flush()
    what = f"{kind_of(entry.particulars)} {entry.entry_id}"
    audit.record(session, principal, "register.add", what, at)
    return made


def get(session: Session, principal: Principal, entry_id: str) -> RegisterEntry:
    """Return one entry.

    Raises:
        NotFound: there is none that the principal may see.
    """
    return _entry(one(session, RegisterRow, principal, entry_id))


def page(
    session: Session,
    principal: Principal,
    *,
    kind: CoveredKind | None = None,
    after: str = "",
    limit: int = 100,
) -> tuple[RegisterEntry, ...]:
    """Return entries in the order of their ids, from after one of them."""
    key = col(RegisterRow.entry_id)
    asked = scoped_rows(RegisterRow, principal).where(key > after)
    if kind is not None:
        asked = asked.where(RegisterRow.kind == kind.value)
    found = session.exec(asked.order_by(key).limit(page_size(limit)))
    return tuple(_entry(row) for row in found)


def of_devices(
    session: Session, principal: Principal, device_ids: Iterable[str]
) -> tuple[RegisterEntry, ...]:
    """Return what moves with some devices and is in service, by the ids of the entries."""
    found = session.exec(
        scoped_rows(RegisterRow, principal)
        .where(col(RegisterRow.device_id).in_(sorted(device_ids)), col(RegisterRow.active))
        .order_by(col(RegisterRow.entry_id))
    )
    return tuple(_entry(row) for row in found)


def amend(
    session: Session,
    principal: Principal,
    entry_id: str,
    particulars: Particulars,
    at: datetime,
    *,
    expected: Container[int] | None = None,
) -> RegisterEntry:
    """File what has changed of something, such as the version of its software.

    Raises:
        NotFound, NotAllowed: as ``link``.
        PapersRefused: all that is wrong with it, or it is another thing than was registered.
        Stale: it is not as ``expected``; Conflict: it is out of service, or at work under a permit,
            whose departments have examined it as it is, or judge it now as the consortium that it is.
    """
    bump(session, "documents")
    row, before = _own(session, principal, entry_id, "amend an entry")
    _require_expected(before, expected)
    _require_same(before.particulars, particulars)
    if particulars != before.particulars:
        _require_not_at_work(session, before)
    after = replace(before, particulars=particulars, revision=before.revision + 1)
    _require_well(session, after)
    if isinstance(particulars, Consortium):
        consortium_members.renew(session, entry_id, particulars)
    said = "; ".join(changes(before.particulars, particulars))
    return _written(session, principal, row, after, "register.amend", said, at)


def link(
    session: Session,
    principal: Principal,
    entry_id: str,
    device_id: str | None,
    at: datetime,
    *,
    expected: Container[int] | None = None,
) -> RegisterEntry:
    """Say by which device something is seen to move; ``None``: by none.

    Raises:
        NotFound: there is no such entry or device that the principal may see.
        NotAllowed: it may be seen but not changed.
        InvalidValue: the device is another organisation's, or moves elsewhere.
        Stale: it is not as ``expected``.
        Conflict: the device belongs to something else, or the entry is out of service or at work
            under a permit.
    """
    bump(session, "documents")
    row, before = _own(session, principal, entry_id, "link an entry")
    _require_expected(before, expected)
    if device_id != before.device_id:
        _require_not_at_work(session, before)
    after = replace(before, device_id=device_id, revision=before.revision + 1)
    _require_device(session, principal, after)
    said = f"device: {before.device_id} → {device_id}"
    return _written(session, principal, row, after, "register.link", said, at)


def retire(
    session: Session,
    principal: Principal,
    entry_id: str,
    at: datetime,
    *,
    expected: Container[int] | None = None,
) -> RegisterEntry:
    """Take something out of service, and off its device; what was decided about it goes on naming it.

    Raises:
        NotFound, NotAllowed, Stale, Conflict: as ``link``.
    """
    bump(session, "documents")
    row, before = _own(session, principal, entry_id, "take an entry out of service")
    _require_expected(before, expected)
    _require_not_at_work(session, before)
    after = replace(before, device_id=None, active=False, revision=before.revision + 1)
    return _written(session, principal, row, after, "register.retire", "", at)


def _own(
    session: Session, principal: Principal, entry_id: str, act: str
) -> tuple[RegisterRow, RegisterEntry]:
    row = one(session, RegisterRow, principal, entry_id)
    require_own(principal, act, row.organisation_id)
    if not row.active:
        raise Conflict(why="out of service", what="entry", key=entry_id)
    return row, _entry(row)


def _require_expected(entry: RegisterEntry, expected: Container[int] | None) -> None:
    if expected is not None and entry.revision not in expected:
        raise Stale(why="moved on", what="entry", key=entry.entry_id)


def _written(
    session: Session,
    principal: Principal,
    row: RegisterRow,
    after: RegisterEntry,
    action: str,
    said: str,
    at: datetime,
) -> RegisterEntry:
    row.particulars = json.dumps(entry_to_json(after.particulars), ensure_ascii=False)
    row.device_id, row.active, row.revision = after.device_id, after.active, after.revision
    row.changed_at = at
    session.add(row)
    session.flush()
    audit.record(session, principal, action, after.entry_id, at, said[:2000])
    return after


def _require_well(session: Session, entry: RegisterEntry) -> None:
    found = (*faults(entry.particulars), *_of_members(session, entry))
    if found:
        raise PapersRefused(*found)


def _of_members(session: Session, entry: RegisterEntry) -> Iterable[Fault]:
    if not isinstance(entry.particulars, Consortium):
        return
    members = entry.particulars.members
    ids = {each.organisation_id for each in members}
    known = set(
        session.exec(
            select(OrganisationRow.organisation_id).where(
                col(OrganisationRow.organisation_id).in_(sorted(ids))
            )
        )
    )
    for missing in sorted(ids - known):
        yield fault("members", missing, "organisation")
    if any(each.role is MemberRole.LEAD for each in members) and not any(
        each.role is MemberRole.LEAD and each.organisation_id == entry.organisation_id
        for each in members
    ):
        yield fault("members", "another lead", "own lead", lead=entry.organisation_id)


def _require_same(before: Particulars, after: Particulars) -> None:
    if kind_of(before) is not kind_of(after):
        raise PapersRefused(fault("kind", kind_of(after), "same", before=kind_of(before)))
    if identity_of(before) != identity_of(after):
        person = isinstance(before, Person)
        was = "number" if person else identity_of(before)
        found = "another number" if person else identity_of(after)
        raise PapersRefused(fault("identity", found, "same", before=was))


def _require_free(session: Session, entry: RegisterEntry) -> None:
    if session.get(RegisterRow, entry.entry_id) is not None:
        raise Conflict(why="taken", what="entry", key=entry.entry_id)
    taken = select(RegisterRow.entry_id).where(
        RegisterRow.identity == _identity(entry), col(RegisterRow.active)
    )
    if session.exec(taken).first() is not None:
        person = isinstance(entry.particulars, Person)
        shown = "that number" if person else identity_of(entry.particulars)
        raise Conflict(why="registered already", what=kind_of(entry.particulars), identity=shown)


def _require_not_at_work(session: Session, entry: RegisterEntry) -> None:
    """What a permit was granted for stays what it was: another would move under its name.

    While an authority has suspended it, it is put right; who lets it go on looks at it again.
    """
    if isinstance(entry.particulars, Consortium):
        bump(session, "permits")
        consortium_members.require_unnamed(session, entry.entry_id)
    if entry.device_id is None:
        return
    # Whoever grants a permit at the same time looks at this entry: one of the two waits for the other.
    bump(session, "permits")
    for permit in permit_parts.standing_with(session, entry.device_id):
        halted = permit.state in _HALTED or entry.device_id in permit.terms.suspended_device_ids
        if not halted:
            raise Conflict(why="at work", what="entry", key=entry.entry_id, number=permit.number)


def _require_device(session: Session, principal: Principal, entry: RegisterEntry) -> None:
    if entry.device_id is None:
        return
    device = one(session, DeviceRow, principal, entry.device_id)
    moves_in = _MOVES_IN.get(type(entry.particulars))
    if device.organisation_id != entry.organisation_id or device.domain != moves_in:
        raise InvalidValue(
            why="device moves elsewhere",
            device=entry.device_id,
            organisation=device.organisation_id,
            domain=device.domain,
            owner=entry.organisation_id,
            expected=moves_in or "no domain: it does not move",
        )
    other = session.exec(
        select(RegisterRow.entry_id).where(
            RegisterRow.device_id == entry.device_id, RegisterRow.entry_id != entry.entry_id
        )
    ).first()
    if other is not None:
        raise Conflict(why="device of another", device=entry.device_id, other=other)


def _identity(entry: RegisterEntry) -> str:
    """One vehicle is one wherever it is registered; people may work for several organisations."""
    alone = isinstance(entry.particulars, Vehicle | Aircraft | Vessel)
    within = "" if alone else entry.organisation_id
    return f"{kind_of(entry.particulars)}:{within}:{identity_of(entry.particulars)}"


def _row(entry: RegisterEntry, at: datetime) -> RegisterRow:
    return RegisterRow(
        entry_id=entry.entry_id,
        organisation_id=entry.organisation_id,
        kind=kind_of(entry.particulars).value,
        identity=_identity(entry),
        particulars=json.dumps(entry_to_json(entry.particulars), ensure_ascii=False),
        device_id=entry.device_id,
        active=entry.active,
        revision=entry.revision,
        created_at=at,
        changed_at=at,
    )


def _entry(row: RegisterRow) -> RegisterEntry:
    return RegisterEntry(
        row.entry_id,
        row.organisation_id,
        entry_from_json(CoveredKind(row.kind), json.loads(row.particulars)),
        row.device_id,
        row.active,
        row.revision,
    )
