"""Registering devices and people from the command line, as the platform's administrator."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlmodel import Session

from telemetry.report import Datum, Domain
from zone_service.clock import now
from zone_service.settings import Settings
from zone_service.store import accounts, registry
from zone_service.store.engine import Store, open_store
from zone_service.store.errors import InvalidValue, NotFound
from zone_service.store.records import (
    PLATFORM,
    Device,
    Organisation,
    OrganisationKind,
    Role,
)

KIND_OF_ROLE = {
    Role.OPERATOR: OrganisationKind.OPERATOR,
    Role.REVIEWER: OrganisationKind.DEPARTMENT,
    Role.POLICE: OrganisationKind.POLICE,
    Role.ADMINISTRATOR: OrganisationKind.PLATFORM,
}


def opened(settings: Settings) -> Store:
    """Return the store, with tables of the right age.

    Raises:
        SchemaMismatch: its tables are missing or of another age.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    store = open_store(settings.database)
    store.require_schema()
    return store


@contextmanager
def _opening(settings: Settings) -> Iterator[Store]:
    store = opened(settings)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def _writing(settings: Settings) -> Iterator[Session]:
    with _opening(settings) as store, store.write() as session:
        yield session


def ensure_organisation(
    session: Session, organisation_id: str, kind: OrganisationKind, department: str | None = None
) -> Organisation:
    """Return an organisation, made if it does not exist."""
    try:
        return registry.organisation(session, PLATFORM, organisation_id)
    except NotFound:
        made = Organisation(organisation_id, organisation_id, kind, department)
        return registry.add_organisation(session, PLATFORM, made, now())


def add_device(settings: Settings, device: Device) -> str:
    """Register a device, its operator with it if need be, and return its secret, once."""
    with _writing(settings) as session:
        ensure_organisation(session, device.organisation_id, OrganisationKind.OPERATOR)
        registry.add_device(session, PLATFORM, device, now())
        return registry.issue_credential(session, PLATFORM, device.device_id, now())


def device_of(
    device_id: str,
    operator: str,
    domain: Domain,
    label: str,
    codec: str,
    wire_id: str | None,
    datum: Datum,
) -> Device:
    """Return the device that a command line describes."""
    return Device(
        device_id=device_id,
        organisation_id=operator,
        domain=domain,
        label=label,
        codec=codec,
        wire_id=wire_id,
        datum=datum,
    )


def revoke_device(settings: Settings, device_id: str) -> bool:
    """Withdraw a device's credential; tell whether there was one."""
    with _writing(settings) as session:
        return registry.revoke_credential(session, PLATFORM, device_id, now())


def add_user(
    settings: Settings,
    username: str,
    role: str,
    organisation_id: str,
    password: str,
    department: str | None,
) -> None:
    """Make an account, and its organisation if need be.

    Raises:
        InvalidValue: there is no such role.
    """
    try:
        known = Role(role)
    except ValueError:
        msg = f"role {role!r}: expected one of {', '.join(Role)}"
        raise InvalidValue(msg) from None
    with _opening(settings) as store:
        with store.write() as session:
            ensure_organisation(session, organisation_id, KIND_OF_ROLE[known], department)
        accounts.add_user(
            store,
            PLATFORM,
            username=username,
            password=password,
            role=known,
            organisation_id=organisation_id,
            department=department,
            at=now(),
        )
