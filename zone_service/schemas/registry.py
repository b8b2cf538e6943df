"""Organisations, devices and credentials as requests and answers."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, StringConstraints

from telemetry.report import Datum, Domain
from zone_service.schemas.fields import DeviceId, Given, Id, LongName, Name
from zone_service.store.records import Device, Organisation, OrganisationKind
from zone_service.store.roles import Department


class OperatorGiven(Given):
    """An organisation to be added."""

    organisation_id: Id
    name: LongName
    kind: OrganisationKind = OrganisationKind.OPERATOR
    department: Department | None = None


class OperatorShown(BaseModel):
    """An organisation."""

    organisation_id: str
    name: str
    kind: OrganisationKind
    department: str | None
    ended_at: datetime | None
    """When its legal person ended, which strikes off its permits."""

    @classmethod
    def of(cls, organisation: Organisation) -> Self:
        """Return what a client sees."""
        return cls(
            organisation_id=organisation.organisation_id,
            name=organisation.name,
            kind=organisation.kind,
            department=organisation.department,
            ended_at=organisation.ended_at,
        )


class DeviceGiven(Given):
    """A device to be registered; without an organisation it is the caller's own."""

    device_id: DeviceId
    organisation_id: Id | None = None
    domain: Domain
    label: Name | None = None
    codec: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,32}$")] = "canonical"
    wire_id: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,64}$")] | None = None
    datum: Datum = Datum.WGS84


class DeviceShown(BaseModel):
    """A registered device."""

    device_id: str
    organisation_id: str
    domain: Domain
    label: str
    codec: str
    wire_id: str | None
    datum: Datum
    active: bool

    @classmethod
    def of(cls, device: Device) -> Self:
        """Return what a client sees."""
        return cls(
            device_id=device.device_id,
            organisation_id=device.organisation_id,
            domain=device.domain,
            label=device.label,
            codec=device.codec,
            wire_id=device.wire_id,
            datum=device.datum,
            active=device.active,
        )


class CredentialMade(BaseModel):
    """How a device gets into the broker; the password cannot be read again."""

    device_id: str
    username: str
    password: str
    client_id: str
    """The MQTT client id to use: on nats-server who knows another's can interrupt it."""
