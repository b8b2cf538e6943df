"""Notices: published by departments, read by everybody."""

from datetime import datetime

from sqlmodel import Session, col, select

from permits.issuing import legal_day
from permits.paper_words import PapersRefused
from permits.public_notice import Notice, NoticeKind, Subject, SubjectKind, faults
from permits.states import PermitState
from zone_service.store import audit
from zone_service.store.errors import Conflict, NotAllowed, NotFound
from zone_service.store.granted import NEVER_GRANTED
from zone_service.store.records import PLATFORM, KeptNotice, Principal, Role
from zone_service.store.revisions import bump
from zone_service.store.scoping import require_authority, require_role
from zone_service.store.tables import PermitRow, PublicNoticeRow, ZoneRow

_WITHDRAW = "withdraw a notice"


def publish(session: Session, principal: Principal, notice: Notice, at: datetime) -> KeptNotice:
    """Publish a notice in the name of the principal's organisation.

    Raises:
        NotAllowed: the principal is of no authority.
        NotFound: there is nothing of the kind and key that it is about.
        Conflict: it is about a permit that was never granted.
        PapersRefused: names each fault.
    """
    require_authority(principal, "publish a notice")
    if found := faults(notice):
        raise PapersRefused(*found)
    if notice.about is not None:
        _require_there(session, notice.about)
    return announce(session, principal, notice, at)


def announce(session: Session, principal: Principal, notice: Notice, at: datetime) -> KeptNotice:
    """Write down what follows from an act that its caller has allowed; by law nobody publishes it."""
    count = bump(session, "notices")
    kept = KeptNotice(
        f"N-{legal_day(at).year}-{count:06d}",
        notice,
        None if principal == PLATFORM else principal.organisation_id,
        at,
        principal.username,
    )
    session.add(_row(kept))
    session.flush()
    audit.record(
        session, principal, "notice.publish", f"{kept.notice_id} {notice.kind}: {notice.title}", at
    )
    return kept


def withdraw(
    session: Session, principal: Principal, notice_id: str, reason: str, at: datetime
) -> KeptNotice:
    """Withdraw a notice: nobody is shown it any more, and why stays on record.

    Of the law's own, which no organisation has published, the police and administrators answer.

    Raises:
        NotFound: there is none.
        NotAllowed: another organisation has published it.
        Conflict: it was withdrawn before.
    """
    require_role(principal, _WITHDRAW, Role.REVIEWER, Role.POLICE, Role.ADMINISTRATOR)
    bump(session, "notices")
    row = _one(session, notice_id)
    _require_its(principal, row)
    if row.withdrawn_at is not None:
        raise Conflict(why="notice withdrawn", notice=notice_id)
    row.withdrawn_at, row.withdrawn_because = at, reason
    session.add(row)
    session.flush()
    audit.record(session, principal, "notice.withdraw", notice_id, at, reason)
    return _kept(row)


def require(session: Session, notice_id: str) -> None:
    """Refuse a notice that there is not, or not any more.

    Raises:
        NotFound: there is none.
        Conflict: it was withdrawn.
    """
    if _one(session, notice_id).withdrawn_at is not None:
        raise Conflict(why="notice withdrawn", notice=notice_id)


def published(session: Session) -> tuple[KeptNotice, ...]:
    """Return all notices that were not withdrawn, in the order in which they were published."""
    row = PublicNoticeRow
    asked = select(row).where(col(row.withdrawn_at).is_(None)).order_by(col(row.notice_id))
    return tuple(map(_kept, session.exec(asked)))


def _one(session: Session, notice_id: str) -> PublicNoticeRow:
    row = session.get(PublicNoticeRow, notice_id, populate_existing=True)
    if row is None:
        raise NotFound(what="notice", key=notice_id)
    return row


def _require_its(principal: Principal, row: PublicNoticeRow) -> None:
    if row.organisation_id is None:
        require_role(principal, _WITHDRAW, Role.POLICE, Role.ADMINISTRATOR)
        return
    require_authority(principal, _WITHDRAW)
    if row.organisation_id != principal.organisation_id:
        raise NotAllowed(why="not for another", who=principal.username, act=_WITHDRAW)


def _require_granted(session: Session, number: str) -> None:
    """Of what is a draft, or was refused, nobody but its departments knows."""
    row = session.get(PermitRow, number)
    if row is None:
        raise NotFound(what="permit", key=number)
    if PermitState(row.state) in NEVER_GRANTED:
        raise Conflict(why="notice of no permit", number=number)


def _require_there(session: Session, about: Subject) -> None:
    match about.kind:
        case SubjectKind.NOTICE:
            _one(session, about.key)
        case SubjectKind.PERMIT:
            _require_granted(session, about.key)
        case SubjectKind.PLACE:
            known = select(ZoneRow.zone_id).where(ZoneRow.zone_id == about.key).limit(1)
            if session.exec(known).first() is None:
                raise NotFound(what="zone", key=about.key)


def _row(kept: KeptNotice) -> PublicNoticeRow:
    notice = kept.notice
    return PublicNoticeRow(
        notice_id=kept.notice_id,
        kind=notice.kind.value,
        title=notice.title,
        title_zh=notice.title_zh,
        body=notice.text,
        body_zh=notice.text_zh,
        about_kind=None if notice.about is None else notice.about.kind.value,
        about_key=None if notice.about is None else notice.about.key,
        valid_from=notice.valid_from,
        valid_to=notice.valid_to,
        organisation_id=kept.organisation_id,
        published_at=kept.published_at,
        published_by=kept.published_by,
    )


def _kept(row: PublicNoticeRow) -> KeptNotice:
    about = row.about_kind and Subject(SubjectKind(row.about_kind), row.about_key or "")
    notice = Notice(
        kind=NoticeKind(row.kind),
        title=row.title,
        title_zh=row.title_zh,
        text=row.body,
        text_zh=row.body_zh,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        about=about or None,
    )
    return KeptNotice(
        row.notice_id,
        notice,
        row.organisation_id,
        row.published_at,
        row.published_by,
        row.withdrawn_at,
        row.withdrawn_because,
    )
