"""The list of those whose bundles are believed: versions that follow each other and never change."""

from collections.abc import Container
from datetime import datetime

from sqlmodel import Session, col, select

from permits.recognition_trust import NOBODY, TrustList, read_trust_list
from zone_service.store import audit
from zone_service.store.errors import Stale
from zone_service.store.records import KeptTrustList, Principal, Role
from zone_service.store.revisions import bump
from zone_service.store.scoping import require_role
from zone_service.store.tables import TrustListRow

BEFORE_THE_FIRST = KeptTrustList(0, "", NOBODY)


def in_force(session: Session) -> KeptTrustList:
    """Return the version that counts; before one is published nobody is trusted."""
    newest = select(TrustListRow).order_by(col(TrustListRow.number).desc()).limit(1)
    row = session.exec(newest).one_or_none()
    return BEFORE_THE_FIRST if row is None else _kept(row)


def version(session: Session, number: int) -> KeptTrustList | None:
    """Return one version; ``None`` where there is none."""
    row = session.get(TrustListRow, number)
    return None if row is None else _kept(row)


def publish(
    session: Session,
    principal: Principal,
    text: str,
    reason: str,
    at: datetime,
    *,
    expected: Container[int] | None = None,
) -> KeptTrustList:
    """Publish the next version, of a text whose keys were found usable.

    Raises:
        NotAllowed: somebody else than an administrator.
        TrustListRefused: all that is wrong with it.
        Stale: another version than the expected one is in force.
    """
    require_role(principal, "publish a trust list", Role.ADMINISTRATOR)
    trusted: TrustList = read_trust_list(text)
    bump(session, "recognition")
    before = in_force(session)
    if expected is not None and before.number not in expected:
        raise Stale(why="moved on", what="trust list", key=before.number)
    row = TrustListRow(
        number=before.number + 1,
        body=text,
        published_at=at,
        published_by=principal.username,
        reason=reason,
    )
    session.add(row)
    session.flush()
    said = f"{len(trusted.keys)} keys: {reason}"[:2000]
    audit.record(session, principal, "trust-list.publish", str(row.number), at, said)
    return _kept(row)


def _kept(row: TrustListRow) -> KeptTrustList:
    trusted = read_trust_list(row.body)
    return KeptTrustList(
        row.number, row.body, trusted, row.published_at, row.published_by, row.reason
    )
