"""Reports of the authority: each is kept with its files, their hashes and what it was made by."""

from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, func, or_, select

from permits.report_figures import Figures
from permits.report_periods import Period, ReportKind
from zone_service.store import audit
from zone_service.store.errors import Conflict, NotFound
from zone_service.store.records import KeptReport, Principal, Role
from zone_service.store.revisions import bump
from zone_service.store.scoping import page_size, require_role
from zone_service.store.tables import AuthorityReportRow

MAKERS = (Role.REVIEWER, Role.ADMINISTRATOR)
"""Who reports for the authority."""
READERS = (Role.REVIEWER, Role.POLICE, Role.ADMINISTRATOR)


def require_maker(principal: Principal) -> None:
    """Refuse to make a report for who is not of the authority.

    Raises:
        NotAllowed: says who may.
    """
    require_role(principal, "make a report of the authority", *MAKERS)


def next_edition(session: Session, kind: ReportKind, name: str) -> int:
    """Return the number of the next edition of a report."""
    asked = select(func.max(AuthorityReportRow.edition)).where(
        AuthorityReportRow.kind == kind.value, AuthorityReportRow.name == name
    )
    return (session.exec(asked).one() or 0) + 1


def keep(
    session: Session, principal: Principal, report: KeptReport, pdf: bytes, xlsx: bytes
) -> KeptReport:
    """Keep a report; of two that are made at once the second must be made anew.

    Raises:
        NotAllowed: the principal is not of the authority.
        Conflict: the edition is there already.
    """
    require_maker(principal)
    bump(session, "documents")
    require_free(session, report)
    session.add(
        AuthorityReportRow(
            kind=report.kind.value,
            name=report.name,
            edition=report.edition,
            begins=report.period.begins,
            ends=report.period.ends,
            as_of=report.as_of,
            rules=report.rules,
            made_at=report.made_at,
            made_by=report.made_by,
            content=msgspec.json.encode(report.figures).decode(),
            pdf=pdf,
            xlsx=xlsx,
            pdf_sha256=report.pdf_sha256,
            xlsx_sha256=report.xlsx_sha256,
        )
    )
    session.flush()
    audit.record(session, principal, "report.make", report.report_id, report.made_at)
    return report


def require_free(session: Session, report: KeptReport) -> None:
    """Refuse an edition that somebody else has made meanwhile.

    Raises:
        Conflict: it is there.
    """
    if session.get(AuthorityReportRow, _key(report)) is not None:
        raise Conflict(why="report made", report=report.report_id)


def get(session: Session, principal: Principal | None, report_id: str) -> KeptReport:
    """Return one report; ``None`` asks as everybody, who may read what is for the public.

    Raises:
        NotFound: there is none that may be read.
    """
    return _report(_row(session, principal, report_id))


def file(
    session: Session, principal: Principal | None, report_id: str, ending: str
) -> tuple[KeptReport, bytes]:
    """Return a report with its file, ``pdf`` or ``xlsx``.

    Raises:
        NotFound: there is none that may be read.
    """
    row = _row(session, principal, report_id)
    return _report(row), row.pdf if ending == "pdf" else row.xlsx


def page(
    session: Session,
    principal: Principal | None,
    *,
    kind: ReportKind | None = None,
    after: str = "",
    limit: int = 100,
) -> tuple[KeptReport, ...]:
    """Return reports in the order of their ids, from after one of them."""
    asked = select(AuthorityReportRow)
    if kind is not None:
        asked = asked.where(AuthorityReportRow.kind == kind.value)
    if not _reads_all(principal):
        asked = asked.where(AuthorityReportRow.kind == ReportKind.ANNUAL.value)
    if after:
        asked = asked.where(_behind(*_parts(after)))
    order = map(col, (AuthorityReportRow.kind, AuthorityReportRow.name, AuthorityReportRow.edition))
    found = session.exec(asked.order_by(*order).limit(page_size(limit)))
    return tuple(map(_report, found))


def _behind(kind: str, name: str, edition: int) -> ColumnElement[bool]:
    row = AuthorityReportRow
    same_kind, same_name = col(row.kind) == kind, col(row.name) == name
    return or_(
        col(row.kind) > kind,
        and_(same_kind, col(row.name) > name),
        and_(same_kind, same_name, col(row.edition) > edition),
    )


def _reads_all(principal: Principal | None) -> bool:
    return principal is not None and principal.role in READERS


def _row(session: Session, principal: Principal | None, report_id: str) -> AuthorityReportRow:
    row = session.get(AuthorityReportRow, _parts(report_id))
    is_public = row is not None and row.kind == ReportKind.ANNUAL.value
    if row is None or not (is_public or _reads_all(principal)):
        raise NotFound(what="report", key=report_id)
    return row


def _parts(report_id: str) -> tuple[str, str, int]:
    """Return kind, name and edition of an id; of what is none, those of no report."""
    for kind in ReportKind:
        start = f"{kind.lower().replace('_', '-')}-"
        if report_id.startswith(start):
            name, _, edition = report_id.removeprefix(start).rpartition("-")
            is_number = edition.isascii() and edition.isdigit() and len(edition) < 10
            return kind.value, name, int(edition) if is_number else 0
    return "", "", 0


def _key(report: KeptReport) -> tuple[str, str, int]:
    return report.kind.value, report.name, report.edition


def _report(row: AuthorityReportRow) -> KeptReport:
    return KeptReport(
        kind=ReportKind(row.kind),
        name=row.name,
        edition=row.edition,
        period=Period(row.begins, row.ends),
        as_of=row.as_of,
        rules=row.rules,
        made_at=row.made_at,
        made_by=row.made_by,
        figures=msgspec.json.decode(row.content, type=Figures),
        pdf_sha256=row.pdf_sha256,
        xlsx_sha256=row.xlsx_sha256,
    )


def made_since(session: Session, kind: ReportKind, name: str) -> datetime | None:
    """Return when a report was first made; ``None`` where it was not."""
    asked = select(func.min(AuthorityReportRow.made_at)).where(
        AuthorityReportRow.kind == kind.value, AuthorityReportRow.name == name
    )
    return session.exec(asked).one()
