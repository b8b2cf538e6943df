"""Mutual recognition (互认): bundles taken in and made, what they come to, and who is trusted."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Path, Query, Request, Response
from fastapi.responses import FileResponse
from starlette.concurrency import run_in_threadpool

from permits.entries import Vehicle
from zone_service.auth import Administrator, Anybody, Asker
from zone_service.clock import now
from zone_service.languages import language_of
from zone_service.problems import Responses, errors
from zone_service.recognition_file import MEDIA_TYPE
from zone_service.recognition_keeping import (
    Looked,
    Office,
    exported,
    imported,
    published,
    require_recognised,
)
from zone_service.routes.conditions import EDITS, SeenRevision
from zone_service.routes.paging import After, Limit, following
from zone_service.routes.submitting import NO_KEY, Router
from zone_service.schemas.fields import Page
from zone_service.schemas.recognition import (
    ExportGiven,
    FactsShown,
    LookedShown,
    RecognitionShown,
    TrustListGiven,
    TrustListShown,
)
from zone_service.services import Services, services_of
from zone_service.store import recognitions, register, trust_lists
from zone_service.store.errors import NotFound
from zone_service.store.records import Principal

router = Router(prefix="/api/recognition", tags=["recognition"])
Served = Annotated[Services, Depends(services_of)]
RecognitionKey = Annotated[int, Path(ge=0, le=2**62)]
Digest = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
EntryKey = Annotated[str, Path(max_length=64)]
DryRun = Annotated[bool, Query(description="Look only: the report comes whatever is wrong.")]

REFUSED = errors(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
FOUND = REFUSED | errors(HTTPStatus.NOT_FOUND)
TAKES = REFUSED | errors(HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
FILE_ANSWER: Responses = {HTTPStatus.OK.value: {"content": {MEDIA_TYPE: {}}}}
FILE_BODY = {"requestBody": {"required": True, "content": {MEDIA_TYPE: {}}}}
MANY_BYTES = {NO_KEY: "the answer is a file that may be long, and making it changes nothing"}


@router.get("/bundles", responses=REFUSED)
def list_bundles(
    principal: Anybody,
    services: Served,
    vin: Annotated[str | None, Query(max_length=17)] = None,
    issuer: Annotated[str | None, Query(max_length=32)] = None,
    after: After = "",
    limit: Limit = 100,
) -> Page[RecognitionShown]:
    """Return the bundles that were recognised; operators see those about their own vehicles."""
    with services.store.read() as session:
        found = recognitions.page(
            session,
            principal,
            vin=vin,
            issuer=issuer,
            after=int(after) if after.isascii() and after.isdigit() else 0,
            limit=limit,
        )
    return Page(
        items=[RecognitionShown.of(each) for each in found],
        next=following([str(each.recognition_id) for each in found], limit),
    )


@router.post(
    "/bundles",
    status_code=HTTPStatus.CREATED,
    responses=TAKES | {HTTPStatus.OK.value: {"model": LookedShown}},
    openapi_extra=FILE_BODY,
)
async def take_bundle(
    request: Request,
    response: Response,
    principal: Asker,
    services: Served,
    *,
    dry_run: DryRun = False,
) -> LookedShown:
    """Recognise a bundle of another jurisdiction, whole or not at all; all that is wrong is listed."""
    content = await request.body()
    looked = await run_in_threadpool(_look, services, principal, content, dry_run=dry_run)
    if dry_run:
        response.status_code = HTTPStatus.OK
    return LookedShown.of(looked, language_of(request.headers.get("accept-language")))


def _look(services: Services, principal: Principal, content: bytes, *, dry_run: bool) -> Looked:
    with services.store.read() as session:
        sheet = services.rules.ruling(session).sheet
    looked = imported(_office(services), principal, content, sheet, now(), dry_run=dry_run)
    return looked if dry_run else require_recognised(looked)


@router.get("/bundles/{recognition_id}", responses=FOUND)
def get_bundle(
    recognition_id: RecognitionKey, principal: Anybody, services: Served
) -> RecognitionShown:
    """Return one bundle that was recognised."""
    with services.store.read() as session:
        return RecognitionShown.of(recognitions.get(session, principal, recognition_id))


@router.get(
    "/bundles/{recognition_id}/files/{sha256}", response_class=FileResponse, responses=FOUND
)
def get_bundle_file(
    recognition_id: RecognitionKey, sha256: Digest, principal: Anybody, services: Served
) -> Response:
    """Return a paper that came with a bundle, to be saved: it is never shown as a page of this site."""
    with services.store.read() as session:
        found = recognitions.get(session, principal, recognition_id)
    for each in found.bundle.files:
        if each.sha256 == sha256:
            path, name = services.files.whole(each), f"{found.bundle.issuer}-{sha256[:12]}"
            headers = {"ETag": f'"{sha256}"', "Cache-Control": "private, no-cache"}
            return FileResponse(path, media_type=each.media_type, filename=name, headers=headers)
    raise NotFound(what="file", key=sha256)


@router.get("/vehicles/{entry_id}", responses=FOUND)
def get_recognised(entry_id: EntryKey, principal: Anybody, services: Served) -> FactsShown:
    """Return what is recognised of a vehicle now, configured as it is registered."""
    with services.store.read() as session:
        found = register.get(session, principal, entry_id)
        facts = (
            recognitions.facts_of_vehicle(session, found.particulars, now())
            if isinstance(found.particulars, Vehicle)
            else None
        )
    if facts is None:
        raise NotFound(what="recognition of vehicle", key=entry_id)
    return FactsShown.of(entry_id, facts)


@router.post(
    "/export",
    response_class=Response,
    responses=FOUND | FILE_ANSWER,
    openapi_extra=MANY_BYTES,
)
def export_bundle(given: ExportGiven, principal: Asker, services: Served) -> Response:
    """Tell other jurisdictions of vehicles: a signed file with their tests, figures and papers."""
    with services.store.read() as session:
        sheet = services.rules.ruling(session).sheet
    bundle, content = exported(_office(services), principal, given.told(), sheet, now())
    headers = {"Content-Disposition": f'attachment; filename="{bundle.bundle_id}.zip"'}
    return Response(content, media_type=MEDIA_TYPE, headers=headers)


@router.get("/trust-list", responses=REFUSED)
def get_trust_list(_: Anybody, services: Served, response: Response) -> TrustListShown:
    """Return the trust list in force; its ETag is what the next version follows."""
    with services.store.read() as session:
        found = trust_lists.in_force(session)
    response.headers["ETag"] = f'"{found.number}"'
    return TrustListShown.of(found)


@router.put("/trust-list", responses=REFUSED | EDITS)
def put_trust_list(
    given: TrustListGiven,
    principal: Administrator,
    services: Served,
    seen: SeenRevision,
    response: Response,
) -> TrustListShown:
    """Publish the next version of the trust list, after the one of ``If-Match``."""
    made = published(services.store, principal, given.text, given.reason, now(), seen)
    response.headers["ETag"] = f'"{made.number}"'
    return TrustListShown.of(made)


def _office(services: Services) -> Office:
    settings = services.settings
    return Office(services.store, services.files, settings.data_dir, settings.recognition_max_bytes)
