"""Matters under permits: what of a permit is suspended, accidents, and how they go on."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Header, Path, Query, Request, Response

from permits.matter import About
from permits.matter_deadlines import MatterCase
from permits.matter_refusals import MatterNotAllowed
from permits.matter_states import MatterAction, MatterKind, MatterState
from permits.matter_step import MatterDetail
from zone_service.auth import Anybody, Applicant, Voter
from zone_service.clock import now
from zone_service.languages import language_of
from zone_service.problems import ProblemError, errors, of_error
from zone_service.routes.conditions import IfMatch, as_asked, step_revision
from zone_service.routes.paging import After, Limit, following
from zone_service.routes.reviews import provisos_of
from zone_service.routes.submitting import Router
from zone_service.schemas.fields import Page
from zone_service.schemas.matters import (
    AccidentGiven,
    FurtherGiven,
    HearingGiven,
    MatterActionGiven,
    MatterShown,
    SuspensionGiven,
)
from zone_service.services import Services, services_of
from zone_service.store import matters
from zone_service.store.errors import Conflict
from zone_service.store.records import Principal, Role

router = Router(prefix="/api", tags=["matters"])
Served = Annotated[Services, Depends(services_of)]
Number = Annotated[str, Path(max_length=64)]
MatterId = Annotated[str, Path(max_length=64)]
Language = Annotated[str | None, Header(alias="Accept-Language", max_length=200)]

REFUSED = errors(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
FOUND = REFUSED | errors(HTTPStatus.NOT_FOUND)
CHANGES = FOUND | errors(HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED)


@dataclass(frozen=True, slots=True)
class Beginning:
    """A matter that begins under a permit: whatever it is, it is written and answered alike.

    ``by`` is given the services: a route that is sent with a key has held ones in their place.
    """

    number: Number
    response: Response
    accept_language: Language = None

    def by(
        self,
        services: Services,
        principal: Principal,
        kind: MatterKind,
        action: MatterAction,
        about: About,
        given: SuspensionGiven | HearingGiven | AccidentGiven | FurtherGiven,
        *,
        reason: str = "",
        details: Mapping[MatterDetail, str] | None = None,
    ) -> MatterShown:
        """Begin it, tell the worker what became of the permit, and return what its client sees."""
        with services.store.write() as session:
            made = matters.begin(
                session,
                principal,
                self.number,
                kind,
                action,
                about,
                now(),
                reason,
                under=services.rules.ruling(session),
                document_ids=given.document_ids,
                details=details,
            )
        services.permits_changed()
        return shown(made, self.response, self.accept_language)


Begun = Annotated[Beginning, Depends()]


@router.get("/matters", responses=REFUSED)
def list_matters(
    request: Request,
    principal: Anybody,
    services: Served,
    permit: Annotated[str | None, Query(max_length=64)] = None,
    kind: Annotated[list[MatterKind], Query(max_length=10)] = [],  # noqa: B006 -- FastAPI copies it
    state: MatterState | None = None,
    open: bool | None = None,  # noqa: A002, FBT001 -- the name in the address
    *,
    overdue: bool = False,
    after: After = "",
    limit: Limit = 100,
) -> Page[MatterShown]:
    """Return matters under permits; operators see their own.

    ``overdue``: only those in which somebody owes a step and is late.
    """
    at = now()
    with services.store.read() as session:
        found = matters.page(
            session,
            principal,
            under=services.rules.ruling(session),
            number=permit,
            kinds=kind,
            state=state,
            is_open=open,
            overdue_at=at if overdue else None,
            after=after,
            limit=limit,
        )
    language = language_of(request.headers.get("accept-language"))
    return Page(
        items=[MatterShown.of(each, at, language) for each in found],
        next=following([each.matter.matter_id for each in found], limit),
    )


@router.get("/matters/{matter_id}", responses=FOUND)
def get_matter(
    matter_id: MatterId,
    principal: Anybody,
    services: Served,
    response: Response,
    accept_language: Language = None,
) -> MatterShown:
    """Return one matter; its ETag is what a step may be made to depend on."""
    with services.store.read() as session:
        found = matters.get(session, principal, matter_id, services.rules.ruling(session))
    return shown(found, response, accept_language)


@router.post("/permits/{number}/suspensions", status_code=HTTPStatus.CREATED, responses=CHANGES)
def suspend_parts(
    begun: Begun, given: SuspensionGiven, principal: Voter, services: Served
) -> MatterShown:
    """Suspend vehicles or segments of a permit at once; the whole permit by its own action SUSPEND."""
    return begun.by(
        services,
        principal,
        MatterKind.SUSPENSION,
        MatterAction.SUSPEND,
        given.suspension(),
        given,
        reason=given.reason,
        details=given.details(),
    )


@router.post("/permits/{number}/hearings", status_code=HTTPStatus.CREATED, responses=CHANGES)
def announce_hearing(
    begun: Begun, given: HearingGiven, principal: Voter, services: Served
) -> MatterShown:
    """Announce a grave act to the holder of a permit, who may ask for a hearing before it is taken."""
    return begun.by(
        services,
        principal,
        MatterKind.HEARING,
        MatterAction.ANNOUNCE,
        given.hearing(),
        given,
        reason=given.reason,
    )


@router.post("/permits/{number}/accidents", status_code=HTTPStatus.CREATED, responses=CHANGES)
def report_accident(
    begun: Begun, given: AccidentGiven, principal: Anybody, services: Served
) -> MatterShown:
    """Report an accident under a permit; told by an authority it is on record, and its report owed."""
    decides = principal.role in (Role.REVIEWER, Role.POLICE)
    action = MatterAction.RECORD if decides else MatterAction.REPORT
    return begun.by(services, principal, MatterKind.ACCIDENT, action, given.accident(), given)


@router.post(
    "/permits/{number}/further-applications", status_code=HTTPStatus.CREATED, responses=CHANGES
)
def apply_further(
    begun: Begun, given: FurtherGiven, principal: Applicant, services: Served
) -> MatterShown:
    """Apply for other terms, further vehicles of the same configuration, or a renewal."""
    kind = MatterKind(given.kind)
    return begun.by(
        services, principal, kind, MatterAction.APPLY, given.about(), given, reason=given.reason
    )


@router.post("/matters/{matter_id}/actions", responses=CHANGES)
def act_in_matter(
    matter_id: MatterId,
    given: MatterActionGiven,
    principal: Anybody,
    services: Served,
    response: Response,
    if_match: IfMatch = None,
    accept_language: Language = None,
) -> MatterShown:
    """Do one step in a matter. With ``If-Match`` or ``revision``, only if nobody was faster."""
    conditions = provisos_of(given.conditions)
    try:
        with services.store.write() as session:
            after = matters.act(
                session,
                principal,
                matter_id,
                given.action,
                now(),
                given.reason,
                under=services.rules.ruling(session),
                document_ids=given.document_ids,
                details=given.details,
                plates=[each.plate() for each in given.plates],
                conditions=conditions,
                expected_revision=step_revision(given.revision, if_match),
            )
    except (Conflict, MatterNotAllowed) as error:
        refused = as_asked(error, if_match)
        raise _with_current(refused, services, principal, matter_id, accept_language) from None
    services.permits_changed()
    return shown(after, response, accept_language)


def shown(case: MatterCase, response: Response, accept_language: str | None) -> MatterShown:
    """Return what a client sees, with the entity tag of the revision."""
    response.headers["ETag"] = f'"{case.matter.revision}"'
    return MatterShown.of(case, now(), language_of(accept_language))


def _with_current(
    error: Exception,
    services: Services,
    principal: Principal,
    matter_id: str,
    accept_language: str | None,
) -> ProblemError:
    language = language_of(accept_language)
    problem = of_error(error)
    with services.store.read() as session:
        case = matters.get(session, principal, matter_id, services.rules.ruling(session))
    problem.current = MatterShown.of(case, now(), language).model_dump(mode="json")
    return problem
