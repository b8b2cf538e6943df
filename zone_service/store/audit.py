"""Who did what: written with the act itself, in one transaction, and never changed."""

from datetime import datetime

from sqlmodel import Session, col, select

from zone_service.store.records import AuditEntry, Principal, Role
from zone_service.store.scoping import page_size, require_role
from zone_service.store.tables import AuditRow

_SUBJECT_LENGTH = 200


def record(
    session: Session,
    principal: Principal,
    action: str,
    subject: str,
    at: datetime,
    reason: str = "",
) -> None:
    """Write down an act, such as ``zone.publish``; it holds if and only if the act does."""
    session.add(
        AuditRow(
            at=at,
            actor=principal.username,
            action=action,
            subject=subject[:_SUBJECT_LENGTH],
            reason=reason,
        )
    )


def entries(
    session: Session, principal: Principal, after: int = 0, limit: int = 100
) -> tuple[AuditEntry, ...]:
    """Return acts in the order in which they were done, from after ``audit_id``.

    Raises:
        NotAllowed: the principal is not an administrator.
    """
    require_role(principal, "read the audit", Role.ADMINISTRATOR)
    found = session.exec(
        select(AuditRow)
        .where(col(AuditRow.audit_id) > after)
        .order_by(col(AuditRow.audit_id))
        .limit(page_size(limit))
    )
    return tuple(_entry(row) for row in found)


def _entry(row: AuditRow) -> AuditEntry:
    return AuditEntry(
        audit_id=row.audit_id or 0,
        at=row.at,
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        reason=row.reason,
    )
