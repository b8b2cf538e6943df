"""Matters under permits: what of a permit is suspended, accidents, and how they go on."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Header, Path, Query, Request, Response

from permits.matter_deadlines import MatterCase
from permits.matter_refusals import MatterNotAllowed
from permits.matter_states import MatterAction, MatterKind, MatterState
from zone_service.auth import Anybody, Applicant, Voter
from zone_service.clock import now
from zone_service.languages import language_of
from zone_service.problems import ProblemError, errors, of_error
from zone_service.routes.conditions import IfMatch
from zone_service.routes.paging import After, Limit, following
from zone_service.routes.submitting import Router
from zone_service.schemas.fields import Page
from zone_service.schemas.matters import (
    AccidentGiven,
    FurtherGiven,
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
CHANGES = FOUND | errors(HTTPStatus.CONFLICT)


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
    number: Number,
    given: SuspensionGiven,
    principal: Voter,
    services: Served,
    response: Response,
    accept_language: Language = None,
) -> MatterShown:
    """Suspend vehicles or segments of a permit at once; the whole permit by its own action SUSPEND."""
    with services.store.write() as session:
        made = matters.begin(
            session,
            principal,
            number,
            MatterKind.SUSPENSION,
            MatterAction.SUSPEND,
            given.suspension(),
            now(),
            given.reason,
            under=services.rules.ruling(session),
            document_ids=given.document_ids,
        )
    services.permits_changed()
    return shown(made, response, accept_language)


@router.post("/permits/{number}/accidents", status_code=HTTPStatus.CREATED, responses=CHANGES)
def report_accident(
    number: Number,
    given: AccidentGiven,
    principal: Anybody,
    services: Served,
    response: Response,
    accept_language: Language = None,
) -> MatterShown:
    """Report an accident under a permit; told by an authority it is on record, and its report owed."""
    decides = principal.role in (Role.REVIEWER, Role.POLICE)
    with services.store.write() as session:
        made = matters.begin(
            session,
            principal,
            number,
            MatterKind.ACCIDENT,
            MatterAction.RECORD if decides else MatterAction.REPORT,
            given.accident(),
            now(),
            under=services.rules.ruling(session),
            document_ids=given.document_ids,
        )
    services.permits_changed()
    return shown(made, response, accept_language)


@router.post(
    "/permits/{number}/further-applications", status_code=HTTPStatus.CREATED, responses=CHANGES
)
def apply_further(
    number: Number,
    given: FurtherGiven,
    principal: Applicant,
    services: Served,
    response: Response,
    accept_language: Language = None,
) -> MatterShown:
    """Apply for other terms, further vehicles of the same configuration, or a renewal."""
    with services.store.write() as session:
        made = matters.begin(
            session,
            principal,
            number,
            MatterKind(given.kind),
            MatterAction.APPLY,
            given.about(),
            now(),
            given.reason,
            under=services.rules.ruling(session),
            document_ids=given.document_ids,
        )
    services.permits_changed()
    return shown(made, response, accept_language)


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
                expected_revision=expected(given.revision, if_match),
            )
    except (Conflict, MatterNotAllowed) as error:
        raise _with_current(error, services, principal, matter_id, accept_language) from None
    services.permits_changed()
    return shown(after, response, accept_language)


def shown(case: MatterCase, response: Response, accept_language: str | None) -> MatterShown:
    """Return what a client sees, with the entity tag of the revision."""
    response.headers["ETag"] = f'"{case.matter.revision}"'
    return MatterShown.of(case, now(), language_of(accept_language))


def expected(revision: int | None, if_match: str | None) -> int | None:
    """Return the revision that a step is meant for; a tag that we never gave matches nothing."""
    if if_match is None or if_match.strip() == "*":
        return revision
    text = if_match.strip().strip('"')
    return int(text) if text.isascii() and text.isdigit() else -1


def _with_current(
    error: Exception,
    services: Services,
    principal: Principal,
    matter_id: str,
    accept_language: str | None,
) -> ProblemError:
    language = language_of(accept_language)
    problem = of_error(error, language)
    with services.store.read() as session:
        case = matters.get(session, principal, matter_id, services.rules.ruling(session))
    problem.current = MatterShown.of(case, now(), language).model_dump(mode="json")
    return problem
