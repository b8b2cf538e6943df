"""Reports of operators on a store of each kind: filed, corrected, overdue, and counted by the authority."""

from dataclasses import replace
from datetime import date

import pytest

from permits.paper_words import PapersRefused
from permits.permit import Permit
from permits.permit import PermitAction as A
from permits.report_periods import Period
from permits.subject_reports import PARTS, ReportOf, SubjectReport, SubjectReportKind
from tests.permits.lives import local
from tests.store.city import KITE, POLICE, REVIEWER, SWIFT
from tests.store.stepping import RULED, do, issued
from zone_service.store import permits, report_facts, subject_reports
from zone_service.store.engine import Store
from zone_service.store.errors import NotAllowed, NotFound
from zone_service.store.records import PLATFORM, FiledReport, PermitFilter, Principal

STAGE, FINAL = SubjectReportKind.STAGE, SubjectReportKind.FINAL
SAID = dict.fromkeys(PARTS[STAGE], "二百次，无事故")
WHOLE = SubjectReport(STAGE, SAID, automated_km=1200.5, takeovers=3)
LAST = SubjectReport(FINAL, dict.fromkeys(PARTS[FINAL], "all done"), automated_km=10.0)


def active(store: Store) -> Permit:
    """A road test in force from 1 July 2026 to 1 January 2027."""
    return do(store, PLATFORM, issued(store), A.ACTIVATE, "2026-07-01 00:00")


def file(
    store: Store,
    permit: Permit,
    report: SubjectReport,
    at: str,
    who: Principal = SWIFT,
    stage: int | None = None,
) -> FiledReport:
    with store.write() as session:
        return subject_reports.file(
            session, who, permit.number, report, local(at), under=RULED, stage=stage
        )


def overdue(store: Store, at: str) -> list[str]:
    with store.read() as session:
        found = permits.page(session, REVIEWER, wanted=PermitFilter(overdue_at=local(at)))
    return [each.number for each in found]


@pytest.mark.requirement("D4f-1", "D4f-6")
def test_a_stage_is_overdue_until_it_is_filed_and_then_the_next_is_waited_for(store: Store) -> None:
    permit = active(store)
    permit = do(store, PLATFORM, permit, A.EXPIRE, "2027-01-01 00:00")
    # 31 January 2027 is a Sunday: the next day is in time.
    assert overdue(store, "2027-02-01 23:59") == []
    assert overdue(store, "2027-02-02 00:01") == [permit.number]
    filed = file(store, permit, WHOLE, "2027-02-03 10:00")
    assert (filed.which, filed.edition) == (ReportOf(STAGE, 1), 1)
    assert filed.period == Period(date(2026, 7, 1), date(2027, 1, 1))
    assert overdue(store, "2027-02-04 10:00") == [permit.number]  # the final one still
    assert file(store, permit, LAST, "2027-02-04 10:00").which == ReportOf(FINAL)
    assert overdue(store, "2030-01-01 00:00") == []
    with store.read() as session:
        found = subject_reports.of_permit(session, REVIEWER, permit.number)
    assert [each.which.kind for each in found] == [STAGE, FINAL]
    assert found[0].report == WHOLE


@pytest.mark.requirement("D4f-1")
def test_a_correction_is_another_edition_and_nothing_is_lost(store: Store) -> None:
    permit = active(store)
    file(store, permit, WHOLE, "2027-01-05 10:00")
    with pytest.raises(PapersRefused, match="whose period is over"):
        file(store, permit, WHOLE, "2027-01-06 10:00")  # that would be the second stage
    again = file(store, permit, replace(WHOLE, automated_km=1300.0), "2027-01-06 10:00", stage=1)
    assert (again.which, again.edition) == (ReportOf(STAGE, 1), 2)
    with pytest.raises(PapersRefused, match="that this permit owes"):
        file(store, permit, LAST, "2027-01-06 10:00")
    with store.read() as session:
        found = subject_reports.of_permit(session, SWIFT, permit.number)
    assert [each.report.automated_km for each in found] == [1200.5, 1300.0]


@pytest.mark.requirement("D4f-1")
def test_who_reports_on_anothers_permit_or_without_its_papers_is_refused(store: Store) -> None:
    permit = active(store)
    with pytest.raises(NotFound):
        file(store, permit, WHOLE, "2027-01-05 10:00", KITE)
    with pytest.raises(NotAllowed):
        file(store, permit, WHOLE, "2027-01-05 10:00", POLICE)
    bad = SubjectReport(STAGE, {}, document_ids=("none",))
    with pytest.raises(PapersRefused) as refused:
        file(store, permit, bad, "2026-12-31 23:59")
    assert [each.path for each in refused.value.faults] == [
        "said.activity", "said.safety", "said.plan", "kind", "document_ids",
    ]  # fmt: skip


@pytest.mark.requirement("D4f-14")
def test_the_authority_counts_what_was_reported_of_stages_that_ended_in_its_period(
    store: Store,
) -> None:
    permit = active(store)
    file(store, permit, WHOLE, "2027-01-05 10:00")
    file(store, permit, replace(WHOLE, automated_km=1300.0), "2027-01-07 10:00", stage=1)
    year, later = Period(date(2026, 1, 1), date(2027, 1, 1)), Period(date(2027, 1, 1), date(2028, 1, 1))  # fmt: skip

    def told(period: Period, at: str) -> list[tuple[float | None, float | None, int | None]]:
        with store.read() as session:
            facts = report_facts.facts(session, period, local(at), lambda _: "")
        return [(each.automated_km, each.automated_h, each.takeovers) for each in facts.driven]

    assert told(year, "2027-01-04 10:00") == []
    assert told(year, "2027-01-06 10:00") == [(1200.5, None, 3)]
    assert told(year, "2027-01-08 10:00") == [(1300.0, None, 3)]
    assert told(later, "2027-01-08 10:00") == []
