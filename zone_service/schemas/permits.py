"""Permits, their terms and their lives as requests and answers."""

# ruff: noqa: RUF012 -- pydantic copies a default; ruff does not see through `Given` that it is one

from datetime import UTC, datetime, time
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, Field, FiniteFloat

from permits.corridor import MOST_PLACES, Height, OwnCorridor
from permits.permit import Permit, PermitAction, PermitChanged, PermitKind, PermitState
from permits.terms import DailyHours, Terms, terms_to_json
from zone_service.schemas.fields import DeviceId, Given, Id, Name, Note, Positive, ZoneId


class HoursGiven(Given):
    """A weekly window in Shanghai time, Monday is 0."""

    start: time
    end: time
    days: Annotated[list[Annotated[int, Field(ge=0, le=6)]], Field(min_length=1, max_length=7)] = [
        *range(7)
    ]


class LineGiven(Given):
    """A GeoJSON line: longitude and latitude, WGS 84."""

    type: Literal["LineString"]
    coordinates: Annotated[list[tuple[FiniteFloat, FiniteFloat]], Field(max_length=MOST_PLACES)]


class HeightGiven(Given):
    """A height, and what it is measured from."""

    value_m: FiniteFloat
    reference: Literal["AGL", "AMSL", "HAE"]

    def height(self) -> Height:
        """Return the height."""
        return Height(self.value_m, self.reference)


class CorridorGiven(Given):
    """All that lies within a distance of a line, between two heights."""

    line: LineGiven
    half_width_m: Positive
    lower: HeightGiven | None = None
    upper: HeightGiven | None = None

    def corridor(self) -> OwnCorridor:
        """Return the corridor.

        Raises:
            ValueError: a place is not on the earth, or there are not two.
        """
        return OwnCorridor(
            tuple(self.line.coordinates),
            self.half_width_m,
            None if self.lower is None else self.lower.height(),
            None if self.upper is None else self.upper.height(),
        )


class TermsGiven(Given):
    """What is applied for."""

    device_ids: Annotated[list[DeviceId], Field(min_length=1, max_length=5000)]
    zone_ids: Annotated[list[ZoneId], Field(max_length=1000)]
    transfer_zone_ids: Annotated[list[ZoneId], Field(max_length=1000)] = []
    exempt_zone_ids: Annotated[list[ZoneId], Field(max_length=1000)] = []
    valid_from: AwareDatetime
    valid_to: AwareDatetime
    hours: Annotated[list[HoursGiven], Field(max_length=50)] = []
    max_speed_mps: Positive | None = None
    max_height_agl_m: Positive | None = None
    control_modes: Annotated[list[Name], Field(max_length=20)] = []
    corridor: CorridorGiven | None = None

    def terms(self) -> Terms:
        """Return the terms.

        Raises:
            ValueError: they contradict themselves.
        """
        return Terms(
            device_ids=frozenset(self.device_ids),
            zone_ids=frozenset(self.zone_ids),
            transfer_zone_ids=frozenset(self.transfer_zone_ids),
            exempt_zone_ids=frozenset(self.exempt_zone_ids),
            valid_from=self.valid_from.astimezone(UTC),
            valid_to=self.valid_to.astimezone(UTC),
            hours=tuple(
                DailyHours(each.start, each.end, frozenset(each.days)) for each in self.hours
            ),
            max_speed_mps=self.max_speed_mps,
            max_height_agl_m=self.max_height_agl_m,
            control_modes=frozenset(self.control_modes),
            corridor=None if self.corridor is None else self.corridor.corridor(),
        )


class PermitGiven(Given):
    """An application; without a holder it is the caller's own organisation."""

    kind: PermitKind
    holder_id: Id | None = None
    terms: TermsGiven


class ActionGiven(Given):
    """One step in the life of a permit; with a revision it is refused when somebody was first."""

    action: PermitAction
    reason: Note = ""
    revision: Annotated[int, Field(ge=0)] | None = None


class StepShown(BaseModel):
    """What was done to a permit."""

    action: PermitAction
    before: PermitState
    after: PermitState
    at: datetime
    by: str
    reason: str
    rules: str
    """The rule set and version that it was done under."""

    @classmethod
    def of(cls, step: PermitChanged) -> Self:
        """Return what a client sees."""
        return cls(
            action=step.action,
            before=step.before,
            after=step.after,
            at=step.at,
            by=step.by,
            reason=step.reason,
            rules=step.rules,
        )


class PermitShown(BaseModel):
    """A permit."""

    number: str
    kind: PermitKind
    state: PermitState
    holder_id: str
    terms: dict[str, Any]
    revision: int

    @classmethod
    def of(cls, permit: Permit) -> Self:
        """Return what a client sees."""
        return cls(**_members(permit))


class PermitWithHistory(PermitShown):
    """A permit and every step of its life."""

    history: list[StepShown]

    @classmethod
    def with_history(cls, permit: Permit, history: tuple[PermitChanged, ...]) -> Self:
        """Return what a client sees."""
        return cls(**_members(permit), history=[StepShown.of(each) for each in history])


def _members(permit: Permit) -> dict[str, Any]:
    return {
        "number": permit.number,
        "kind": permit.kind,
        "state": permit.state,
        "holder_id": permit.holder_id,
        "terms": terms_to_json(permit.terms),
        "revision": permit.revision,
    }
