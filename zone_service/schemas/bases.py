"""Test bases and their free slots, as clients see them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Self

from pydantic import BaseModel

from permits.base_slots import FlightBase, Slot, ZoneSlots
from permits.places import Mapped


class SlotShown(BaseModel):
    """A stretch of time that is free; its end does not belong to it."""

    begins: datetime
    ends: datetime

    @classmethod
    def of(cls, slot: Slot) -> Self:
        """Return what a client sees."""
        return cls(begins=slot.begins.astimezone(UTC), ends=slot.ends.astimezone(UTC))


class ZoneSlotsShown(BaseModel):
    """A zone of a test base, and when it is free."""

    zone_id: str
    name: str
    """Empty where the map does not have it."""
    name_zh: str
    on_map: bool
    """Of what is not there, or not any more, nothing is free."""
    capacity: float | None
    """How many aircraft it has room for at once; null where who books it has it alone."""
    free: list[SlotShown]

    @classmethod
    def of(cls, base: FlightBase, found: ZoneSlots, mapped: Mapped | None) -> Self:
        """Return what a client sees; ``mapped``: what the map says of the zone."""
        on_map = mapped is not None and mapped.in_force
        return cls(
            zone_id=found.zone_id,
            name=mapped.name if mapped else "",
            name_zh=mapped.name_zh if mapped else "",
            on_map=on_map,
            capacity=dict(base.capacity).get(found.zone_id),
            free=[SlotShown.of(each) for each in found.free] if on_map else [],
        )


class BaseShown(BaseModel):
    """A test base with its zones."""

    name: str
    """As the rule set has it."""
    height_max_agl_m: float | None
    zones: list[ZoneSlotsShown]

    @classmethod
    def of(
        cls, base: FlightBase, slots: tuple[ZoneSlots, ...], on_map: Mapping[str, Mapped]
    ) -> Self:
        """Return what a client sees."""
        return cls(
            name=base.name,
            height_max_agl_m=base.height_max_agl_m,
            zones=[ZoneSlotsShown.of(base, each, on_map.get(each.zone_id)) for each in slots],
        )


class BasesShown(BaseModel):
    """The test bases of a jurisdiction, and what of each is free between two moments."""

    rule_set: str
    """The version that names them."""
    begins: datetime
    ends: datetime
    bases: list[BaseShown]
