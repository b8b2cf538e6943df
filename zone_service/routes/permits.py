"""Permits: applications, and every step of their lives."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated

import structlog
from fastapi import Depends, Header, Path, Query, Request, Response
from sqlmodel import Session

from geofence.validity import Problem
from permits.issuing import Ruling
from permits.permit import ActionNotAllowed, Permit, PermitAction, PermitKind, PermitState
from permits.plating import doubts
from permits.remedies import remedies, remedy_rules
from permits.rule_words import Language
from permits.terms import Terms
from zone_service.auth import Anybody, Applicant
from zone_service.clock import now
from zone_service.drawn_corridors import problems_of
from zone_service.languages import language_of
from zone_service.problems import FieldProblem, ProblemError, Told, errors, invalid_at, of_error
from zone_service.routes.conditions import as_asked, step_revision
from zone_service.routes.paging import NO_PAGES, After, Limit, following
from zone_service.routes.submitting import Router
from zone_service.rule_library import RuleLibrary
from zone_service.schemas.fields import Page
from zone_service.schemas.permits import (
    ActionGiven,
    PermitDue,
    PermitGiven,
    PermitShown,
    PermitWithHistory,
    RemarkShown,
    StepOpenShown,
    TermsGiven,
    VacantShown,
)
from zone_service.schemas.remedies import RemedyShown
from zone_service.services import Services, services_of
from zone_service.store import (
    first_checks,
    permit_taking,
    permits,
    places,
    plan_answers,
    replaced,
    seats,
)
from zone_service.store.errors import Conflict
from zone_service.store.records import PermitFilter, Principal
from zone_service.zone_words import zone_said

_log = structlog.get_logger("zone.permits")
router = Router(prefix="/api/permits", tags=["permits"])
Served = Annotated[Services, Depends(services_of)]
Number = Annotated[str, Path(max_length=64)]
Text = Annotated[str | None, Query(max_length=100)]

REFUSED = errors(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
CHANGES = REFUSED | errors(
    HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED
)


class Asked:
    """Which permits are asked for."""

    def __init__(
        self,
        state: PermitState | None = None,
        kind: PermitKind | None = None,
        holder_id: Text = None,
        device_id: Text = None,
        zone_id: Text = None,
        plate: Text = None,
        vin: Text = None,
        valid_on: Annotated[date | None, Query(description="A day of Shanghai.")] = None,
        jurisdiction: Annotated[
            str | None,
            Query(max_length=64, description="Only those that are decided under its rules."),
        ] = None,
        text: Annotated[
            str | None,
            Query(
                max_length=100,
                description="Stands in its number, or in the id or name of its holder.",
            ),
        ] = None,
        *,
        overdue: Annotated[
            bool, Query(description="Only those of which somebody owes a step and is late.")
        ] = False,
    ) -> None:
        self._wanted = PermitFilter(
            state=state,
            kind=kind,
            holder_id=holder_id,
            device_id=device_id,
            zone_id=zone_id,
            plate=plate,
            vin=vin,
            valid_on=valid_on,
            text=text,
        )
        self._is_overdue, self._jurisdiction = overdue, jurisdiction

    def filter(self, at: datetime, rules: RuleLibrary, session: Session) -> PermitFilter:
        """Return what is asked for at a moment."""
        asked, overdue_at = self._jurisdiction, at if self._is_overdue else None
        of = None if asked is None else rules.chosen(session, asked)
        return replace(self._wanted, jurisdiction=of, overdue_at=overdue_at)


@router.get("", responses=REFUSED)
def list_permits(
    request: Request,
    principal: Anybody,
    services: Served,
    asked: Annotated[Asked, Depends()],
    after: After = "",
    limit: Limit = 100,
) -> Page[PermitDue]:
    """Return permits with what is due of each; operators see their own."""
    at, language = now(), language_of(request.headers.get("accept-language"))
    with services.store.read() as session:
        wanted = asked.filter(at, services.rules, session)
        found = permits.page(session, principal, wanted=wanted, after=after, limit=limit)
        counted = permit_taking.cases_of(session, found, services.rules.ruling(session))
        cases = plan_answers.with_plans(session, counted, at)
    return Page(
        items=[PermitDue.of_case(each, at, language) for each in cases],
        next=following([each.number for each in found], limit),
    )


@router.post("", status_code=HTTPStatus.CREATED, responses=CHANGES)
def apply(given: PermitGiven, principal: Applicant, services: Served) -> PermitShown:
    """Begin an application; it is a draft until it is submitted."""
    terms = _terms(given.terms)
    holder_id = given.holder_id or principal.organisation_id
    with services.store.write() as session:
        made = permits.create(
            session,
            principal,
            kind=given.kind,
            holder_id=holder_id,
            terms=terms,
            at=now(),
            jurisdiction=services.rules.chosen(session, given.jurisdiction),
        )
    services.permits_changed()
    return PermitShown.of(made)


def _terms(given: TermsGiven) -> Terms:
    try:
        terms = given.terms()
    except ValueError as error:
        raise invalid_at(error, "body.terms") from None
    if terms.corridor is not None and (found := problems_of(terms.corridor)):
        raise _not_drawable(found)
    return terms


def _not_drawable(found: Sequence[Problem]) -> ProblemError:
    def told(language: Language) -> Told:
        wrong = tuple(
            FieldProblem(
                path=f"body.terms.corridor.{each.path}", message=zone_said(each.said, language)
            )
            for each in found
        )
        return Told("; ".join(each.message for each in wrong), wrong)

    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, told, slug="invalid-request")


@router.get("/{number}", responses=REFUSED | errors(HTTPStatus.NOT_FOUND))
def get_permit(
    number: Number, request: Request, principal: Anybody, services: Served, response: Response
) -> PermitWithHistory:
    """Return one permit with its history, what is due of it, its zones and what it waits for.

    Its ETag is what an action may be made to depend on.
    """
    at = now()
    with services.store.read() as session:
        under = services.rules.ruling(session)
        counted = permits.case(session, principal, number, under)
        (case,) = plan_answers.with_plans(session, (counted,), at)
        awaited = first_checks.awaited(session, case.permit, at, under)
        held_back = replaced.held_back(session, case, at)
        on_map = places.of_terms(session, case.permit.terms)
        vacant = seats.vacant(session, case.permit, under)
    response.headers["ETag"] = etag(case.permit)
    language = language_of(request.headers.get("accept-language"))
    return PermitWithHistory.with_history(
        case, at, language, awaited, held_back, vacant, on_map=on_map
    )


@router.get(
    "/{number}/actions",
    responses=REFUSED | errors(HTTPStatus.NOT_FOUND),
    openapi_extra={NO_PAGES: "as many as the table has from one state"},
)
def list_actions(
    number: Number, request: Request, principal: Anybody, services: Served
) -> list[StepOpenShown]:
    """Return what may be done with a permit now: by whom, until when, and what is to be said with it."""
    with services.store.read() as session:
        under = services.rules.ruling(session)
        case = permits.case(session, principal, number, under)
        own = permit_taking.takes(session, principal, case.permit, under)
    language = language_of(request.headers.get("accept-language"))
    return StepOpenShown.all(case, own, now(), language, under.of(case.permit).sheet)


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
    wanted, terms = given.wanted(), None if given.terms is None else _terms(given.terms)
    with services.store.read() as session:
        under = services.rules.ruling(session)
    at = now()
    try:
        with services.store.write() as session:
            expected = step_revision(given.revision, if_match)
            after = permits.apply_action(
                session,
                principal,
                number,
                given.action,
                at,
                given.reason,
                under=under,
                expected_revision=expected,
                details=given.details,
                plates=wanted,
                ended_plates=given.ended_plates,
                terms=terms,
            )
    except (Conflict, ActionNotAllowed) as error:
        raise _with_current(as_asked(error, if_match), services, principal, number) from None
    services.permits_changed()
    response.headers["ETag"] = etag(after)
    language = language_of(accept_language)
    found = doubts(tuple(each.tidy for each in wanted), under.of(after).sheet)
    its = under.of(after)
    told = remedies(remedy_rules(its.sheet), its.calendar, after.family, given.action, at)
    handed_in = given.action in (PermitAction.SUBMIT, PermitAction.NOTIFY)
    vacant = _vacant(services, after, under, language) if handed_in else ()
    return PermitShown.of(
        after,
        *(RemarkShown.of(each, language) for each in found),
        *(each.remark() for each in vacant),
        remedies=[RemedyShown.of(each, language) for each in told],
    )


def _vacant(
    services: Services, permit: Permit, under: Ruling, language: Language
) -> Sequence[VacantShown]:
    """Return the departments of which nobody could vote on what was handed in; the log tells who runs this."""
    with services.store.read() as session:
        found = seats.vacant(session, permit, under)
    for each in found:
        _log.warning("nobody_reviews", permit=permit.number, department=each.department)
    return [VacantShown.of(each, language) for each in found]


def etag(permit: Permit) -> str:
    """Return the entity tag of a permit at its revision."""
    return f'"{permit.revision}"'


def _with_current(
    error: Exception, services: Services, principal: Principal, number: str
) -> ProblemError:
    problem = of_error(error)
    with services.store.read() as session:
        current = PermitShown.of(permits.get(session, principal, number))
    problem.current = current.model_dump(mode="json")
    return problem
