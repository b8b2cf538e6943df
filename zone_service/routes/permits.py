"""Permits: applications, and every step of their lives."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Header, Path, Query, Request, Response

from permits.permit import ActionNotAllowed, Permit, PermitState
from permits.plating import doubts
from permits.terms import Terms
from zone_service.auth import Anybody, Applicant
from zone_service.clock import now
from zone_service.drawn_corridors import problems_of
from zone_service.languages import language_of
from zone_service.problems import FieldProblem, ProblemError, errors, of_error
from zone_service.routes.paging import After, Limit, following
from zone_service.routes.submitting import Router
from zone_service.schemas.fields import Page
from zone_service.schemas.permits import (
    ActionGiven,
    PermitDue,
    PermitGiven,
    PermitShown,
    PermitWithHistory,
    RemarkShown,
)
from zone_service.services import Services, services_of
from zone_service.store import permit_taking, permits
from zone_service.store.errors import Conflict
from zone_service.store.records import Principal

router = Router(prefix="/api/permits", tags=["permits"])
Served = Annotated[Services, Depends(services_of)]
Number = Annotated[str, Path(max_length=64)]

REFUSED = errors(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
CHANGES = REFUSED | errors(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)


@router.get("", responses=REFUSED)
def list_permits(
    request: Request,
    principal: Anybody,
    services: Served,
    state: PermitState | None = None,
    holder_id: Annotated[str | None, Query(max_length=64)] = None,
    *,
    overdue: bool = False,
    after: After = "",
    limit: Limit = 100,
) -> Page[PermitDue]:
    """Return permits with what is due of each; operators see their own.

    ``overdue``: only those of which somebody owes a step and is late.
    """
    at, language = now(), language_of(request.headers.get("accept-language"))
    with services.store.read() as session:
        found = permits.page(
            session,
            principal,
            state=state,
            holder_id=holder_id,
            overdue_at=at if overdue else None,
            after=after,
            limit=limit,
        )
        cases = permit_taking.cases_of(session, found, services.rules.ruling(session))
    return Page(
        items=[PermitDue.of_case(each, at, language) for each in cases],
        next=following([each.number for each in found], limit),
    )


@router.post("", status_code=HTTPStatus.CREATED, responses=CHANGES)
def apply(given: PermitGiven, principal: Applicant, services: Served) -> PermitShown:
    """Begin an application; it is a draft until it is submitted."""
    terms = _terms(given)
    holder_id = given.holder_id or principal.organisation_id
    with services.store.write() as session:
        made = permits.create(
            session, principal, kind=given.kind, holder_id=holder_id, terms=terms, at=now()
        )
    services.permits_changed()
    return PermitShown.of(made)


def _terms(given: PermitGiven) -> Terms:
    try:
        terms = given.terms.terms()
    except ValueError as error:
        raise _refusal(FieldProblem(path="body.terms", message=str(error))) from None
    if terms.corridor is not None and (found := problems_of(terms.corridor)):
        path = "body.terms.corridor."
        raise _refusal(
            *(FieldProblem(path=path + each.path, message=each.message) for each in found)
        )
    return terms


def _refusal(*found: FieldProblem) -> ProblemError:
    said = "; ".join(each.message for each in found)
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, said, slug="invalid-request", errors=found)


@router.get("/{number}", responses=REFUSED | errors(HTTPStatus.NOT_FOUND))
def get_permit(
    number: Number, request: Request, principal: Anybody, services: Served, response: Response
) -> PermitWithHistory:
    """Return one permit with its history and what is due of it.

    Its ETag is what an action may be made to depend on.
    """
    with services.store.read() as session:
        case = permits.case(session, principal, number, services.rules.ruling(session))
    response.headers["ETag"] = etag(case.permit)
    language = language_of(request.headers.get("accept-language"))
    return PermitWithHistory.with_history(case, now(), language)


@router.post("/{number}/actions", responses=CHANGES)
def act(
    number: Number,
    given: ActionGiven,
    principal: Anybody,
    services: Served,
    response: Response,
    if_match: Annotated[str | None, Header(max_length=40)] = None,
    accept_language: Annotated[str | None, Header(max_length=200)] = None,
) -> PermitShown:
    """Do one step. With ``If-Match`` or ``revision``, only if nobody was faster."""
    wanted = given.wanted()
    with services.store.read() as session:
        under = services.rules.ruling(session)
    try:
        with services.store.write() as session:
            expected = _expected(given, if_match)
            after = permits.apply_action(
                session,
                principal,
                number,
                given.action,
                now(),
                given.reason,
                under=under,
                expected_revision=expected,
                details=given.details,
                plates=wanted,
                ended_plates=given.ended_plates,
            )
    except (Conflict, ActionNotAllowed) as error:
        raise _with_current(error, services, principal, number) from None
    services.permits_changed()
    response.headers["ETag"] = etag(after)
    language = language_of(accept_language)
    found = doubts(tuple(each.tidy for each in wanted), under.sheet)
    return PermitShown.of(after, *(RemarkShown.of(each, language) for each in found))


def etag(permit: Permit) -> str:
    """Return the entity tag of a permit at its revision."""
    return f'"{permit.revision}"'


def _expected(given: ActionGiven, if_match: str | None) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return given.revision
    text = if_match.strip().strip('"')
    # A tag that we never gave matches nothing.
    return int(text) if text.isascii() and text.isdigit() else -1


def _with_current(
    error: Exception, services: Services, principal: Principal, number: str
) -> ProblemError:
    problem = of_error(error)
    with services.store.read() as session:
        current = PermitShown.of(permits.get(session, principal, number))
    problem.current = current.model_dump(mode="json")
    return problem
