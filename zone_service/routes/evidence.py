"""Evidence: clips that are sealed, who reads one and for what, and holds on them."""

from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import Depends, Path, Query, Response

from zone_service.auth import Anybody, Police, Supervisor
from zone_service.clips.keeping import file_of
from zone_service.clock import now
from zone_service.problems import errors
from zone_service.routes.paging import Limit, following
from zone_service.routes.submitting import Router
from zone_service.schemas.evidence import EvidenceShown, FurtherTimeGiven, HoldGiven
from zone_service.schemas.fields import Page
from zone_service.services import Services, services_of
from zone_service.store import clips, clips_beside, registry
from zone_service.store.clips_beside import Asked
from zone_service.store.records import EvidenceClip, EvidenceFilter, Principal
from zone_service.store.roles import SEES_ALL

router = Router(prefix="/api/evidence", tags=["evidence"])
Served = Annotated[Services, Depends(services_of)]
ClipKey = Annotated[str, Path(max_length=80)]
REFUSED = errors(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY)
FOUND = REFUSED | errors(HTTPStatus.NOT_FOUND)
CHANGES = FOUND | errors(HTTPStatus.CONFLICT)
MEDIA_TYPE: Final = "application/zip"
FILE: Final[dict[int | str, dict[str, Any]]] = {
    HTTPStatus.OK.value: {"description": "The clip: a ZIP file.", "content": {MEDIA_TYPE: {}}}
}
Purpose = Annotated[
    str,
    Query(min_length=1, max_length=2000, description="What it is read for; it is on record."),
]


@router.get("", responses=REFUSED)
def list_evidence(
    principal: Anybody,
    services: Served,
    key: Annotated[str | None, Query(max_length=64)] = None,
    is_held: Annotated[bool | None, Query(alias="held")] = None,
    is_sealed: Annotated[bool | None, Query(alias="sealed")] = None,
    after: Annotated[str | None, Query(max_length=80)] = None,
    limit: Limit = 100,
) -> Page[EvidenceShown]:
    """Return clips by their ids; `key` is a violation or an accident. Operators see that there are some of theirs."""
    asked = EvidenceFilter(key=key, is_held=is_held, is_sealed=is_sealed)
    with services.store.read() as session:
        found = clips.page(session, principal, asked, after or "", limit)
    return Page(
        items=_shown(services, principal, found),
        next=following([each.clip_id for each in found], limit),
    )


@router.get("/{clip_id}", responses=FOUND)
def get_evidence(clip_id: ClipKey, principal: Anybody, services: Served) -> EvidenceShown:
    """Return what is known of a clip; operators see that there is one of theirs."""
    with services.store.read() as session:
        found = clips.get(session, principal, clip_id)
    return _shown(services, principal, (found,))[0]


@router.get("/{clip_id}/file", responses=FOUND | FILE | errors(HTTPStatus.INTERNAL_SERVER_ERROR))
def get_evidence_file(
    clip_id: ClipKey, purpose: Purpose, principal: Police, services: Served
) -> Response:
    """Return the sealed file of a clip, to the police. That it was read, by whom and for what is in the audit."""
    folder = services.settings.evidence_dir
    clip, content = file_of(services.store, folder, principal, clip_id, purpose, now())
    headers = {
        "Content-Disposition": f'attachment; filename="{clip.clip_id}.zip"',
        "Cache-Control": "no-store",
        "ETag": f'"{clip.sha256}"',
    }
    return Response(content, media_type=MEDIA_TYPE, headers=headers)


@router.post(
    "/{clip_id}/further",
    responses=CHANGES | errors(HTTPStatus.GONE),
    status_code=HTTPStatus.CREATED,
)
def ask_further_evidence(
    clip_id: ClipKey, given: FurtherTimeGiven, principal: Supervisor, services: Served
) -> EvidenceShown:
    """Have a further time sealed, of what a clip is of. That it was asked for, by whom and for what is in the audit and in the file."""
    asked = Asked(given.begins, given.ends, given.purpose)
    with services.store.write() as session:
        found = clips_beside.ask_further(session, principal, clip_id, asked, now())
    return _shown(services, principal, (found,))[0]


@router.post("/{clip_id}/hold", responses=CHANGES)
def hold_evidence(
    clip_id: ClipKey, given: HoldGiven, principal: Police, services: Served
) -> EvidenceShown:
    """Put a legal hold on a clip: it is kept until that is lifted, whatever its time."""
    with services.store.write() as session:
        found = clips.hold(session, principal, clip_id, given.reason, now())
    return _shown(services, principal, (found,))[0]


@router.post("/{clip_id}/release", responses=CHANGES)
def release_evidence(
    clip_id: ClipKey, given: HoldGiven, principal: Police, services: Served
) -> EvidenceShown:
    """Lift the legal hold on a clip."""
    with services.store.write() as session:
        found = clips.release(session, principal, clip_id, given.reason, now())
    return _shown(services, principal, (found,))[0]


def _shown(
    services: Services, principal: Principal, found: tuple[EvidenceClip, ...]
) -> list[EvidenceShown]:
    own: frozenset[str] | None = None
    if principal.role not in SEES_ALL and found:
        with services.store.read() as session:
            own = registry.own_ids(session, principal)
    return [EvidenceShown.of(each, own) for each in found]
