"""Joint review: what waits for one's department, what was said of a permit, votes and opinions."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Header, Path, Query, Response
from pydantic import AwareDatetime

from permits.permit import PermitKind
from permits.provisos import Provisos
from zone_service.auth import Anybody, Asker, Assessor, Voter
from zone_service.clock import now
from zone_service.problems import ProblemError, errors, invalid_at, of_error
from zone_service.routes.conditions import as_asked
from zone_service.routes.paging import After, Limit, following
from zone_service.routes.submitting import Router
from zone_service.schemas.fields import Page
from zone_service.schemas.reviews import (
    AssessorGiven,
    AwaitedShown,
    ConditionsGiven,
    OpinionGiven,
    ReviewShown,
    VoteGiven,
)
from zone_service.services import Services, services_of
from zone_service.store import reviews
from zone_service.store.errors import Conflict
from zone_service.store.records import Principal, ReviewFile

router = Router(prefix="/api", tags=["reviews"])
Served = Annotated[Services, Depends(services_of)]
Number = Annotated[str, Path(max_length=64)]
IfMatch = Annotated[str | None, Header(max_length=80)]

REFUSED = errors(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
FOUND = REFUSED | errors(HTTPStatus.NOT_FOUND)
CHANGES = FOUND | errors(HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED)


@router.get("/reviews", responses=REFUSED)
def list_awaiting(
    principal: Voter,
    services: Served,
    kind: PermitKind | None = None,
    due_before: Annotated[
        AwareDatetime | None, Query(description="Only what is to be decided before.")
    ] = None,
    after: After = "",
    limit: Limit = 100,
) -> Page[AwaitedShown]:
    """Return the permits that wait for the vote of one's department."""
    with services.store.read() as session:
        found = reviews.awaiting(session, principal, after, limit, kind=kind, due_before=due_before)
    return Page(
        items=[AwaitedShown.of(each) for each in found],
        next=following([each.permit.number for each in found], limit),
    )


@router.get("/permits/{number}/review", responses=FOUND)
def get_review(
    number: Number, principal: Anybody, services: Served, response: Response
) -> ReviewShown:
    """Return the joint review of a permit; its ETag is what a vote may be made to depend on."""
    with services.store.read() as session:
        found = reviews.get(session, principal, number)
    return _shown(found, principal, response)


@router.post("/permits/{number}/review/votes", responses=CHANGES)
def vote(
    number: Number,
    given: VoteGiven,
    principal: Voter,
    services: Served,
    response: Response,
    if_match: IfMatch = None,
) -> ReviewShown:
    """Cast the vote of one's department; the last one decides. Warnings are in the answer."""
    conditions = provisos_of(given.conditions)
    with services.store.read() as session:
        under = services.rules.ruling(session)
    try:
        with services.store.write() as session:
            found = reviews.vote(
                session,
                principal,
                number,
                given.choice,
                now(),
                under=under,
                reason=given.reason,
                conditions=conditions,
                missing=tuple(given.missing),
                department=given.department,
                expected_tag=_expected(if_match),
            )
    except Conflict as error:
        raise _with_current(as_asked(error, if_match), services, principal, number) from None
    services.permits_changed()
    return _shown(found, principal, response)


@router.post("/permits/{number}/review/assessors", responses=CHANGES)
def ask_assessor(
    number: Number, given: AssessorGiven, principal: Asker, services: Served, response: Response
) -> ReviewShown:
    """Ask a third party for its opinion: from then on its people see the permit."""
    with services.store.write() as session:
        found = reviews.ask(
            session,
            principal,
            number,
            given.organisation_id,
            given.kind,
            now(),
            under=services.rules.ruling(session),
        )
    return _shown(found, principal, response)


@router.post("/permits/{number}/review/opinions", responses=CHANGES)
def give_opinion(
    number: Number, given: OpinionGiven, principal: Assessor, services: Served, response: Response
) -> ReviewShown:
    """Attach the opinion of one's organisation to a permit that it is asked about."""
    with services.store.write() as session:
        found = reviews.give_opinion(
            session,
            principal,
            number,
            given.verdict,
            given.text,
            now(),
            document_id=given.document_id,
        )
    return _shown(found, principal, response)


def _shown(found: ReviewFile, principal: Principal, response: Response) -> ReviewShown:
    response.headers["ETag"] = f'"{found.tag}"'
    return ReviewShown.of(found, principal, now())


def provisos_of(given: ConditionsGiven) -> Provisos:
    """Return the conditions of a body.

    Raises:
        ProblemError: hours that say nothing.
    """
    try:
        return given.provisos()
    except ValueError as error:
        raise invalid_at(error, "body.conditions") from None


def _expected(if_match: str | None) -> str | None:
    return None if if_match is None or if_match.strip() == "*" else if_match.strip().strip('"')


def _with_current(
    error: Exception, services: Services, principal: Principal, number: str
) -> ProblemError:
    problem = of_error(error)
    with services.store.read() as session:
        current = ReviewShown.of(reviews.get(session, principal, number), principal, now())
    problem.current = current.model_dump(mode="json")
    return problem
