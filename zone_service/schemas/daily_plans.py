"""Daily plans as requests and answers."""

from datetime import date, time
from typing import Annotated, Self

from pydantic import BaseModel, Field

from permits.daily_plan import DailyPlan
from zone_service.schemas.fields import DeviceId, Given, Note, Positive


class DailyPlanGiven(Given):
    """What is to be flown on one day; times are those of Asia/Shanghai."""

    begins: time
    ends: time
    device_ids: Annotated[list[DeviceId], Field(max_length=1000)]
    max_height_agl_m: Positive
    note: Note = ""

    def plan(self, day: date) -> DailyPlan:
        """Return the plan of a day."""
        return DailyPlan(
            day=day,
            begins=self.begins.replace(tzinfo=None),
            ends=self.ends.replace(tzinfo=None),
            device_ids=frozenset(self.device_ids),
            max_height_agl_m=self.max_height_agl_m,
            note=self.note,
        )


class DailyPlanShown(BaseModel):
    """The plan of a day."""

    day: date
    begins: time
    ends: time
    device_ids: list[str]
    max_height_agl_m: float
    note: str

    @classmethod
    def of(cls, plan: DailyPlan) -> Self:
        """Return what a client sees."""
        return cls(
            day=plan.day,
            begins=plan.begins,
            ends=plan.ends,
            device_ids=sorted(plan.device_ids),
            max_height_agl_m=plan.max_height_agl_m,
            note=plan.note,
        )
