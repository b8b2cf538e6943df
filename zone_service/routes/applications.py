"""Applications: what is handed in for a permit beside its terms, and what is still missing."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Path, Response
from sqlmodel import Session

from zone_service.auth import Anybody, Applicant
from zone_service.clock import now
from zone_service.problems import errors
from zone_service.routes.conditions import EDITS, SeenTag
from zone_service.routes.paging import A_TABLE
from zone_service.routes.submitting import Router
from zone_service.schemas.applications import ApplicationGiven, ApplicationShown, PermitKindShown
from zone_service.services import Services, services_of
from zone_service.store import applications
from zone_service.store.records import Principal

router = Router(prefix="/api", tags=["permits"])
Served = Annotated[Services, Depends(services_of)]
Number = Annotated[str, Path(max_length=64)]

REFUSED = errors(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
FOUND = REFUSED | errors(HTTPStatus.NOT_FOUND)

CHANGES = FOUND | EDITS | errors(HTTPStatus.CONFLICT)


@router.get("/permit-kinds", responses=REFUSED, openapi_extra=A_TABLE)
def list_permit_kinds(_: Anybody) -> list[PermitKindShown]:
    """Return every kind of permit, and what its application must contain."""
    return PermitKindShown.all()


@router.get("/permits/{number}/application", responses=FOUND)
def get_application(
    number: Number, principal: Anybody, services: Served, response: Response
) -> ApplicationShown:
    """Return the application of a permit, and all that it lacks today."""
    with services.store.read() as session:
        return _shown(services, session, principal, number, response)


@router.put("/permits/{number}/application", responses=CHANGES)
def put_application(
    number: Number,
    given: ApplicationGiven,
    principal: Applicant,
    services: Served,
    seen: SeenTag,
    response: Response,
) -> ApplicationShown:
    """Fill in the application of a permit, whole, while it is a draft or returned."""
    with services.store.write() as session:
        wanted = given.application()
        applications.put(session, principal, number, wanted, now(), expected=seen)
        return _shown(services, session, principal, number, response)


def _shown(
    services: Services, session: Session, principal: Principal, number: str, response: Response
) -> ApplicationShown:
    under = services.rules.ruling(session)
    found = applications.get(session, principal, number)
    response.headers["ETag"] = f'"{applications.tag_of(found)}"'
    lacks = applications.missing_of(session, principal, number, now(), under=under)
    return ApplicationShown.of(number, found, lacks)
