"""Which reports operators have filed on their permits: what their deadlines are counted with."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import bindparam, select
from sqlmodel import Session

from permits.subject_reports import ReportOf, SubjectReportKind
from zone_service.store.tables import SubjectReportRow, table

_REPORTS = table(SubjectReportRow)
_OF_SOME = select(_REPORTS.c.number, _REPORTS.c.kind, _REPORTS.c.stage).where(
    _REPORTS.c.number.in_(bindparam("numbers", expanding=True))
)
"""Made once: every step of a permit begins with it."""


def of_permits(session: Session, numbers: Sequence[str]) -> dict[str, frozenset[ReportOf]]:
    """Return the reports that were filed on each of some permits; those without one are left out."""
    found: defaultdict[str, set[ReportOf]] = defaultdict(set)
    session.flush()
    for number, kind, stage in session.connection().execute(_OF_SOME, {"numbers": numbers}):
        found[number].add(ReportOf(SubjectReportKind(kind), stage))
    return {number: frozenset(each) for number, each in found.items()}
