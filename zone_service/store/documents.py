"""Documents: what somebody hands in about themselves, their vehicles, their people, their permits.

What a document states never changes: a mistake is withdrawn and handed in anew. Its file comes
after it and once; which file it was stays to be seen when the document has been withdrawn.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from permits.document import Covered, Document, StoredFile, faults
from permits.document_kinds import MADE_BY_AUTHORITIES, OF_MATTERS, CoveredKind, DocumentKind
from permits.issuing import legal_day
from permits.paper_words import PapersRefused
from zone_service.store import audit, matter_parties
from zone_service.store.errors import Conflict, NotFound
from zone_service.store.records import KeptDocument, Principal, Role
from zone_service.store.revisions import bump
from zone_service.store.scoping import one, page_size, require_own, require_role, scoped_rows
from zone_service.store.tables import DocumentRow, OrganisationRow, PermitRow, RegisterRow

_ON_PERMITS = frozenset({Role.REVIEWER, Role.ASSESSOR})
"""Who may hand in what is about somebody else's permit."""
_AUTHORITIES = (Role.REVIEWER, Role.POLICE)


def add(session: Session, principal: Principal, document: Document, at: datetime) -> KeptDocument:
    """Take a document in; its file follows.

    Operators hand in what is theirs; a reviewer what concerns a permit, such as its notice, and a
    third party its report on a permit that it is asked about. What authorities write about an
    organisation, such as the minutes of an interview, is theirs alone to hand in.

    Raises:
        NotFound: there is nothing of this kind and key that the principal may see.
        NotAllowed: it is not the principal's to hand in.
        PapersRefused: it states too little, or is about something else than its kind may be, or
            has run out.
    """
    owner = require_may_hand_in(session, principal, document.covers, document.kind)
    found = faults(document, legal_day(at))
    if found:
        raise PapersRefused(*found)
    document_id = f"D-{bump(session, 'documents'):07d}"
    kept = KeptDocument(document_id, owner, replace(document, file=None), at, principal.username)
    session.add(_row(kept))
    session.flush()
    subject = f"{document_id} {document.kind} {document.covers.kind}:{document.covers.key}"
    audit.record(session, principal, "document.add", subject, at)
    return kept


def require_may_hand_in(
    session: Session, principal: Principal, covers: Covered, kind: DocumentKind
) -> str:
    """Return whose a document about something would be.

    Raises:
        NotFound: there is nothing of this kind and key that the principal may see.
        NotAllowed: it is not the principal's to hand in.
    """
    if _answers_for_its_own(session, principal, covers, kind):
        return str(principal.organisation_id)
    owner = owner_of(session, principal, covers)
    if kind in MADE_BY_AUTHORITIES:
        require_role(principal, f"hand in a document of kind {kind}", *_AUTHORITIES)
    elif not (principal.role in _ON_PERMITS and covers.kind is CoveredKind.PERMIT):
        require_own(principal, "hand in a document", owner)
    return owner


def _answers_for_its_own(
    session: Session, principal: Principal, covers: Covered, kind: DocumentKind
) -> bool:
    """Tell whether it is a paper of a matter about a vehicle of who hands it in: also who has left owes it."""
    asked = kind in OF_MATTERS and covers.kind is CoveredKind.PERMIT
    own = asked and principal.role is Role.OPERATOR
    return own and matter_parties.has_open(session, principal.organisation_id, covers.key)


def owner_of(session: Session, principal: Principal, covers: Covered) -> str:
    """Return whose something is that documents are about.

    Raises:
        NotFound: there is none that the principal may see.
    """
    match covers.kind:
        case CoveredKind.ORGANISATION:
            return one(session, OrganisationRow, principal, covers.key).organisation_id
        case CoveredKind.PERMIT:
            return one(session, PermitRow, principal, covers.key).holder_id
        case _:
            entry = one(session, RegisterRow, principal, covers.key)
            if entry.kind != covers.kind:
                raise NotFound(what=covers.kind, key=covers.key)
            return entry.organisation_id


def get(session: Session, principal: Principal, document_id: str) -> KeptDocument:
    """Return one document.

    Raises:
        NotFound: there is none that the principal may see.
    """
    return _kept(one(session, DocumentRow, principal, document_id))


def page(
    session: Session,
    principal: Principal,
    *,
    covers: Covered | None = None,
    kind: DocumentKind | None = None,
    valid_on: date | None = None,
    of: str | None = None,
    after: str = "",
    limit: int = 100,
) -> tuple[KeptDocument, ...]:
    """Return documents in the order in which they came, from after one of them.

    With ``valid_on`` those alone that count on a day: with a file, valid, and not withdrawn. ``of``: an
    organisation whose they are.
    """
    key = col(DocumentRow.document_id)
    asked = scoped_rows(DocumentRow, principal).where(key > after)
    if covers is not None:
        asked = asked.where(
            DocumentRow.covers_kind == covers.kind.value, DocumentRow.covers_key == covers.key
        )
    if kind is not None:
        asked = asked.where(DocumentRow.kind == kind.value)
    if valid_on is not None:
        asked = asked.where(*counts_on(valid_on))
    if of is not None:
        asked = asked.where(DocumentRow.organisation_id == of)
    found = session.exec(asked.order_by(key).limit(page_size(limit)))
    return tuple(_kept(row) for row in found)


