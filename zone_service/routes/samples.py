"""Samples of applications, for whoever tries the platform out."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Query
from sqlmodel import Session

from geofence.zone import ZoneKind
from permits.application_kinds import NEEDS
from permits.document_kinds import CoveredKind
from permits.permit import PermitKind
from permits.precondition_facts import texts_in
from permits.sheet import Sheet
from telemetry.report import Domain
from zone_service.auth import Applicant
from zone_service.clock import now
from zone_service.problems import errors
from zone_service.routes.submitting import Router
from zone_service.sample_application import Entry, Sample, sample_of
from zone_service.schemas.fields import DeviceId, ZoneId
from zone_service.schemas.samples import SampleShown
from zone_service.services import Services, services_of
from zone_service.settings import Environment
from zone_service.store import register, registry, zones
from zone_service.store.errors import NotAllowed, NotFound
from zone_service.store.records import Principal

router = Router(prefix="/api/applications", tags=["permits"])
Served = Annotated[Services, Depends(services_of)]

FOUND = errors(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
DOMAINS = {
    CoveredKind.VEHICLE: Domain.ROAD,
    CoveredKind.AIRCRAFT: Domain.AIR,
    CoveredKind.VESSEL: Domain.WATER,
}


@router.get("/sample", responses=FOUND)
def sample_application(
    kind: PermitKind,
    principal: Applicant,
    services: Served,
    device_id: Annotated[DeviceId | None, Query(description="Else one's first.")] = None,
    zone_id: Annotated[
        list[ZoneId], Query(max_length=100, description="Else one that is open to it.")
    ] = [],  # noqa: B006 -- FastAPI copies it
) -> SampleShown:
    """Return every request that an application of a kind takes, made up: not in production."""
    if services.settings.environment is Environment.PRODUCTION:
        raise NotAllowed(why="sample in production")
    domain = DOMAINS[NEEDS[kind].moves]
    with services.store.read() as session:
        sheet = services.rules.ruling(session).sheet
        device = device_id or _device(session, principal, domain)
        found = zone_id or [_zone(session, sheet, kind, domain)]
        own = principal.organisation_id
        moved = _moved(session, principal, device)
        sample = sample_of(kind, own, device, found, now(), moved)
        registered = _registered(session, principal, sample)
    return SampleShown.of(sample, registered)


def _moved(session: Session, principal: Principal, device_id: str) -> Entry | None:
    for each in register.of_devices(session, principal, [device_id]):
        return Entry(each.entry_id, each.device_id, each.particulars)
    return None


def _registered(session: Session, principal: Principal, sample: Sample) -> frozenset[str]:
    return frozenset(
        each.entry_id
        for each in sample.entries
        if _is_registered(session, principal, each.entry_id)
    )


def _is_registered(session: Session, principal: Principal, entry_id: str) -> bool:
    try:
        register.get(session, principal, entry_id)
    except NotFound:
        return False
    return True


def _device(session: Session, principal: Principal, domain: Domain) -> str:
    for each in registry.devices(session, principal, "", 1000):
        own = each.organisation_id == principal.organisation_id
        if own and each.active and each.domain is domain:
            return each.device_id
    raise NotFound(what="device of yours that moves by", key=domain.value)


def _zone(session: Session, sheet: Sheet, kind: PermitKind, domain: Domain) -> str:
    """Return a place that permits name, of a class that is open to the kind where that is said."""
    there = [
        each
        for each in zones.in_force(session).zones
        if each.kind is ZoneKind.KEEP_IN and domain.value in each.domains
    ]
    classes = texts_in(sheet, f"segments.open_to.{kind}") or ()
    opened = [each for each in there if each.category in classes]
    for each in sorted(opened or there, key=lambda zone: zone.zone_id):
        return each.zone_id
    raise NotFound(what="place for a permit of kind", key=kind.value)
