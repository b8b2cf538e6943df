"""The map: what is in force, and new ones."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from maps.findings import Weight
from telemetry.report import Datum
from zone_service.auth import Anybody, Police
from zone_service.clock import now
from zone_service.problems import FieldProblem, ProblemError, errors
from zone_service.routes.geojson_answer import ANSWERS, GEOJSON, KnownTags, geojson_answer
from zone_service.schemas.zones import ImportProblem, ImportShown
from zone_service.services import Services, services_of
from zone_service.store.records import Principal
from zone_service.zone_import import Checked, check, put_in_force

router = APIRouter(prefix="/api/zones", tags=["zones"])
Served = Annotated[Services, Depends(services_of)]

REFUSED = errors(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


@router.get(
    "",
    response_class=Response,
    responses=REFUSED | ANSWERS,
)
def get_zones(_: Anybody, services: Served, if_none_match: KnownTags = None) -> Response:
    """Return the map in force, one feature a volume."""
    current = services.zones.current()
    return geojson_answer(current.geojson, current.etag, if_none_match)


@router.post(
    "/import",
    responses=REFUSED | errors(HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    openapi_extra={"requestBody": {"required": True, "content": {GEOJSON: {}}}},
)
async def import_zones(
    request: Request,
    principal: Police,
    services: Served,
    datum: Annotated[Datum | None, Query(description="Where the file does not say.")] = None,
    *,
    dry_run: Annotated[bool, Query(description="Check only.")] = False,
    replace: Annotated[bool, Query(description="False keeps the zones of other ids.")] = True,
) -> ImportShown:
    """Check a GeoJSON file and put it in force, whole or not at all; every problem is listed."""
    body = await request.body()
    return await run_in_threadpool(
        _import, services, principal, body, datum, dry_run=dry_run, replace=replace
    )


def _import(
    services: Services,
    principal: Principal,
    body: bytes,
    datum: Datum | None,
    *,
    dry_run: bool,
    replace: bool,
) -> ImportShown:
    checked = check(body, datum)
    if checked.refused and not dry_run:
        raise _refusal(checked)
    publish = not (checked.refused or dry_run)
    revision = services.zones.current().revision
    if publish:
        revision = _publish(services, principal, checked, replace=replace)
    return ImportShown(
        zones=len(checked.zones),
        revision=revision,
        published=publish,
        refused=checked.refused,
        problems=[ImportProblem.of(each) for each in checked.problems],
    )


def _refusal(checked: Checked) -> ProblemError:
    count = sum(each.weight is Weight.ERROR for each in checked.problems)
    return ProblemError(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        f"{count} problems in the file: nothing was changed",
        slug="invalid-zones",
        errors=[FieldProblem(path=each.path, message=each.message) for each in checked.problems],
    )


def _publish(services: Services, principal: Principal, checked: Checked, *, replace: bool) -> int:
    revision = put_in_force(services.store, principal, checked, now(), keep_others=not replace)
    services.zones_changed(revision)
    return revision
