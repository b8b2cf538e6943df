"""Reports of operators on their permits: each stage, and in the end."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Path

from zone_service.auth import Anybody, Applicant
from zone_service.clock import now
from zone_service.problems import errors
from zone_service.routes.paging import After, Limit, following
from zone_service.routes.submitting import Router
from zone_service.schemas.subject_reports import (
    FiledReportShown,
    OwedShown,
    ReportsOfPermit,
    SubjectReportGiven,
)
from zone_service.services import Services, services_of
from zone_service.store import permits, subject_reports

router = Router(prefix="/api/permits/{number}/reports", tags=["reports"])
Served = Annotated[Services, Depends(services_of)]
Number = Annotated[str, Path(max_length=64)]

FOUND = errors(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)


@router.get("", responses=FOUND)
def list_subject_reports(
    number: Number, principal: Anybody, services: Served, after: After = "", limit: Limit = 100
) -> ReportsOfPermit:
    """Return what was reported on a permit, in parts, and what is owed."""
    with services.store.read() as session:
        case = permits.case(session, principal, number, services.rules.ruling(session))
        filed = subject_reports.of_permit(session, principal, number, after, limit)
    return ReportsOfPermit(
        owed=[OwedShown.of(each) for each in subject_reports.owed_of(case)],
        filed=[FiledReportShown.of(each) for each in filed],
        next=following([subject_reports.place_of(each) for each in filed], limit),
    )


@router.post("", status_code=HTTPStatus.CREATED, responses=FOUND)
def file_subject_report(
    number: Number, given: SubjectReportGiven, principal: Applicant, services: Served
) -> FiledReportShown:
    """File the report of a stage or the final one; late ones are taken, and shown as overdue till then."""
    with services.store.write() as session:
        under = services.rules.ruling(session)
        filed = subject_reports.file(
            session, principal, number, given.report(), now(), under=under, stage=given.stage
        )
    return FiledReportShown.of(filed)
