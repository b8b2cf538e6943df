"""What a unit is told of zones, and what it holds, as answers."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel

from telemetry.fences.plan import What
from zone_service.fences.formats import FORMATS
from zone_service.fences.states import FenceState, state_of
from zone_service.schemas.registry import DeviceShown
from zone_service.store.records import Device, Fence

CARRIED = frozenset(FORMATS)


class DeviceFound(DeviceShown):
    """A registered device, and how its unit stands to the zones that it is to know."""

    fence: FenceState
    fence_version: int | None
    fence_held_version: int | None

    @classmethod
    def with_fence(cls, device: Device, fence: Fence | None, *, is_watched: bool) -> Self:
        """Return what a client sees."""
        return cls(
            **DeviceShown.of(device).model_dump(),
            fence=state_of(device, fence, CARRIED, is_watched=is_watched),
            fence_version=None if fence is None else fence.version,
            fence_held_version=None if fence is None else fence.held_version,
        )


class LeftOutShown(BaseModel):
    """Something that the unit is not told: the platform alone checks it."""

    of: str
    """A zone's id, or a permit's number."""
    what: What


class FenceShown(BaseModel):
    """The zones that a device is to know, and what it has said that it holds."""

    device_id: str
    state: FenceState
    format: str | None = None
    version: int | None = None
    """That of now; none where there is none."""
    held_version: int | None = None
    """The last that the unit said it holds; 0 is one that is not the platform's."""
    held_at: datetime | None = None
    refused_version: int | None = None
    refused_at: datetime | None = None
    refused_for: str = ""
    """In the unit's own words."""
    made_at: datetime | None = None
    sent_at: datetime | None = None
    """When this version was given to the broker; none while that has not happened."""
    zone_count: int = 0
    size_bytes: int = 0
    sha256: str | None = None
    left_out: list[LeftOutShown] = []

    @classmethod
    def of(cls, device: Device, fence: Fence | None, *, is_watched: bool) -> Self:
        """Return what a client sees."""
        state = state_of(device, fence, CARRIED, is_watched=is_watched)
        if fence is None:
            return cls(device_id=device.device_id, state=state)
        return cls(
            device_id=device.device_id,
            state=state,
            format=fence.format,
            version=fence.version,
            held_version=fence.held_version,
            held_at=fence.held_at,
            refused_version=fence.refused_version,
            refused_at=fence.refused_at,
            refused_for=fence.refused_for,
            made_at=fence.made_at,
            sent_at=fence.sent_at,
            zone_count=fence.zone_count,
            size_bytes=len(fence.body),
            sha256=fence.digest,
            left_out=[LeftOutShown(of=of, what=What(what)) for of, what in fence.left_out],
        )
