"""Who sees what. Every list and every look-up goes through here."""

from functools import cache
from typing import Any, TypeVar

from sqlalchemy import bindparam
from sqlalchemy import select as select_fields
from sqlmodel import Session, and_, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from permits.department import Department
from permits.document_kinds import CoveredKind
from zone_service.store.errors import InvalidValue, NotAllowed, NotFound
from zone_service.store.records import Principal, Role, department_of
from zone_service.store.roles import SEES_ALL
from zone_service.store.tables import (
    AssignmentRow,
    ConsortiumMemberRow,
    DeviceRow,
    DocumentRow,
    EvidenceClipRow,
    GovernanceFileRow,
    MatterPartyRow,
    MatterRow,
    OrganisationRow,
    PermitRow,
    RegisterRow,
    Row,
    ViolationEventRow,
    ViolationRow,
    table,
)

Seen = TypeVar("Seen")
SeenRow = TypeVar("SeenRow", bound=Row)

MAX_PAGE = 1000

OWNERS: dict[type[Row], tuple[str, ...]] = {
    OrganisationRow: ("organisation_id",),
    DeviceRow: ("organisation_id",),
    PermitRow: ("holder_id",),
    DocumentRow: ("organisation_id",),
    GovernanceFileRow: ("organisation_id",),
    MatterRow: ("holder_id",),
    RegisterRow: ("organisation_id",),
    EvidenceClipRow: ("organisation_id", "other_organisation_id"),
    ViolationRow: ("organisation_id", "other_organisation_id"),
    ViolationEventRow: ("organisation_id", "other_organisation_id"),
}
"""The columns that say whose a row is; a violation of two devices is both operators'."""


def scoped(statement: SelectOfScalar[Seen], principal: Principal, row: type[Row]) -> Any:
    """Narrow a query for rows of one kind to what the principal may see.

    Operators see what is their organisation's, the permits in whose consortium it is with what concerns
    all of them, and what is about their own vehicles there; reviewers, the police and administrators see
    all. A third party sees what is its own, and the permits that it is asked about with their documents.
    What belongs to nobody (its owner is null) is neither's.
    """
    if principal.role in SEES_ALL:
        return statement
    owners = (getattr(row, name) for name in OWNERS[row])
    own = [owner == principal.organisation_id for owner in owners]
    return statement.where(or_(*own, *_asked_about(principal, row), *_together(principal, row)))


def _asked_about(principal: Principal, row: type[Row]) -> tuple[Any, ...]:
    """Return what makes a row one that a third party is asked about."""
    if principal.role is not Role.ASSESSOR:
        return ()
    files = select(AssignmentRow.number).where(
        AssignmentRow.organisation_id == principal.organisation_id
    )
    if row is PermitRow:
        return (col(PermitRow.number).in_(files),)
    if row is MatterRow:
        return (col(MatterRow.number).in_(files),)
    if row is DocumentRow:
        of_a_permit = DocumentRow.covers_kind == CoveredKind.PERMIT.value
        return (and_(of_a_permit, col(DocumentRow.covers_key).in_(files)),)
    return ()


def _together(principal: Principal, row: type[Row]) -> tuple[Any, ...]:
    """Return what makes a row one of a permit that an operator holds with others."""
    if principal.role is not Role.OPERATOR:
        return ()
    if row is PermitRow:
        return (col(PermitRow.number).in_(_held_with_others(principal)),)
    if row is MatterRow:
        of_its_vehicles = select(MatterPartyRow.matter_id).where(
            MatterPartyRow.organisation_id == principal.organisation_id
        )
        held = col(MatterRow.number).in_(_held_with_others(principal))
        return (
            and_(col(MatterRow.of_all), held),
            col(MatterRow.matter_id).in_(of_its_vehicles),
        )
    if row is DocumentRow:
        # What a member hands in about the permit, its report of an accident, goes to who answers for all.
        of_a_permit = DocumentRow.covers_kind == CoveredKind.PERMIT.value
        own = select(PermitRow.number).where(PermitRow.holder_id == principal.organisation_id)
        return (and_(of_a_permit, col(DocumentRow.covers_key).in_(own)),)
    return ()


