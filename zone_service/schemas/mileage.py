"""What was driven, as it is shown."""

from collections import defaultdict
from datetime import date
from enum import StrEnum
from typing import Self

from pydantic import BaseModel

from permits.coverage import LineDriven, share_of
from zone_service.mileage import RoadDriven
from zone_service.store.mileage_seen import DayDriven, PermitDriven, SegmentDriven


class MeasuredBy(StrEnum):
    """What kilometres on a road were measured along."""

    LINE = "line"
    """Matched to the line of the road."""
    AREA = "area"
    """The road has no line: all that was driven on its ground."""


class RoadShown(BaseModel):
    """What was driven on one road."""

    zone_id: str
    measured_by: MeasuredBy
    length_km: float | None
    """Of its line; null where it has none."""
    automated_km: float
    by_hand_km: float
    automated_h: float
    by_hand_h: float
    covered_ratio: float | None
    """The part of its length that was driven in automated mode, 0 to 1; null where it has no line."""

    @classmethod
    def of(cls, found: RoadDriven) -> Self:
        """Return it as it is shown."""
        length_m = found.length_m
        return cls(
            zone_id=found.zone_id,
            measured_by=_by(length_m),
            length_km=_km(length_m),
            automated_km=found.automated_m / 1000,
            by_hand_km=found.by_hand_m / 1000,
            automated_h=_hours(found.automated_s),
            by_hand_h=_hours(found.by_hand_s),
            covered_ratio=_ratio(
                None if length_m is None else share_of([LineDriven(length_m, found.stretches)])
            ),
        )


class MileageShown(BaseModel):
    """What a device drove on a day, in Asia/Shanghai."""

    day: date
    automated_km: float
    by_hand_km: float
    automated_h: float
    by_hand_h: float
    takeovers: int
    """From automated mode to a person's hands."""
    matched: bool
    """Whether the day is matched to the roads: two hours after it is over. What is not matched is unknown."""
    roads: list[RoadShown]

    @classmethod
    def of(cls, found: DayDriven) -> Self:
        """Return it as it is shown."""
        heard = found.heard
        return cls(
            day=found.day,
            automated_km=0.0 if heard is None else round(heard.automated_m / 1000, 3),
            by_hand_km=0.0 if heard is None else round(heard.by_hand_m / 1000, 3),
            automated_h=0.0 if heard is None else _hours(heard.automated_s),
            by_hand_h=0.0 if heard is None else _hours(heard.by_hand_s),
            takeovers=0 if heard is None else heard.takeovers,
            matched=found.roads is not None,
            roads=[RoadShown.of(each) for each in found.roads or ()],
        )


class SegmentShown(BaseModel):
    """What the vehicles of a permit drove on one of its segments."""

    zone_id: str
    measured_by: MeasuredBy
    length_km: float | None
    automated_km: float
    by_hand_km: float
    automated_h: float
    covered_ratio: float | None
    """The part of its length, as it is drawn now, that they drove in automated mode; null without a line."""
    device_ids: list[str]

    @classmethod
    def of(cls, found: SegmentDriven) -> Self:
        """Return it as it is shown."""
        return cls(
            zone_id=found.zone_id,
            measured_by=_by(found.length_m),
            length_km=_km(found.length_m),
            automated_km=round(found.automated_m / 1000, 3),
            by_hand_km=round(found.by_hand_m / 1000, 3),
            automated_h=_hours(found.automated_s),
            covered_ratio=_ratio(found.covered),
            device_ids=list(found.device_ids),
        )


class VehicleShown(BaseModel):
    """What one device of a permit drove anywhere."""

    device_id: str
    days: int
    """On which it was heard."""
    unmatched_days: int
    """Of those, that are not matched to the roads: of them nothing is among the segments."""
    automated_km: float
    by_hand_km: float
    automated_h: float
    takeovers: int


class PermitMileageShown(BaseModel):
    """What the vehicles of a permit drove in some days."""

    number: str
    covered_ratio: float | None
    """The part of the length of its segments that have a line; null where none has one."""
    automated_km: float
    by_hand_km: float
    automated_h: float
    takeovers: int
    segments: list[SegmentShown]
    vehicles: list[VehicleShown]

    @classmethod
    def of(cls, number: str, found: PermitDriven) -> Self:
        """Return it as it is shown."""
        by_device = defaultdict[str, list[MileageShown]](list)
        for device_id, day in found.days:
            by_device[device_id].append(MileageShown.of(day))
        vehicles = [_vehicle(device_id, days) for device_id, days in by_device.items()]
        return cls(
            number=number,
            covered_ratio=_ratio(found.covered),
            automated_km=round(sum(each.automated_km for each in vehicles), 3),
            by_hand_km=round(sum(each.by_hand_km for each in vehicles), 3),
            automated_h=round(sum(each.automated_h for each in vehicles), 4),
            takeovers=sum(each.takeovers for each in vehicles),
            segments=[SegmentShown.of(each) for each in found.segments],
            vehicles=vehicles,
        )


def _vehicle(device_id: str, days: list[MileageShown]) -> VehicleShown:
    return VehicleShown(
        device_id=device_id,
        days=len(days),
        unmatched_days=sum(not each.matched for each in days),
        automated_km=round(sum(each.automated_km for each in days), 3),
        by_hand_km=round(sum(each.by_hand_km for each in days), 3),
        automated_h=round(sum(each.automated_h for each in days), 4),
        takeovers=sum(each.takeovers for each in days),
    )


def _by(length_m: float | None) -> MeasuredBy:
    return MeasuredBy.AREA if length_m is None else MeasuredBy.LINE


def _km(metres: float | None) -> float | None:
    return None if metres is None else round(metres / 1000, 3)


def _hours(seconds: float) -> float:
    return round(seconds / 3600, 4)


def _ratio(part: float | None) -> float | None:
    return None if part is None else round(part, 4)
