"""What departments have attested: that somebody has examined a document, and whether it shows what must hold.

An attestation stands on a document as it was, by the hash of its file. It counts as long as that document
does: what is withdrawn or has run out attests nothing any more.
"""

from datetime import datetime

from sqlmodel import Session, col, select

from permits.document import Covered
from permits.document_kinds import CoveredKind
from permits.issuing import legal_day
from permits.paper_words import Fault, PapersRefused, fault
from permits.permit import Permit
from permits.precondition_codes import PreconditionCode
from permits.precondition_facts import Attestation
from zone_service.store import audit
from zone_service.store.records import PLATFORM, KeptDocument, Principal
from zone_service.store.tables import AttestationRow, DocumentRow

_MOST = 2000


def that_count(session: Session, number: str, at: datetime) -> tuple[Attestation, ...]:
    """Return the attestations on a permit whose documents count today, the latest last."""
    ends = col(DocumentRow.valid_to)
    asked = (
        select(AttestationRow, DocumentRow)
        .join(DocumentRow, col(DocumentRow.document_id) == col(AttestationRow.document_id))
        .where(
            AttestationRow.number == number,
            col(DocumentRow.sha256) == col(AttestationRow.sha256),
            col(DocumentRow.withdrawn_at).is_(None),
            ends.is_(None) | (ends >= legal_day(at)),
        )
        .order_by(col(AttestationRow.attestation_id))
    )
    return tuple(_attestation(row, document) for row, document in session.exec(asked))


def write(
    session: Session,
    principal: Principal,
    permit: Permit,
    code: PreconditionCode,
    document: DocumentRow,
    at: datetime,
    *,
    met: bool,
    note: str = "",
) -> None:
    """Write an attestation down, with the act in the audit; who may is the caller's to ask."""
    sha256 = str(document.sha256)
    session.add(
        AttestationRow(
            number=permit.number,
            code=code.value,
            document_id=document.document_id,
            sha256=sha256,
            met=met,
            note=note,
            by=principal.username,
            organisation_id=principal.organisation_id,
            at=at,
        )
    )
    session.flush()
    said = f"{code}: {'met' if met else 'not met'} by {document.document_id} sha256:{sha256}"
    reason = f"{said}: {note}" if note else said
    audit.record(session, principal, "precondition.attest", permit.number, at, reason[:_MOST])


def write_sample(
    session: Session, permit: Permit, code: PreconditionCode, document: KeptDocument, at: datetime
) -> None:
    """Attest by a sample, as the platform and marked as one: to try things out, never in production."""
    row = session.get_one(DocumentRow, document.document_id)
    write(session, PLATFORM, permit, code, row, at, met=True, note="SAMPLE")


def require_evidence(
    document: DocumentRow, kinds: tuple[str, ...], about: frozenset[Covered], at: datetime
) -> None:
    """Refuse a document by which a precondition cannot be attested.

    Raises:
        PapersRefused: all that is wrong with it: its kind, what it is about, that it has run out.
    """
    found: list[Fault] = []
    if document.kind not in kinds:
        found.append(fault("document_id", document.kind, "attests", choice=", ".join(kinds)))
    covers = Covered(CoveredKind(document.covers_kind), document.covers_key)
    if covers not in about or document.sha256 is None or document.withdrawn_at is not None:
        found.append(fault("document_id", document.document_id, "of application"))
    if document.valid_to is not None and document.valid_to < legal_day(at):
        found.append(fault("document_id", document.valid_to, "expired", day=legal_day(at)))
    if found:
        raise PapersRefused(*found)


def _attestation(row: AttestationRow, document: DocumentRow) -> Attestation:
    return Attestation(
        attestation_id=row.attestation_id or 0,
        code=PreconditionCode(row.code),
        covers=Covered(CoveredKind(document.covers_kind), document.covers_key),
        document_id=row.document_id,
        sha256=row.sha256,
        met=row.met,
        by=row.by,
        organisation_id=row.organisation_id,
        at=row.at,
        note=row.note,
    )
