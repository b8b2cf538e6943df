"""Legal holds on the history as answers, and what is said about them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from zone_service.schemas.fields import Given, Reason
from zone_service.store.records import HistoryHold, HistoryKind


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


class HistoryHeld(HistoryHoldShown):
    """A hold that was put, and what of its time it came too late for."""

    reports_removed_until: datetime | None = None
    """Up to then what devices told is removed already; null: nothing of it is."""
    frames_removed_until: datetime | None = None
    """The same of messages as they came."""

    @classmethod
    def too_late_for(cls, hold: HistoryHold, removed: Mapping[HistoryKind, int | None]) -> Self:
        """Return a hold with what is removed of its time, in Unix milliseconds by kind."""
        until = {kind: None if each is None else _moment(each) for kind, each in removed.items()}
        return cls.of(hold).model_copy(
            update={
                "reports_removed_until": until[HistoryKind.REPORTS],
                "frames_removed_until": until[HistoryKind.RAW],
            }
        )


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)
