"""Graded governance: admission to the sandbox, and what follows a breach."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Header, Path, Query, Response

from permits.governance_file import FileCase
from permits.governance_states import FileKind, FileState
from zone_service.auth import Anybody, Applicant, Voter
from zone_service.clock import now
from zone_service.languages import language_of
from zone_service.problems import errors
from zone_service.routes.conditions import IfMatch, as_asked, step_revision
from zone_service.routes.paging import After, Limit, following
from zone_service.routes.submitting import Router
from zone_service.schemas.fields import Page
from zone_service.schemas.governance import (
    AdmissionGiven,
    BreachGiven,
    FileActionGiven,
    FileShown,
)
from zone_service.services import Services, services_of
from zone_service.store import governance
from zone_service.store.errors import Conflict

router = Router(prefix="/api/governance", tags=["governance"])
Served = Annotated[Services, Depends(services_of)]
FileId = Annotated[str, Path(max_length=64, examples=["SB-2026-000001"])]
Accepted = Annotated[str | None, Header(alias="Accept-Language", max_length=200)]

REFUSED = errors(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
FOUND = REFUSED | errors(HTTPStatus.NOT_FOUND)
CHANGES = FOUND | errors(HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED)


@router.get("", responses=REFUSED)
def list_files(
    principal: Anybody,
    services: Served,
    kind: FileKind | None = None,
    state: FileState | None = None,
    organisation_id: Annotated[str | None, Query(max_length=64)] = None,
    *,
    owed: bool = False,
    overdue: bool = False,
    after: After = "",
    limit: Limit = 100,
    accept_language: Accepted = None,
) -> Page[FileShown]:
    """Return files of the sandbox and of breaches; operators see their own.

    ``owed``: only what is to be put right still, or was disclosed and never controlled;
    ``overdue``: only where the time for it is over.
    """
    at = now()
    with services.store.read() as session:
        under = services.rules.ruling(session)
        found = governance.page(
            session,
            principal,
            under,
            kind=kind,
            state=state,
            organisation_id=organisation_id,
            owed=owed,
            overdue_at=at if overdue else None,
            after=after,
            limit=limit,
        )
    language = language_of(accept_language)
    return Page(
        items=[FileShown.of(each, at, language) for each in found],
        next=following([each.file.file_id for each in found], limit),
    )


@router.get("/{file_id}", responses=FOUND)
def get_file(
    file_id: FileId,
    principal: Anybody,
    services: Served,
    response: Response,
    accept_language: Accepted = None,
) -> FileShown:
    """Return one file with all that was done with it."""
    with services.store.read() as session:
        under = services.rules.ruling(session)
        found = governance.get(session, principal, file_id, under)
    return _shown(found, response, accept_language)


@router.post("/sandbox", status_code=HTTPStatus.CREATED, responses=CHANGES)
def apply_to_sandbox(
    given: AdmissionGiven,
    principal: Applicant,
    services: Served,
    response: Response,
    accept_language: Accepted = None,
) -> FileShown:
    """Apply for a product or scenario: what is on the high-risk list is reviewed, all else disclosed."""
    with services.store.write() as session:
        made = governance.apply(
            session,
            principal,
            given.admission(),
            now(),
            under=services.rules.ruling(session),
            organisation_id=given.organisation_id,
        )
    return _shown(made, response, accept_language)


@router.post("/breaches", status_code=HTTPStatus.CREATED, responses=CHANGES)
def open_breach(
    given: BreachGiven,
    principal: Voter,
    services: Served,
    response: Response,
    accept_language: Accepted = None,
) -> FileShown:
    """Open the file of a breach; what follows is a ladder from a reminder to the end."""
    with services.store.write() as session:
        made = governance.open_breach(
            session,
            principal,
            given.organisation_id,
            given.sighting(),
            now(),
            under=services.rules.ruling(session),
        )
    return _shown(made, response, accept_language)


@router.post("/{file_id}/actions", responses=CHANGES)
def act_on_file(
    file_id: FileId,
    given: FileActionGiven,
    principal: Anybody,
    services: Served,
    response: Response,
    if_match: IfMatch = None,
    accept_language: Accepted = None,
) -> FileShown:
    """Do one step. With ``If-Match`` or ``revision``, only if nobody was faster."""
    try:
        with services.store.write() as session:
            done = governance.act(
                session,
                principal,
                file_id,
                given.action,
                now(),
                given.reason,
                under=services.rules.ruling(session),
                opinion=given.opinion,
                said=given.said(),
                expected_revision=step_revision(given.revision, if_match),
            )
    except Conflict as error:
        raise as_asked(error, if_match) from None
    # What is suspended or ended by it is so on the next fix.
    services.permits_changed()
    return _shown(done, response, accept_language)


def _shown(found: FileCase, response: Response, accepted: str | None) -> FileShown:
    response.headers["ETag"] = f'"{found.file.revision}"'
    return FileShown.of(found, now(), language_of(accepted))
