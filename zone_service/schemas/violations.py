"""Violations as answers, and what is said about them."""

from typing import Annotated

from pydantic import BaseModel, Field

from permits.cause import Cause
from zone_service.schemas.fields import Given, Note, Reason
from zone_service.store.records import Handling


class HandlingGiven(Given):
    """What somebody does about a violation as they saw it at ``revision``."""

    revision: Annotated[int, Field(ge=1)] | None = None
    """As it was seen, where no ``If-Match`` says it."""
    note: Note = ""


class ResolutionGiven(HandlingGiven):
    """Why nobody need look at a violation any more: without it nobody could tell later."""

    note: Reason
    unfounded: bool = False
    """It was none, such as a leap of the receiver: it stays, and counts against nobody."""


class Count(BaseModel):
    """How many there are, without any of them."""

    count: int


class ViolationShown(BaseModel):
    """A violation; times are RFC 3339, UTC."""

    id: str
    code: str
    severity: str
    device_id: str
    device_label: str | None
    organisation_id: str | None
    other_device_id: str | None
    """The other of two that came too close; an operator is told their own as ``device_id``."""
    other_device_label: str | None
    other_organisation_id: str | None
    permit_number: str | None
    detail: str | None
    """What the code does not say, such as ``no permit`` beside ``PERMIT_EXPIRED``."""
    zone_id: str | None
    zone_name: str | None
    zone_name_zh: str | None
    opened_at: str
    detected_at: str
    closed_at: str | None
    late: bool
    """Found by reports that came late, when it was over."""
    joins: str | None
    """The id of the violation that it is the beginning of: that was seen live, this came late."""
    law_of: str | None
    """Where it could not be judged by what held at its own time: since when that held by which it was."""
    opening_cause: Cause | None
    """Why it began: by what the device did, because a zone, its permit or the rules changed, or because
    time passed. Null where nobody knows."""
    closing_cause: Cause | None
    """Why it was over; null while it goes on, and where nobody knows."""
    handling: Handling
    handled_by: str | None
    note: str | None
    unfounded: bool
    """Whoever resolved it found that it was none."""
    revision: int
    longitude_deg: float | None
    latitude_deg: float | None
    measured: float | None
    limit: float | None
    inside_probability: float | None
    """How probable it was that the device was over the ground of the zone, or of one of those that
    its permit names, or of its own corridor, at the fix that opened it, by the accuracy that the fix
    claims; of a zone that was only crossed, at the deepest place of the way; of one that follows a
    device, by what both claim, and null where one claims nothing."""
    height_agl_m: float | None
    """Of an aircraft, above ground, at that fix."""
    rule_version: str
    trigger_event_time: str | None
