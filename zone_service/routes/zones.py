"""The map: what is in force, new ones, and the zones on it one by one."""

import json
from collections.abc import Container
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from maps.findings import Weight
from maps.geojson import write_zones
from permits.rule_words import Language
from telemetry.report import Datum
from zone_service.auth import Anybody, Police
from zone_service.clock import now
from zone_service.languages import language_of
from zone_service.problem_words import problem_words
from zone_service.problems import FieldProblem, ProblemError, Told, errors, of_error
from zone_service.routes.conditions import EDITS, SeenRevision, SeenRevisionOrNone
from zone_service.routes.geojson_answer import ANSWERS, GEOJSON, KnownTags, geojson_answer
from zone_service.routes.submitting import Router
from zone_service.schemas.zones import ImportProblem, ImportShown, ZoneChanged
from zone_service.services import Services, services_of
from zone_service.store import permit_parts, zones
from zone_service.store.errors import Conflict, NotFound
from zone_service.store.records import Principal, ZoneInForce, ZonePut
from zone_service.zone_import import (
    Checked,
    becoming,
    check,
    check_one,
    put_in_force,
    put_one_in_force,
)
from zone_service.zone_words import zone_said

router = Router(prefix="/api/zones", tags=["zones"])
Served = Annotated[Services, Depends(services_of)]
ZoneKey = Annotated[str, Path(max_length=64)]
ToldDatum = Annotated[Datum | None, Query(description="Where the file does not say.")]

REFUSED = errors(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
CHANGES = REFUSED | errors(HTTPStatus.CONFLICT)
GEOJSON_BODY = {"requestBody": {"required": True, "content": {GEOJSON: {}}}}


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
    openapi_extra=GEOJSON_BODY,
)
async def import_zones(
    request: Request,
    principal: Police,
    services: Served,
    datum: ToldDatum = None,
    *,
    dry_run: Annotated[bool, Query(description="Check only.")] = False,
    replace: Annotated[bool, Query(description="False keeps the zones of other ids.")] = True,
) -> ImportShown:
    """Check a GeoJSON file and put it in force, whole or not at all; every problem is listed.

    So are the permits that stand on what ends with it, or is drawn anew as no place of theirs: who is there is
    outside from then on.
    """
    body = await request.body()
    language = language_of(request.headers.get("accept-language"))
    return await run_in_threadpool(
        _import, services, principal, body, datum, language, dry_run=dry_run, replace=replace
    )


def _import(
    services: Services,
    principal: Principal,
    body: bytes,
    datum: Datum | None,
    language: Language,
    *,
    dry_run: bool,
    replace: bool,
) -> ImportShown:
    checked = check(body, datum)
    if checked.refused and not dry_run:
        raise _refusal(checked)
    publish = not (checked.refused or dry_run)
    revision, permits = services.zones.current().revision, tuple[str, ...]()
    if publish:
        revision, permits = _publish(services, principal, checked, replace=replace)
    elif not checked.refused:
        permits = becoming(services.store, checked, keep_others=not replace).permits
    return ImportShown(
        zones=len(checked.zones),
        revision=revision,
        published=publish,
        refused=checked.refused,
        problems=[ImportProblem.of(each, language) for each in checked.problems],
        permits=list(permits),
    )


def _refusal(checked: Checked) -> ProblemError:
    count = sum(each.weight is Weight.ERROR for each in checked.problems)

    def told(language: Language) -> Told:
        wrong = tuple(
            FieldProblem(path=each.path, message=zone_said(each.said, language))
            for each in checked.problems
        )
        return Told(problem_words("zones", language, count=count), wrong)

    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, told, slug="invalid-zones")


def _publish(
    services: Services, principal: Principal, checked: Checked, *, replace: bool
) -> tuple[int, tuple[str, ...]]:
    """Return the revision of the map, and the permits that stand on what has ended."""
    revision, done = put_in_force(
        services.store, principal, checked, now(), keep_others=not replace
    )
    services.zones_changed(revision)
    return revision, done.permits


@router.get(
    "/{zone_id}",
    response_class=Response,
    responses=REFUSED | errors(HTTPStatus.NOT_FOUND) | ANSWERS,
)
def get_zone(
    zone_id: ZoneKey, _: Anybody, services: Served, if_none_match: KnownTags = None
) -> Response:
    """Return one zone, one feature a volume; its ETag is what a change may be made to depend on."""
    with services.store.read() as session:
        found = zones.one_in_force(session, zone_id)
    content = json.dumps(write_zones((found.zone,)), ensure_ascii=False).encode()
    return geojson_answer(content, _etag(found), if_none_match)


@router.put(
    "/{zone_id}",
    responses=CHANGES | EDITS | {HTTPStatus.CREATED.value: {"model": ZoneChanged}},
    openapi_extra=GEOJSON_BODY,
)
async def put_zone(
    zone_id: ZoneKey,
    request: Request,
    response: Response,
    principal: Police,
    services: Served,
    seen: SeenRevisionOrNone,
    datum: ToldDatum = None,
) -> ZoneChanged:
    """Add or replace one zone: a GeoJSON feature, or a collection of its volumes.

    All that is wrong is listed. It is the zone that was seen that is replaced, or one that is new. The permits that
    lose a place are named: what they let be there is suspended.
    """
    body = await request.body()
    checked, done, permits = await run_in_threadpool(
        _put, services, principal, zone_id, body, datum, seen
    )
    response.status_code = HTTPStatus.CREATED if done.added else HTTPStatus.OK
    response.headers["ETag"] = _etag(done)
    language = language_of(request.headers.get("accept-language"))
    return ZoneChanged(
        zone_id=zone_id,
        revision=done.revision,
        problems=[ImportProblem.of(each, language) for each in checked.problems],
        permits=list(permits),
    )


def _put(
    services: Services,
    principal: Principal,
    zone_id: str,
    body: bytes,
    datum: Datum | None,
    expected: Container[int],
) -> tuple[Checked, ZonePut, tuple[str, ...]]:
    checked = check_one(zone_id, body, datum)
    if checked.refused:
        raise _refusal(checked)
    try:
        done, permits = put_one_in_force(
            services.store, principal, checked, now(), expected=expected
        )
    except Conflict as error:
        raise _with_current(error, services, zone_id) from None
    services.zones_changed(done.revision)
    return checked, done, permits


@router.delete("/{zone_id}", responses=CHANGES | EDITS | errors(HTTPStatus.NOT_FOUND))
def withdraw_zone(
    zone_id: ZoneKey, principal: Police, services: Served, seen: SeenRevision
) -> ZoneChanged:
    """Withdraw one zone, if it is still the one that was seen."""
    try:
        with services.store.write() as session:
            revision = zones.withdraw(session, principal, zone_id, now(), expected=seen)
            numbers = permit_parts.standing_in(session, [zone_id])
    except Conflict as error:
        raise _with_current(error, services, zone_id) from None
    services.zones_changed(revision)
    return ZoneChanged(zone_id=zone_id, revision=revision, permits=list(numbers))


def _etag(zone: ZoneInForce | ZonePut) -> str:
    return f'"{zone.since_revision}"'


def _with_current(error: Conflict, services: Services, zone_id: str) -> ProblemError:
    problem = of_error(error)
    try:
        with services.store.read() as session:
            found = zones.one_in_force(session, zone_id)
    except NotFound:
        return problem
    problem.current = write_zones((found.zone,))
    problem.headers["ETag"] = _etag(found)
    return problem
