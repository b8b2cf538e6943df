"""Legal holds on the history as answers, and what is said about them."""

from datetime import UTC, datetime
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from zone_service.schemas.fields import Given, Reason
from zone_service.store.records import HistoryHold


class HistoryHoldGiven(Given):
    """What is held, and why; it is on record."""

    model_config = ConfigDict(
        populate_by_name=True,
        json_schema_extra={
            "examples": [
                {
                    "from": "2026-11-27T08:00:00+08:00",
                    "to": "2026-11-27T09:00:00+08:00",
                    "reason": "case 2026-117",
                }
            ]
        },
    )

    from_: AwareDatetime = Field(alias="from")
    to: AwareDatetime
    reason: Reason


class HistoryHoldShown(BaseModel):
    """A legal hold on what devices told in a time; times are RFC 3339, UTC."""

    hold_id: str
    from_: datetime = Field(serialization_alias="from")
    to: datetime
    held_by: str
    held_at: datetime
    held_for: str
    released_at: datetime | None

    @classmethod
    def of(cls, hold: HistoryHold) -> Self:
        """Return a hold as it is shown."""
        return cls(
            hold_id=hold.hold_id,
            from_=_moment(hold.from_ms),
            to=_moment(hold.until_ms),
            held_by=hold.held_by,
            held_at=hold.held_at,
            held_for=hold.held_for,
            released_at=hold.released_at,
        )


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)
