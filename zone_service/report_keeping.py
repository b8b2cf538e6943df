"""Reports from the command line: looked at by anybody, made by somebody named."""

from contextlib import closing

from permits.report_periods import ReportKind
from zone_service.acting import Named, acting
from zone_service.clock import now
from zone_service.provision import opened
from zone_service.public_lists import PublicLists, lists_of
from zone_service.report_making import Remade, awaited, make, remake
from zone_service.rule_library import RuleLibrary
from zone_service.schemas.reports import ReportDue
from zone_service.schemas.subject_reports import (
    FiledReportShown,
    OwedShown,
    ReportsOfPermit,
)
from zone_service.settings import Settings
from zone_service.store import authority_reports, permits, subject_reports
from zone_service.store.records import PLATFORM, KeptReport
from zone_service.store.scoping import MAX_PAGE


def public_lists(settings: Settings) -> PublicLists:
    """Return what everybody may read: the opened places, and the permits in force."""
    with closing(opened(settings)) as store:
        return lists_of(store)


def reports_there(settings: Settings, kind: ReportKind | None) -> list[KeptReport]:
    """Return every report of the authority, of one kind or of all."""
    found: list[KeptReport] = []
    with closing(opened(settings)) as store, store.read() as session:
        while part := authority_reports.page(
            session,
            PLATFORM,
            kind=kind,
            after=found[-1].report_id if found else "",
            limit=MAX_PAGE,
        ):
            found += part
    return found


def made(settings: Settings, who: Named, kind: ReportKind, name: str) -> KeptReport:
    """Make a report from the figures of the store.

    Raises:
        ReportRefused: there is no such report, or not yet.
    """
    with acting(settings, who) as (store, principal):
        return make(store, RuleLibrary(settings), principal, kind, name, now())


def report_file(settings: Settings, report_id: str, ending: str) -> tuple[KeptReport, bytes]:
    """Return a report with its file, ``pdf`` or ``xlsx``.

    Raises:
        NotFound: there is none.
    """
    with closing(opened(settings)) as store, store.read() as session:
        return authority_reports.file(session, PLATFORM, report_id, ending)


def checked(settings: Settings, report_id: str) -> Remade:
    """Make a kept report again and compare.

    Raises:
        NotFound: there is none.
    """
    with closing(opened(settings)) as store:
        return remake(store, RuleLibrary(settings), PLATFORM, report_id)


def due_now(settings: Settings) -> list[ReportDue]:
    """Return the latest report of each kind that can be made, and whether it was."""
    at = now()
    with closing(opened(settings)) as store:
        return [ReportDue.of(each, at) for each in awaited(store, RuleLibrary(settings), at)]


def reports_of(settings: Settings, number: str) -> ReportsOfPermit:
    """Return what was reported on a permit, and what is owed.

    Raises:
        NotFound: there is no such permit.
    """
    with closing(opened(settings)) as store, store.read() as session:
        case = permits.case(session, PLATFORM, number, RuleLibrary(settings).ruling(session))
        filed = subject_reports.of_permit(session, PLATFORM, number)
    return ReportsOfPermit(
        owed=[OwedShown.of(each) for each in subject_reports.owed_of(case)],
        filed=[FiledReportShown.of(each) for each in filed],
    )
