"""Reports of operators: filed when their period is over, corrected by another edition, never changed."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime

from sqlalchemy import tuple_
from sqlmodel import Session, col, func, select, update

from permits.deadlines import Case
from permits.document_kinds import CoveredKind
from permits.issuing import Ruling, legal_day
from permits.paper_words import Fault, PapersRefused, fault
from permits.report_periods import Period
from permits.subject_reports import (
    Owed,
    ReportOf,
    ReportPart,
    SubjectReport,
    SubjectReportKind,
    faults,
    owed,
)
from zone_service.store import audit
from zone_service.store.errors import InvalidValue
from zone_service.store.permit_taking import case_of, due_values
from zone_service.store.records import FiledReport, Principal
from zone_service.store.revisions import bump
from zone_service.store.scoping import one, require_own
from zone_service.store.tables import DocumentRow, PermitRow, SubjectReportRow


def file(
    session: Session,
    principal: Principal,
    number: str,
    report: SubjectReport,
    at: datetime,
    *,
    under: Ruling,
    stage: int | None = None,
) -> FiledReport:
    """File a report: the first of its kind that is owed, or a stage by its number, once more to correct it.

    However late it comes it is taken. What it owed is owed no more, and its deadline is gone.

    Raises:
        NotFound: there is no permit that the principal may see.
        NotAllowed: it may be seen but is not the principal's to report on.
        PapersRefused: all that is wrong with it: parts that are missing, a period that goes on.
    """
    # The count that every step moves first: a report is not filed between a look and a step.
    bump(session, "permits")
    row = one(session, PermitRow, principal, number)
    require_own(principal, "report on a permit", row.holder_id)
    case = case_of(session, number, under)
    which = _which(case, report.kind, stage)
    found = (*faults(report, which, legal_day(at)), *_documents(session, number, report))
    if found or which is None:
        raise PapersRefused(*found)
    filed = FiledReport(
        number=number,
        which=which.which,
        edition=_edition(session, number, which.which),
        period=which.period,
        report=report,
        filed_at=at,
        filed_by=principal.username,
    )
    session.add(_row(filed, under.of(case.permit)))
    session.flush()
    _count_anew(session, number, under)
    subject = f"{number} {which.which.kind} {which.which.stage or ''}".rstrip()
    audit.record(session, principal, "report.file", subject, at)
    return filed


def owed_of(case: Case) -> tuple[Owed, ...]:
    """Return the reports of a permit that are owed, those too whose period still goes on."""
    if case.reporting is None:
        return ()
    return tuple(owed(case.permit, case.changes, case.reporting, case.filed))


def of_permit(
    session: Session, principal: Principal, number: str, after: str = "", limit: int | None = None
) -> tuple[FiledReport, ...]:
    """Return the reports that were filed on a permit, each with all its editions, in order.

    ``after``: those behind one of them, by ``place_of``; without a limit all of them.

    Raises:
        NotFound: there is no permit that the principal may see.
        InvalidValue: ``after`` is no place of a report.
    """
    one(session, PermitRow, principal, number)
    row = SubjectReportRow
    order = tuple_(*map(col, (row.ends, row.filed_at, row.kind, row.stage, row.edition)))
    asked = select(row).where(row.number == number)
    if after:
        asked = asked.where(order > _place(after))
    return tuple(map(_filed, session.exec(asked.order_by(*order.clauses).limit(limit))))


def place_of(filed: FiledReport) -> str:
    """Return where a report stands among those of its permit."""
    which = filed.which
    at = filed.filed_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return f"{filed.period.ends}/{at}/{which.kind}/{which.stage}/{filed.edition}"


def _place(after: str) -> tuple[date, datetime, str, int, int]:
    try:
        ends, at, kind, stage, edition = after.split("/")
        return (
            date.fromisoformat(ends),
            datetime.fromisoformat(at),
            kind,
            int(stage),
            int(edition),
        )
    except ValueError:
        raise InvalidValue(why="no such page", found=after) from None


def _which(case: Case, kind: SubjectReportKind, stage: int | None) -> Owed | None:
    if case.reporting is None:
        return None
    wanted = ReportOf(kind, stage or 0)
    again = case.filed - {wanted} if stage or kind is SubjectReportKind.FINAL else case.filed
    found = owed(case.permit, case.changes, case.reporting, again)
    return next(
        (each for each in found if each.which.kind is kind and stage in (None, each.which.stage)),
        None,
    )


def _documents(session: Session, number: str, report: SubjectReport) -> Iterator[Fault]:
    for document_id in report.document_ids:
        row = session.get(DocumentRow, document_id)
        is_its = (
            row is not None
            and (row.covers_kind, row.covers_key) == (CoveredKind.PERMIT.value, number)
            and row.sha256 is not None
            and row.withdrawn_at is None
        )
        if not is_its:
            yield fault("document_ids", document_id, "document of permit")


def _edition(session: Session, number: str, which: ReportOf) -> int:
    row = SubjectReportRow
    asked = select(func.max(row.edition)).where(
        row.number == number, row.kind == which.kind.value, row.stage == which.stage
    )
    return (session.exec(asked).one() or 0) + 1


def _count_anew(session: Session, number: str, under: Ruling) -> None:
    """Write until when something is due of the permit now that this is not."""
    session.exec(
        update(PermitRow)
        .where(col(PermitRow.number) == number)
        .values(**due_values(case_of(session, number, under), under))
        .execution_options(synchronize_session=False)
    )
    # The row that this session has read is old now.
    session.expire_all()


def _row(filed: FiledReport, under: Ruling) -> SubjectReportRow:
    report = filed.report
    return SubjectReportRow(
        number=filed.number,
        kind=filed.which.kind.value,
        stage=filed.which.stage,
        edition=filed.edition,
        begins=filed.period.begins,
        ends=filed.period.ends,
        said=json.dumps(dict(report.said), ensure_ascii=False),
        automated_km=report.automated_km,
        automated_h=report.automated_h,
        takeovers=report.takeovers,
        document_ids=json.dumps(list(report.document_ids)),
        rules=under.label,
        filed_at=filed.filed_at,
        filed_by=filed.filed_by,
    )


def _filed(row: SubjectReportRow) -> FiledReport:
    kind = SubjectReportKind(row.kind)
    return FiledReport(
        number=row.number,
        which=ReportOf(kind, row.stage),
        edition=row.edition,
        period=Period(row.begins, row.ends),
        report=SubjectReport(
            kind=kind,
            said={ReportPart(part): said for part, said in json.loads(row.said).items()},
            automated_km=row.automated_km,
            automated_h=row.automated_h,
            takeovers=row.takeovers,
            document_ids=tuple(json.loads(row.document_ids)),
        ),
        filed_at=row.filed_at,
        filed_by=row.filed_by,
    )
