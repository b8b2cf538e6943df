"""Reports of the authority: to the ministries and to the public."""

from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

from fastapi import Depends, Path, Query, Response

from permits.report_periods import ReportKind
from zone_service.auth import PUBLIC, Anybody, Asker
from zone_service.clock import now
from zone_service.problems import errors
from zone_service.report_making import awaited, make, remake
from zone_service.routes.paging import NO_PAGES, After, Limit, following
from zone_service.routes.submitting import Router
from zone_service.schemas.fields import Page
from zone_service.schemas.reports import (
    ReportChecked,
    ReportDue,
    ReportGiven,
    ReportShown,
    ReportWithFigures,
)
from zone_service.services import Services, services_of
from zone_service.store import authority_reports
from zone_service.store.records import Principal

router = Router(prefix="/api", tags=["reports"])
Served = Annotated[Services, Depends(services_of)]
Key = Annotated[str, Path(max_length=64, examples=["half-yearly-2026-12-1"])]
Format = Annotated[Literal["pdf", "xlsx"], Query(alias="format")]

MEDIA: Final = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FILES: Final[dict[int | str, dict[str, Any]]] = {
    HTTPStatus.OK.value: {"content": {each: {} for each in MEDIA.values()}}
}
REFUSED = errors(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
FOUND = REFUSED | errors(HTTPStatus.NOT_FOUND)


@router.get("/reports", responses=REFUSED)
def list_reports(
    principal: Anybody,
    services: Served,
    kind: ReportKind | None = None,
    after: After = "",
    limit: Limit = 100,
) -> Page[ReportShown]:
    """Return the reports of the authority; operators see those to the public."""
    return _page(services, principal, kind, after, limit)


@router.post(
    "/reports",
    status_code=HTTPStatus.CREATED,
    responses=REFUSED | errors(HTTPStatus.CONFLICT),
)
def make_report(given: ReportGiven, principal: Asker, services: Served) -> ReportWithFigures:
    """Make a report from the figures of the store; again makes the next edition."""
    made = make(services.store, services.rules, principal, given.kind, given.name, now())
    return ReportWithFigures.with_figures(made)


@router.get("/reports/due", responses=REFUSED, openapi_extra={NO_PAGES: "one of each kind"})
def list_due(_: Anybody, services: Served) -> list[ReportDue]:
    """Return the latest report of each kind that can be made, whether it was, and by when it must be."""
    at = now()
    return [ReportDue.of(each, at) for each in awaited(services.store, services.rules, at)]


@router.get("/reports/{report_id}", responses=FOUND)
def get_report(report_id: Key, principal: Anybody, services: Served) -> ReportWithFigures:
    """Return one report with its figures."""
    with services.store.read() as session:
        return ReportWithFigures.with_figures(authority_reports.get(session, principal, report_id))


@router.get("/reports/{report_id}/file", responses=FOUND | FILES, response_class=Response)
def get_report_file(
    report_id: Key, principal: Anybody, services: Served, ending: Format = "pdf"
) -> Response:
    """Return a report as a file: always the bytes that were made first."""
    return _file(services, principal, report_id, ending)


@router.get("/reports/{report_id}/check", responses=FOUND)
def check_report(report_id: Key, principal: Asker, services: Served) -> ReportChecked:
    """Make a report again from the store, as it was known at its moment, and compare."""
    return ReportChecked.of(remake(services.store, services.rules, principal, report_id))


@router.get("/public/reports", dependencies=[Depends(PUBLIC)])
def list_public_reports(
    services: Served, after: After = "", limit: Limit = 100
) -> Page[ReportShown]:
    """Return the annual reports, which everybody may read."""
    return _page(services, None, ReportKind.ANNUAL, after, limit)


@router.get(
    "/public/reports/{report_id}/file",
    dependencies=[Depends(PUBLIC)],
    responses=errors(HTTPStatus.NOT_FOUND) | FILES,
    response_class=Response,
)
def get_public_report_file(report_id: Key, services: Served, ending: Format = "pdf") -> Response:
    """Return an annual report as a file."""
    return _file(services, None, report_id, ending)


def _page(
    services: Services, principal: Principal | None, kind: ReportKind | None, after: str, limit: int
) -> Page[ReportShown]:
    with services.store.read() as session:
        found = authority_reports.page(session, principal, kind=kind, after=after, limit=limit)
    return Page(
        items=[ReportShown.of(each) for each in found],
        next=following([each.report_id for each in found], limit),
    )


def _file(
    services: Services, principal: Principal | None, report_id: str, ending: Literal["pdf", "xlsx"]
) -> Response:
    with services.store.read() as session:
        report, content = authority_reports.file(session, principal, report_id, ending)
    digest = report.pdf_sha256 if ending == "pdf" else report.xlsx_sha256
    way = "inline" if ending == "pdf" else "attachment"
    headers = {
        "Content-Disposition": f'{way}; filename="{report.report_id}.{ending}"',
        "ETag": f'"{digest}"',
        "Cache-Control": "no-cache",
    }
    return Response(content, media_type=MEDIA[ending], headers=headers)
