"""What units are told of zones: how each stands to it, and the files that DJI aircraft fetch."""

from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import Depends, Path, Response

from zone_service import broker
from zone_service.auth import PUBLIC, Anybody
from zone_service.clock import now, unix_s
from zone_service.fences import tokens
from zone_service.problems import errors
from zone_service.routes.submitting import Router
from zone_service.schemas.fences import FenceShown
from zone_service.services import Services, services_of
from zone_service.store import fences
from zone_service.store.errors import NotFound

router = Router(prefix="/api", tags=["fences"])
Served = Annotated[Services, Depends(services_of)]
DeviceKey = Annotated[str, Path(max_length=64)]
REFUSED = errors(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
MEDIA_TYPE: Final = "application/json"
FILE: Final[dict[int | str, dict[str, Any]]] = {
    HTTPStatus.OK.value: {"description": "The file of flight areas.", "content": {MEDIA_TYPE: {}}}
}


@router.get("/devices/{device_id}/fence", responses=REFUSED)
def get_fence(device_id: DeviceKey, principal: Anybody, services: Served) -> FenceShown:
    """Return which zones a device is to know, whether it has said that it does, and what it cannot be told."""
    with services.store.read() as session:
        found = fences.of_device(session, principal, device_id)
        return FenceShown.of(*found, is_watched=fences.is_watched(session, now()))


@router.get(
    "/fence-files/{token}",
    dependencies=[Depends(PUBLIC)],
    response_class=Response,
    responses=FILE | errors(HTTPStatus.NOT_FOUND),
)
def get_fence_file(token: Annotated[str, Path(max_length=200)], services: Served) -> Response:
    """Return the file of flight areas that a DJI gateway was given this address of, for an hour."""
    try:
        key = broker.service_access(services.settings).password
    except broker.BrokerError:
        raise NotFound(what="fence file", key=token[:80]) from None
    claim = tokens.read(key, token, unix_s())
    with services.store.read() as session:
        fence = None if claim is None else fences.get(session, claim.device_id)
    if claim is None or fence is None or fence.version != claim.version:
        raise NotFound(what="fence file", key=token[:80])
    return Response(fence.body, media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})
