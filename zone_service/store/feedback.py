"""What the public says: taken from anybody, seen and answered by departments, and never shown to others.

Of who sent it nothing is kept but the contact that was given, and that until the answer alone; what was said
is forgotten a year after the answer, or after it came. Who has the receipt of it reads the answer; without it
nobody can.
"""

from datetime import datetime, timedelta

from sqlmodel import Session, col, func, or_, select, update

from permits.issuing import legal_day
from permits.public_notice import Subject, SubjectKind
from zone_service.store import audit, feedback_limits, notices
from zone_service.store.engine import Store
from zone_service.store.errors import Conflict, NotFound
from zone_service.store.records import PLATFORM, Feedback, KeptFeedback, Principal
from zone_service.store.revisions import bump
from zone_service.store.scoping import page_size, require_authority
from zone_service.store.secret import fingerprint, new_secret
from zone_service.store.tables import FeedbackRow

KEPT = timedelta(days=365)
"""What was said, and a contact that nobody has used: long enough for a slow answer and its reader."""


def give(session: Session, given: Feedback, address: str, at: datetime) -> tuple[KeptFeedback, str]:
    """Take in what somebody says, and return it with its receipt, which is shown once.

    That there is what it is about, and that everybody may read of it, is its caller's to know.

    Raises:
        TooManyAttempts: so much has come of this address, or of all.
    """
    # First of all: those that come at once must see each other.
    count, receipt = bump(session, "feedback"), new_secret()
    feedback_limits.count(session, address, at)
    kept = KeptFeedback(f"FB-{legal_day(at).year}-{count:06d}", given, at)
    session.add(
        FeedbackRow(
            feedback_id=kept.feedback_id,
            receipt_hash=fingerprint(receipt),
            about_kind=given.about.kind.value,
            about_key=given.about.key,
            said=given.text,
            contact=given.contact,
            at=at,
        )
    )
    session.flush()
    # Neither what was said nor how to reach who said it: the audit is kept for good.
    subject = f"{kept.feedback_id} {given.about.kind}:{given.about.key}"
    audit.record(session, PLATFORM, "feedback.give", subject, at)
    return kept, receipt


def of_receipt(session: Session, receipt: str) -> KeptFeedback:
    """Return what somebody said, and the answer, to who has its receipt.

    Raises:
        NotFound: it is the receipt of nothing.
    """
    asked = select(FeedbackRow).where(FeedbackRow.receipt_hash == fingerprint(receipt))
    row = session.exec(asked).one_or_none()
    if row is None:
        raise NotFound(what="receipt", key="…")
    return _kept(row)


def page(
    session: Session,
    principal: Principal,
    *,
    is_answered: bool | None = None,
    after: str = "",
    limit: int = 100,
) -> tuple[KeptFeedback, ...]:
    """Return what was said, in the order in which it came, from after one of them.

    Raises:
        NotAllowed: the principal is of no authority.
    """
    require_authority(principal, "read what the public says")
    key = col(FeedbackRow.feedback_id)
    asked = select(FeedbackRow).where(key > after)
    if is_answered is not None:
        answered = col(FeedbackRow.answered_at)
        asked = asked.where(answered.is_not(None) if is_answered else answered.is_(None))
    return tuple(map(_kept, session.exec(asked.order_by(key).limit(page_size(limit)))))


def answer(
    session: Session,
    principal: Principal,
    feedback_id: str,
    said: str,
    at: datetime,
    notice_id: str | None = None,
) -> KeptFeedback:
    """Answer what somebody said; the contact is returned with it for the last time, and is gone then.

    ``notice_id``: the notice by which the answer is published.

    Raises:
        NotAllowed: the principal is of no authority.
        NotFound: there is nothing of this id, or no such notice.
        Conflict: it was answered before, or forgotten, or the notice was withdrawn.
    """
    require_authority(principal, "answer what the public says")
    bump(session, "feedback")
    row = session.get(FeedbackRow, feedback_id, populate_existing=True)
    if row is None:
        raise NotFound(what="feedback", key=feedback_id)
    if row.answered_at is not None:
        raise Conflict(why="feedback answered", feedback=feedback_id)
    if row.said is None:
        raise Conflict(why="feedback forgotten", feedback=feedback_id)
    if notice_id is not None:
        notices.require(session, notice_id)
    row.answer, row.answered_at, row.answered_by = said, at, principal.username
    row.organisation_id, row.notice_id = principal.organisation_id, notice_id
    kept = _kept(row)
    row.contact = None
    session.add(row)
    session.flush()
    audit.record(session, principal, "feedback.answer", feedback_id, at)
    return kept


def forget(store: Store, at: datetime) -> int:
    """Remove what was said so long ago with its contact, and by what it was counted; return of how many."""
    last = func.coalesce(col(FeedbackRow.answered_at), col(FeedbackRow.at))
    kept = or_(col(FeedbackRow.said).is_not(None), col(FeedbackRow.contact).is_not(None))
    with store.write() as session:
        feedback_limits.forget(session, at)
        over = update(FeedbackRow).where(kept, last <= at - KEPT)
        return session.exec(over.values(said=None, contact=None)).rowcount


def _kept(row: FeedbackRow) -> KeptFeedback:
    about = Subject(SubjectKind(row.about_kind), row.about_key)
    return KeptFeedback(
        row.feedback_id,
        Feedback(about, row.said, row.contact),
        row.at,
        row.answer,
        row.answered_at,
        row.answered_by,
        row.organisation_id,
        row.notice_id,
    )
