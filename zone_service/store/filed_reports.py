"""Which reports operators have filed on their permits: what their deadlines are counted with."""

from collections import defaultdict
from collections.abc import Sequence

from sqlmodel import Session, col, select

from permits.subject_reports import ReportOf, SubjectReportKind
from zone_service.store.tables import SubjectReportRow


def of_permits(session: Session, numbers: Sequence[str]) -> dict[str, frozenset[ReportOf]]:
    """Return the reports that were filed on each of some permits; those without one are left out."""
    found: defaultdict[str, set[ReportOf]] = defaultdict(set)
    row = SubjectReportRow
    asked = select(row.number, row.kind, row.stage).where(col(row.number).in_(numbers))
    for number, kind, stage in session.exec(asked):
        found[number].add(ReportOf(SubjectReportKind(kind), stage))
    return {number: frozenset(each) for number, each in found.items()}