def require_may_file(session: Session, principal: Principal, document_id: str) -> KeptDocument:
    """Return a document whose file the principal may hand in.

    Raises:
        NotFound: there is none that the principal may see.
        NotAllowed: it may be seen but not changed.
        Conflict: it has been withdrawn.
    """
    found = get(session, principal, document_id)
    if found.created_by != principal.username:
        require_own(principal, "change a document", found.organisation_id)
    if found.withdrawn_at is not None:
        raise Conflict(why="withdrawn", document=document_id)
    return found


def put_file(
    session: Session, principal: Principal, document_id: str, file: StoredFile, at: datetime
) -> KeptDocument:
    """Give a document its file; the same file again changes nothing.

    Raises:
        NotFound, NotAllowed, Conflict: as ``require_may_file``; or it has another file.
    """
    bump(session, "documents")
    found = require_may_file(session, principal, document_id)
    if found.document.file == file:
        return found
    if found.document.file is not None:
        raise Conflict(why="has file", document=document_id, sha256=found.document.file.sha256)
    row = one(session, DocumentRow, principal, document_id)
    row.sha256, row.media_type, row.size_bytes = file.sha256, file.media_type, file.size_bytes
    session.add(row)
    session.flush()
    audit.record(session, principal, "document.file", f"{document_id} sha256:{file.sha256}", at)
    return _kept(row)


def withdraw(
    session: Session, principal: Principal, document_id: str, at: datetime
) -> KeptDocument:
    """Withdraw a document: it counts for nothing any more, and stays to be read.

    Raises:
        NotFound, NotAllowed, Conflict: as ``require_may_file``.
    """
    bump(session, "documents")
    require_may_file(session, principal, document_id)
    row = one(session, DocumentRow, principal, document_id)
    row.withdrawn_at = at
    session.add(row)
    session.flush()
    audit.record(session, principal, "document.withdraw", document_id, at)
    return _kept(row)


def kept_files(session: Session) -> Iterator[StoredFile]:
    """Yield every file that a document speaks of, once: for whoever looks whether all are there."""
    asked = select(DocumentRow.sha256, DocumentRow.media_type, DocumentRow.size_bytes).distinct()
    for sha256, media_type, size_bytes in session.exec(asked.order_by(col(DocumentRow.sha256))):
        if sha256 is not None:
            yield StoredFile(sha256, media_type or "", size_bytes or 0)


def counts_on(on: date) -> tuple[Any, ...]:
    """Return what holds of a document that counts on a day: filed, valid, and not withdrawn."""
    begins, ends = col(DocumentRow.valid_from), col(DocumentRow.valid_to)
    return (
        col(DocumentRow.sha256).is_not(None),
        col(DocumentRow.withdrawn_at).is_(None),
        begins.is_(None) | (begins <= on),
        ends.is_(None) | (ends >= on),
    )


def _row(kept: KeptDocument) -> DocumentRow:
    document = kept.document
    return DocumentRow(
        document_id=kept.document_id,
        organisation_id=kept.organisation_id,
        kind=document.kind.value,
        covers_kind=document.covers.kind.value,
        covers_key=document.covers.key,
        serial=document.number,
        issued_by=document.issued_by,
        valid_from=document.valid_from,
        valid_to=document.valid_to,
        amount_cny=document.amount_cny,
        training_h=document.training_h,
        remote_h=document.remote_h,
        grade=document.grade,
        clean_cycles=document.clean_cycles,
        clean_years=document.clean_years,
        experience_h=document.experience_h,
        item_experience_h=document.item_experience_h,
        created_at=kept.created_at,
        created_by=kept.created_by,
    )


def document_of(row: DocumentRow) -> Document:
    """Return what a row states."""
    file = row.sha256 and StoredFile(row.sha256, row.media_type or "", row.size_bytes or 0)
    return Document(
        kind=DocumentKind(row.kind),
        covers=Covered(CoveredKind(row.covers_kind), row.covers_key),
        number=row.serial,
        issued_by=row.issued_by,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        amount_cny=row.amount_cny,
        training_h=row.training_h,
        remote_h=row.remote_h,
        grade=row.grade,
        clean_cycles=row.clean_cycles,
        clean_years=row.clean_years,
        experience_h=row.experience_h,
        item_experience_h=row.item_experience_h,
        file=file or None,
    )


def _kept(row: DocumentRow) -> KeptDocument:
    return KeptDocument(
        row.document_id,
        row.organisation_id,
        document_of(row),
        row.created_at,
        row.created_by,
        row.withdrawn_at,
    )
