"""Documents and their files: handed in, read, withdrawn; never changed."""

from datetime import date
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Path, Query, Request, Response
from fastapi.responses import FileResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from permits.document import Covered, StoredFile
from permits.document_kinds import CoveredKind, DocumentKind
from permits.issuing import legal_day
from zone_service.auth import Anybody
from zone_service.clock import now
from zone_service.file_content import ENDINGS
from zone_service.problems import ProblemError, errors, sentence
from zone_service.routes.conditions import ENDED_ONCE, NO_CONDITION
from zone_service.routes.paging import A_TABLE, After, Limit, following
from zone_service.routes.submitting import OWN_KEY, Key, Router, done_once, sent
from zone_service.schemas.documents import DocumentGiven, DocumentKindShown, DocumentShown
from zone_service.schemas.fields import Page
from zone_service.services import Services, services_of
from zone_service.store import changed_papers, documents
from zone_service.store.errors import InvalidValue, NotFound
from zone_service.store.files import Incoming
from zone_service.store.records import KeptDocument, Principal

router = Router(prefix="/api", tags=["documents"])
Served = Annotated[Services, Depends(services_of)]
DocumentKey = Annotated[str, Path(max_length=32)]
Sha256 = Annotated[
    str | None,
    Query(pattern="^[0-9a-f]{64}$", description="Of the file: another content is refused."),
]

REFUSED = errors(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
FOUND = REFUSED | errors(HTTPStatus.NOT_FOUND)
CHANGES = FOUND | errors(HTTPStatus.CONFLICT)
_WHY = "the same file again changes nothing, and is answered alike; another one is refused"
SAME_AGAIN = {
    OWN_KEY: "the file is not held: its digest stands for it",
    NO_CONDITION: _WHY,
}
FILE_BODY = {"requestBody": {"required": True, "content": {each: {} for each in ENDINGS}}}
_PART_BYTES = 1 << 20


@router.get("/document-kinds", responses=REFUSED, openapi_extra=A_TABLE)
def list_document_kinds(_: Anybody) -> list[DocumentKindShown]:
    """Return every kind of document: what it may be about, and what it must state."""
    return DocumentKindShown.all()


@router.get("/documents", responses=REFUSED)
def list_documents(
    principal: Anybody,
    services: Served,
    covers_kind: CoveredKind | None = None,
    covers_key: Annotated[str | None, Query(max_length=64)] = None,
    kind: DocumentKind | None = None,
    valid_on: Annotated[
        date | None, Query(description="Only what counts on this day: filed, valid, not withdrawn.")
    ] = None,
    after: After = "",
    limit: Limit = 100,
) -> Page[DocumentShown]:
    """Return documents; operators see their own."""
    covers = _covers(covers_kind, covers_key)
    with services.store.read() as session:
        found = documents.page(
            session,
            principal,
            covers=covers,
            kind=kind,
            valid_on=valid_on,
            after=after,
            limit=limit,
        )
    return Page(
        items=[_shown(each) for each in found],
        next=following([each.document_id for each in found], limit),
    )


@router.post("/documents", status_code=HTTPStatus.CREATED, responses=CHANGES)
def add_document(given: DocumentGiven, principal: Anybody, services: Served) -> DocumentShown:
    """Hand a document in; it counts once it has its file."""
    with services.store.write() as session:
        return _shown(documents.add(session, principal, given.document(), now()))


@router.get("/documents/{document_id}", responses=FOUND)
def get_document(document_id: DocumentKey, principal: Anybody, services: Served) -> DocumentShown:
    """Return one document."""
    with services.store.read() as session:
        return _shown(documents.get(session, principal, document_id))


@router.delete("/documents/{document_id}", responses=CHANGES, openapi_extra=ENDED_ONCE)
def withdraw_document(
    document_id: DocumentKey, principal: Anybody, services: Served
) -> DocumentShown:
    """Withdraw a document: it counts for nothing any more, and stays to be read.

    Plates and permits that rest on it end at once where no other paper is there: hand in first what
    replaces it.
    """
    with services.store.write() as session:
        under = services.rules.ruling(session)
        kept = changed_papers.withdraw(session, principal, document_id, now(), under)
    services.permits_changed()
    return _shown(kept)


@router.put(
    "/documents/{document_id}/file",
    response_model=DocumentShown,
    responses=CHANGES | errors(HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    openapi_extra=FILE_BODY | SAME_AGAIN,
)
async def put_file(
    document_id: DocumentKey,
    request: Request,
    principal: Anybody,
    services: Served,
    sha256: Sha256 = None,
    key: Key = None,
) -> DocumentShown | Response:
    """Give a document its file, once: PDF, PNG, JPEG, XLSX or ZIP, by its content."""
    await run_in_threadpool(_require_may_file, services, principal, document_id)
    with services.files.incoming(services.settings.document_max_bytes) as incoming:
        await _take(request, incoming)
        file = await run_in_threadpool(incoming.keep, sha256)
    if key is None:
        return await run_in_threadpool(_put, services, principal, document_id, file)

    def put(held: Services) -> Response:
        shown = _put(held, principal, document_id, file)
        return Response(shown.model_dump_json(), media_type="application/json")

    what = sent(request, key, file.sha256.encode())
    return await run_in_threadpool(done_once, what, services, principal, put)


@router.get(
    "/documents/{document_id}/file",
    response_class=FileResponse,
    responses=FOUND | {304: {"description": "The client has this file."}},
)
def get_file(
    document_id: DocumentKey, request: Request, principal: Anybody, services: Served
) -> Response:
    """Return the file of a document, to be saved: it is never shown as a page of this site."""
    with services.store.read() as session:
        found = documents.get(session, principal, document_id)
    file = found.document.file
    if file is None:
        raise NotFound(what="file of document", key=document_id)
    headers = {"ETag": f'"{file.sha256}"', "Cache-Control": "private, no-cache"}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return FileResponse(
        services.files.whole(file),
        media_type=file.media_type,
        filename=_file_name(found, file),
        headers=headers,
    )


def _file_name(found: KeptDocument, file: StoredFile) -> str:
    """Return a name that nobody has chosen: kind and number say what it is."""
    return f"{found.document.kind.lower()}-{found.document_id}.{ENDINGS[file.media_type]}"


async def _take(request: Request, incoming: Incoming) -> None:
    """Read a body into a file, in parts that are written beside the event loop."""
    part = bytearray()
    try:
        async for chunk in request.stream():
            part += chunk
            if len(part) >= _PART_BYTES:
                await run_in_threadpool(incoming.write, bytes(part))
                part.clear()
    except ClientDisconnect:
        tell = sentence("upload ended", found=incoming.size_bytes + len(part))
        raise ProblemError(HTTPStatus.BAD_REQUEST, tell, slug="file-truncated") from None
    await run_in_threadpool(incoming.write, bytes(part))


def _require_may_file(services: Services, principal: Principal, document_id: str) -> None:
    with services.store.read() as session:
        documents.require_may_file(session, principal, document_id)


def _put(
    services: Services, principal: Principal, document_id: str, file: StoredFile
) -> DocumentShown:
    with services.store.write() as session:
        under = services.rules.ruling(session)
        kept = changed_papers.put_file(session, principal, document_id, file, now(), under)
    services.permits_changed()
    return _shown(kept)


def _covers(kind: CoveredKind | None, key: str | None) -> Covered | None:
    if kind is None and key is None:
        return None
    if kind is None or key is None:
        raise InvalidValue(why="covers half")
    return Covered(kind, key)


def _shown(kept: KeptDocument) -> DocumentShown:
    return DocumentShown.of(kept, legal_day(now()))
