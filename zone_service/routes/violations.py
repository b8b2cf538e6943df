"""Violations, and what people do about them."""

from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, Path, Query, Response
from pydantic import AwareDatetime

from zone_service.auth import Anybody, Police
from zone_service.clock import now
from zone_service.problems import ProblemError, errors, of_error, sentence
from zone_service.routes.conditions import EDITS, IfMatch, as_asked, step_revision
from zone_service.routes.paging import Limit, following
from zone_service.routes.submitting import Router
from zone_service.schemas.fields import Page
from zone_service.schemas.violations import Count, HandlingGiven, ResolutionGiven, ViolationShown
from zone_service.services import Services, services_of
from zone_service.store import registry, violations
from zone_service.store.errors import Conflict
from zone_service.store.records import (
    Handling,
    Principal,
    ViolationEvent,
    ViolationFilter,
    ViolationRecord,
)
from zone_service.violation_json import as_exact_as, as_seen_by, violation_json

router = Router(prefix="/api/violations", tags=["violations"])
Served = Annotated[Services, Depends(services_of)]
ViolationId = Annotated[str, Path(max_length=64)]
Text = Annotated[str | None, Query(max_length=128)]

REFUSED = errors(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
CHANGES = REFUSED | EDITS | errors(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)


class Asked:
    """Which violations are asked for."""

    def __init__(
        self,
        device_id: Text = None,
        organisation_id: Text = None,
        permit_number: Text = None,
        zone_id: Text = None,
        code: Text = None,
        handling: Handling | None = None,
        is_open: Annotated[bool | None, Query(alias="open")] = None,
        is_resolved: Annotated[bool | None, Query(alias="resolved")] = None,
        is_late: Annotated[bool | None, Query(alias="late")] = None,
        opened_from: AwareDatetime | None = None,
        opened_to: AwareDatetime | None = None,
    ) -> None:
        self.filter = ViolationFilter(
            device_id=device_id,
            organisation_id=organisation_id,
            permit_number=permit_number,
            zone_id=zone_id,
            code=code,
            handling=handling,
            is_open=is_open,
            is_resolved=is_resolved,
            is_late=is_late,
            opened_from=opened_from,
            opened_to=opened_to,
        )


@router.get("", responses=REFUSED)
def list_violations(
    principal: Anybody,
    services: Served,
    asked: Annotated[Asked, Depends()],
    after: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
    limit: Limit = 100,
) -> Page[ViolationShown]:
    """Return violations, newest first; operators see their own."""
    with services.store.read() as session:
        found = violations.page(session, principal, asked.filter, after, limit)
    return Page(
        items=_shown(services, principal, found),
        next=following([str(each.opened_seq) for each in found], limit),
    )


@router.get("/count", responses=REFUSED)
def count_violations(
    principal: Anybody, services: Served, asked: Annotated[Asked, Depends()]
) -> Count:
    """Return how many violations there are; operators count their own."""
    with services.store.read() as session:
        return Count(count=violations.number(session, principal, asked.filter))


@router.get("/{violation_id}", responses=REFUSED | errors(HTTPStatus.NOT_FOUND))
def get_violation(
    violation_id: ViolationId, principal: Anybody, services: Served, response: Response
) -> ViolationShown:
    """Return one violation."""
    with services.store.read() as session:
        found = violations.get(session, principal, violation_id)
    response.headers["ETag"] = f'"{found.revision}"'
    return _shown(services, principal, (found,))[0]


@router.post("/{violation_id}/acknowledge", responses=CHANGES)
def acknowledge(
    violation_id: ViolationId,
    given: HandlingGiven,
    principal: Police,
    services: Served,
    if_match: IfMatch = None,
) -> ViolationShown:
    """Take a violation into hand, as it was seen: by ``If-Match`` or at ``revision``."""
    return _handled(services, principal, violation_id, given, if_match, violations.acknowledge)


@router.post("/{violation_id}/resolve", responses=CHANGES)
def resolve(
    violation_id: ViolationId,
    given: ResolutionGiven,
    principal: Police,
    services: Served,
    if_match: IfMatch = None,
) -> ViolationShown:
    """Say that a violation is dealt with and how, as it was seen: by ``If-Match`` or at ``revision``."""
    handle = partial(violations.resolve, unfounded=given.unfounded)
    return _handled(services, principal, violation_id, given, if_match, handle)


def _handled(
    services: Services,
    principal: Principal,
    key: str,
    given: HandlingGiven,
    if_match: str | None,
    handle: Any,
) -> ViolationShown:
    revision = step_revision(given.revision, if_match)
    if revision is None:
        raise ProblemError(HTTPStatus.PRECONDITION_REQUIRED, sentence("condition"))
    try:
        with services.store.write() as session:
            event: ViolationEvent = handle(session, principal, key, revision, given.note, now())
    except Conflict as error:
        raise _with_current(as_asked(error, if_match), services, principal, key) from None
    services.violation_changed(event)
    return _shown(services, principal, (event.violation,))[0]


def _with_current(
    error: Exception, services: Services, principal: Principal, key: str
) -> ProblemError:
    problem = of_error(error)
    with services.store.read() as session:
        found = violations.get(session, principal, key)
    problem.current = _shown(services, principal, (found,))[0].model_dump(mode="json")
    return problem


def _shown(
    services: Services, principal: Principal, found: tuple[ViolationRecord, ...]
) -> list[ViolationShown]:
    devices = (device for each in found for device in (each.device_id, each.other_device_id))
    with services.store.read() as session:
        labels = registry.labels(session, principal, filter(None, devices))
    names, sight = services.zones.current().names, services.live.sources.sight_of(principal)
    told = (as_seen_by(violation_json(each, labels, names), sight.scope) for each in found)
    return [ViolationShown.model_validate(as_exact_as(each, sight.decimals)) for each in told]