def _held_with_others(principal: Principal) -> Any:
    """Return the permits in whose consortium an operator is, without those that it has left."""
    return select(ConsortiumMemberRow.number).where(
        ConsortiumMemberRow.organisation_id == principal.organisation_id,
        col(ConsortiumMemberRow.left_at).is_(None),
    )


def scoped_rows(row: type[SeenRow], principal: Principal) -> Any:
    """Begin a query for the rows of one kind that the principal may see."""
    return scoped(select(row), principal, row)


def scoped_apart(row: type[SeenRow], principal: Principal) -> tuple[Any, ...]:
    """Begin the same query once for each column that says whose a row is.

    Each has its index for the order of a page: with 15 000 rows of one operator a page of 100 takes
    1 ms, and 70 ms where both columns are asked at once. A row may be found by two of them.
    """
    if principal.role in SEES_ALL:
        return (select(row),)
    owners = (getattr(row, name) for name in OWNERS[row])
    return tuple(select(row).where(owner == principal.organisation_id) for owner in owners)


def of_own_devices(statement: Any, principal: Principal, device_id: Any) -> Any:
    """Narrow a query for what names devices in a column, without saying whose it is."""
    if principal.role in SEES_ALL:
        return statement
    own = scoped(select(DeviceRow.device_id), principal, DeviceRow)
    return statement.where(device_id.in_(own))


@cache
def _by_key(row: type[SeenRow]) -> SelectOfScalar[SeenRow]:
    """Make the query for a row by its key, once: nearly every request begins with one."""
    column = next(iter(row.__table__.primary_key))  # type: ignore[attr-defined]
    return select(row).where(column == bindparam("key"))


def one(session: Session, row: type[SeenRow], principal: Principal, key: str) -> SeenRow:
    """Return a row by its key.

    Raises:
        NotFound: there is none, or it is somebody else's; the answer is the same.
    """
    asked = scoped(_by_key(row), principal, row)
    found: SeenRow | None = session.exec(asked, params={"key": key}).one_or_none()
    if found is None:
        raise NotFound(what=str(row.__tablename__), key=key)
    return found


@cache
def _fields_by_key(row: type[Row]) -> Any:
    """Make the query for what a row by its key says, once."""
    its = table(row)
    return select_fields(its).where(next(iter(its.primary_key)) == bindparam("key"))


def fields(session: Session, row: type[Row], principal: Principal, key: str) -> Any:
    """Return what a row by its key says, without an object that the session keeps an eye on.

    Takes half as long as ``one``: for what is read with every step of a permit.

    Raises:
        NotFound: as ``one``.
    """
    asked = scoped(_fields_by_key(row), principal, row)
    session.flush()
    found = session.connection().execute(asked, {"key": key}).one_or_none()
    if found is None:
        raise NotFound(what=str(row.__tablename__), key=key)
    return found


def require_role(principal: Principal, act: str, *roles: Role) -> None:
    """Refuse an act to all but these roles.

    Raises:
        NotAllowed: says who may.
    """
    if principal.role not in roles:
        raise NotAllowed(
            why="may not",
            who=principal.username,
            role=principal.role,
            act=act,
            expected=", ".join(roles),
        )


def require_authority(principal: Principal, act: str) -> None:
    """Refuse an act to all but departments that are authorities: who runs a test base votes, and is none.

    Raises:
        NotAllowed: says who may.
    """
    require_role(principal, act, Role.REVIEWER, Role.POLICE)
    if department_of(principal) is Department.BASE_OPERATOR:
        raise NotAllowed(why="no authority", who=principal.username, act=act)


def require_own(principal: Principal, act: str, organisation_id: str) -> None:
    """Refuse an act on another organisation's things to all but administrators.

    Raises:
        NotAllowed: the principal is neither.
    """
    require_role(principal, act, Role.OPERATOR, Role.ADMINISTRATOR)
    if principal.role is Role.OPERATOR and principal.organisation_id != organisation_id:
        raise NotAllowed(why="not for another", who=principal.username, act=act)


def page_size(limit: int) -> int:
    """Check the length of a page.

    Raises:
        InvalidValue: it is not between 1 and ``MAX_PAGE``.
    """
    if not 1 <= limit <= MAX_PAGE:
        raise InvalidValue(why="limit of a page", found=limit, most=MAX_PAGE)
    return limit
