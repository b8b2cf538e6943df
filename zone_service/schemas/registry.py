"""Organisations, devices and credentials as requests and answers."""

from dataclasses import replace
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


WireId = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,64}$")]
"""What a unit is called in its payloads; the store knows the forms of each codec."""


class DeviceGiven(Given):
    """A device to be registered; without an organisation it is the caller's own."""

    device_id: DeviceId
    organisation_id: Id | None = None
    domain: Domain
    label: Name | None = None
    codec: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,32}$")] = "canonical"
    wire_id: WireId | None = None
    datum: Datum = Datum.WGS84


class DeviceAmended(Given):
    """What a device is called from now on; what is left out stays."""

    label: Name | None = None
    """What people call it; its id where there is none."""
    wire_id: WireId | None = None
    """Its id inside its payloads, where that differs."""

    def applied(self, device: Device) -> Device:
        """Return the device with what was given."""
        given = self.model_dump(exclude_unset=True)
        if "label" in given:
            given["label"] = given["label"] or device.device_id
        return replace(device, **given)


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
