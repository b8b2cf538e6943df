"""Organisations, devices and their credentials."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Path, Response

from zone_service.auth import Administrator, Anybody, Applicant
from zone_service.broker import device_client_id
from zone_service.clock import now
from zone_service.problems import errors
from zone_service.routes.conditions import EDITS, ENDED_ONCE, SeenTag
from zone_service.routes.paging import After, Limit, following
from zone_service.routes.submitting import SECRET_ANSWER, Router
from zone_service.schemas.fences import DeviceFound
from zone_service.schemas.fields import Page
from zone_service.schemas.registry import (
    CredentialMade,
    DeviceAmended,
    DeviceGiven,
    DeviceShown,
    OperatorGiven,
    OperatorShown,
)
from zone_service.services import Services, services_of
from zone_service.store import credentials, fences, registry
from zone_service.store.records import Device, Organisation
from zone_service.wire_formats import require_codec

router = Router(prefix="/api", tags=["registry"])
Served = Annotated[Services, Depends(services_of)]
DeviceKey = Annotated[str, Path(max_length=64)]

REFUSED = errors(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
CHANGES = REFUSED | errors(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)


@router.get("/operators", responses=REFUSED)
def list_operators(
    principal: Anybody, services: Served, after: After = "", limit: Limit = 100
) -> Page[OperatorShown]:
    """Return organisations; operators see their own."""
    with services.store.read() as session:
        found = registry.organisations(session, principal, after, limit)
    return Page(
        items=[OperatorShown.of(each) for each in found],
        next=following([each.organisation_id for each in found], limit),
    )


@router.post("/operators", status_code=HTTPStatus.CREATED, responses=CHANGES)
def add_operator(given: OperatorGiven, principal: Administrator, services: Served) -> OperatorShown:
    """Add an organisation."""
    wanted = Organisation(given.organisation_id, given.name, given.kind, given.department)
    with services.store.write() as session:
        made = registry.add_organisation(session, principal, wanted, now())
    services.permits_changed()
    return OperatorShown.of(made)


@router.delete("/operators/{organisation_id}", responses=CHANGES, openapi_extra=ENDED_ONCE)
def end_operator(
    organisation_id: Annotated[str, Path(max_length=64)],
    principal: Administrator,
    services: Served,
) -> OperatorShown:
    """Put on record that the legal person of an operator has ended: its permits are struck off."""
    with services.store.write() as session:
        gone = registry.end_organisation(session, principal, organisation_id, now())
    services.permits_changed()
    return OperatorShown.of(gone)


@router.get("/devices", responses=REFUSED)
def list_devices(
    principal: Anybody, services: Served, after: After = "", limit: Limit = 100
) -> Page[DeviceShown]:
    """Return devices; operators see their own."""
    with services.store.read() as session:
        found = registry.devices(session, principal, after, limit)
    return Page(
        items=[DeviceShown.of(each) for each in found],
        next=following([each.device_id for each in found], limit),
    )


@router.post("/devices", status_code=HTTPStatus.CREATED, responses=CHANGES)
def add_device(given: DeviceGiven, principal: Applicant, services: Served) -> DeviceShown:
    """Register a device, in a wire format that can be read."""
    require_codec(given.codec, services.codecs)
    wanted = Device(
        device_id=given.device_id,
        organisation_id=given.organisation_id or principal.organisation_id,
        domain=given.domain,
        label=given.label or given.device_id,
        codec=given.codec,
        wire_id=given.wire_id,
        datum=given.datum,
    )
    with services.store.write() as session:
        made = registry.add_device(session, principal, wanted, now())
    services.permits_changed()
    return DeviceShown.of(made)


@router.get("/devices/{device_id}", responses=REFUSED | errors(HTTPStatus.NOT_FOUND))
def get_device(
    device_id: DeviceKey, principal: Anybody, services: Served, response: Response
) -> DeviceFound:
    """Return one device, and whether its unit has the zones that it is to know."""
    with services.store.read() as session:
        device, fence = fences.of_device(session, principal, device_id)
        watched = fences.is_watched(session, now())
    response.headers["ETag"] = f'"{registry.tag_of(device)}"'
    return DeviceFound.with_fence(device, fence, is_watched=watched)


@router.patch("/devices/{device_id}", responses=CHANGES | EDITS)
def amend_device(
    device_id: DeviceKey,
    given: DeviceAmended,
    principal: Applicant,
    services: Served,
    seen: SeenTag,
    response: Response,
) -> DeviceShown:
    """Change what a device is called, by people or in its payloads, if nobody was faster."""
    with services.store.write() as session:
        wanted = given.applied(registry.device(session, principal, device_id))
        amended = registry.amend(session, principal, wanted, now(), expected=seen)
    services.permits_changed()
    response.headers["ETag"] = f'"{registry.tag_of(amended)}"'
    return DeviceShown.of(amended)


@router.delete("/devices/{device_id}", responses=CHANGES, openapi_extra=ENDED_ONCE)
def deactivate_device(device_id: DeviceKey, principal: Applicant, services: Served) -> DeviceShown:
    """Take a device out of service; its credential goes with it."""
    with services.store.write() as session:
        gone = registry.deactivate(session, principal, device_id, now())
    services.permits_changed()
    return DeviceShown.of(gone)


@router.post(
    "/devices/{device_id}/credential",
    status_code=HTTPStatus.CREATED,
    responses=CHANGES,
    openapi_extra=SECRET_ANSWER,
)
def issue_credential(
    device_id: DeviceKey, principal: Applicant, services: Served
) -> CredentialMade:
    """Make a new password for a device; the one before stops to work."""
    with services.store.write() as session:
        secret = credentials.issue(session, principal, device_id, now())
    services.permits_changed()
    return CredentialMade(
        device_id=device_id,
        username=device_id,
        password=secret,
        client_id=device_client_id(device_id, secret),
    )


@router.delete(
    "/devices/{device_id}/credential",
    status_code=HTTPStatus.NO_CONTENT,
    responses=CHANGES,
    openapi_extra=ENDED_ONCE,
)
def revoke_credential(device_id: DeviceKey, principal: Applicant, services: Served) -> None:
    """Make a device's password worthless: what it still sends is refused.

    Its live session drops, but for one at a broker that the platform does not run.
    """
    with services.store.write() as session:
        credentials.revoke(session, principal, device_id, now())
    services.permits_changed()
