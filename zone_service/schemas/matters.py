"""Matters under permits as requests and answers."""

# ruff: noqa: RUF012 -- pydantic copies a default; ruff does not see through `Given` that it is one

from datetime import datetime
from typing import Annotated, Any, Literal, Self

import msgspec
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from permits.accident import Accident, Harm, Severity, severity_of
from permits.further import Addition, Change, Renewal
from permits.hearing import Hearing
from permits.matter import MatterChanged, Paper, Suspension
from permits.matter_cycle import MATTER_MOVES
from permits.matter_deadlines import MatterCase, MatterDue, matter_dues, reported_late
from permits.matter_states import MatterAction, MatterKind, MatterState
from permits.matter_step import MatterDeadline, MatterDetail
from permits.matter_words import matter_deadline_name, matter_kind_name
from permits.permit import PermitAction
from permits.provisos import provisos_to_json
from permits.rule_words import Language
from permits.step_checks import local_text
from permits.step_words import actor_name
from permits.suspension_grounds import SuspensionGround
from permits.terms import DailyHours, hours_to_json
from zone_service.schemas.calendars import CALENDARS
from zone_service.schemas.fields import (
    DeviceId,
    Given,
    Id,
    LongName,
    Name,
    Note,
    Positive,
    Reason,
    ZoneId,
    wrong_field,
)
from zone_service.schemas.permits import HoursGiven, PlateGiven
from zone_service.schemas.remedies import RemedyShown
from zone_service.schemas.reviews import ConditionsGiven

DocumentIds = Annotated[list[Annotated[str, Field(max_length=32)]], Field(max_length=100)]
DeviceIds = Annotated[list[DeviceId], Field(max_length=5000)]
Count = Annotated[int, Field(ge=0, le=10_000)]
ZoneIds = Annotated[list[ZoneId], Field(max_length=1000)]


class SuspensionGiven(Given):
    """Vehicles, segments or both, which are halted at once; the rest of the permit goes on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "device_ids": ["car-1"],
                    "reason": "It ran a red light twice.",
                    "ground": "TRAFFIC_VIOLATION",
                }
            ]
        }
    )

    device_ids: DeviceIds = []
    zone_ids: ZoneIds = []
    reason: Reason
    ground: SuspensionGround | None = None
    """Its kind, beside the reason."""
    document_ids: DocumentIds = []

    def details(self) -> dict[MatterDetail, str]:
        """Return what is said beside the reason."""
        return {} if self.ground is None else {MatterDetail.GROUND: self.ground.value}

    def suspension(self) -> Suspension:
        """Return what is to be suspended."""
        return Suspension(frozenset(self.device_ids), frozenset(self.zone_ids))


class HearingGiven(Given):
    """What is meant to be done with a permit, why and on what facts; its holder may ask to be heard."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "action": "REVOKE",
                    "reason": "It drove without its safety officer, on three days.",
                    "facts": "Recordings of 3, 5 and 9 November; the officer was elsewhere.",
                }
            ]
        }
    )

    action: Literal["TERMINATE", "ANNUL", "WITHDRAW_BY_AUTHORITY", "REVOKE"]
    reason: Reason
    facts: Reason
    document_ids: DocumentIds = []

    def hearing(self) -> Hearing:
        """Return what is announced."""
        return Hearing(PermitAction(self.action), self.facts)


class HarmGiven(Given):
    """People and things that came to harm."""

    killed: Count = 0
    seriously_injured: Count = 0
    slightly_injured: Count = 0
    vehicle_destroyed: bool = False


class AccidentGiven(Given):
    """An accident as it is first told of; nobody is named. Its vehicles stop until the reports are accepted."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "occurred_at": "2026-11-27T08:30:00+08:00",
                    "device_ids": ["car-1"],
                    "place": "Ring road, km 3",
                    "account": "A scooter crossed and was touched at walking speed.",
                    "control_mode": "AUTONOMOUS",
                    "harm": {"slightly_injured": 1},
                }
            ]
        }
    )

    occurred_at: AwareDatetime
    device_ids: Annotated[list[DeviceId], Field(min_length=1, max_length=100)]
    place: LongName
    account: Reason
    control_mode: Annotated[str, Field(max_length=100)] = ""
    harm: HarmGiven = HarmGiven()
    landed_at: AwareDatetime | None = None
    """Of an aircraft: from when the time to report is counted."""
    document_ids: DocumentIds = []

    def accident(self) -> Accident:
        """Return the accident."""
        return Accident(
            occurred_at=self.occurred_at,
            device_ids=frozenset(self.device_ids),
            place=self.place,
            account=self.account,
            control_mode=self.control_mode,
            harm=Harm(**self.harm.model_dump()),
            landed_at=self.landed_at,
        )


class ChangeGiven(Given):
    """The terms that are to become others, and who is to do it; what is not named stays as it is."""

    zone_ids: ZoneIds | None = None
    transfer_zone_ids: ZoneIds | None = None
    exempt_zone_ids: ZoneIds | None = None
    hours: Annotated[list[HoursGiven], Field(max_length=50)] | None = None
    max_speed_mps: Positive | None = None
    max_height_agl_m: Positive | None = None
    control_modes: Annotated[list[Name], Field(max_length=20)] | None = None
    people: Annotated[list[Id], Field(min_length=1, max_length=1000)] | None = None
    """Safety officers, remote operators, pilots: all of them from then on, by their ids in the register."""
    leaving: Annotated[list[Id], Field(max_length=50)] = []
    """The members that leave the consortium, with all that they bring."""

    def change(self) -> Change:
        """Return what is to become of the terms."""
        named = self.model_dump(exclude_none=True, exclude={"people", "leaving"})
        if self.hours is not None:
            windows = (DailyHours(e.start, e.end, frozenset(e.days)) for e in self.hours)
            named["hours"] = [hours_to_json(each) for each in windows]
        people = None if self.people is None else tuple(dict.fromkeys(self.people))
        return Change(named, people, tuple(dict.fromkeys(self.leaving)))


class FurtherGiven(Given):
    """What is applied for under a permit; with ``change``, ``entry_ids`` or neither, by its kind."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"kind": "CHANGE", "change": {"max_speed_mps": 12.5}, "reason": "A narrower road."}
            ]
        }
    )

    kind: Literal["CHANGE", "ADD_VEHICLES", "RENEWAL"]
    change: ChangeGiven | None = None
    entry_ids: Annotated[list[Id], Field(max_length=1000)] = []
    asked_until: AwareDatetime | None = None
    """Of a renewal; null is as long as may be."""
    reason: Note = ""
    document_ids: DocumentIds = []

    @model_validator(mode="after")
    def _of_its_kind(self) -> Self:
        """Refuse what is said for another kind: it would be dropped without a word."""
        given = {
            "CHANGE": self.change is not None,
            "ADD_VEHICLES": bool(self.entry_ids),
            "RENEWAL": self.asked_until is not None,
        }
        others = [kind for kind, said in given.items() if said and kind != self.kind]
        missing = self.kind != "RENEWAL" and not given[self.kind]
        if others or missing:
            raise wrong_field(kind="not_of_its_kind", given=self.kind)
        if self.kind == "ADD_VEHICLES" and not self.reason.strip():
            raise wrong_field(kind="necessity")
        return self

    def about(self) -> Change | Addition | Renewal:
        """Return what is applied for."""
        match self.kind:
            case "CHANGE":
                return (self.change or ChangeGiven()).change()
            case "ADD_VEHICLES":
                return Addition(tuple(self.entry_ids))
            case "RENEWAL":
                return Renewal(self.asked_until)


class MatterActionGiven(Given):
    """One step in a matter; with a revision it is refused when somebody was first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"action": "START_RECTIFICATION", "reason": "The brakes are changed."}]
        }
    )

    action: MatterAction
    reason: Note = ""
    revision: Annotated[int, Field(ge=0)] | None = None
    document_ids: DocumentIds = []
    """About the permit, each with its file."""
    details: dict[MatterDetail, Note] = {}
    """What the step needs beside its reason, such as who is liable."""
    plates: Annotated[list[PlateGiven], Field(max_length=5000)] = []
    """With ``PLATE``: of the vehicles that are added."""
    conditions: ConditionsGiven = ConditionsGiven()
    """With ``CONSENT``: on what; the strictest of all departments becomes a part of the terms."""


class PaperShown(BaseModel):
    """A document that was attached to a step, and the hash of its file at that moment."""

    document_id: str
    sha256: str

    @classmethod
    def of(cls, paper: Paper) -> Self:
        """Return what a client sees."""
        return cls(document_id=paper.document_id, sha256=paper.sha256)


class MatterStepShown(BaseModel):
    """What was done in a matter."""

    action: MatterAction
    before: MatterState
    after: MatterState
    at: datetime
    by: str
    authority: str
    """The organisation whose department or police took the step; empty for others."""
    reason: str
    rules: str
    papers: list[PaperShown]
    details: dict[MatterDetail, str]
    conditions: dict[str, Any]
    """On which a department consents."""
    remedies: list[RemedyShown]
    """What can be done against it, where it is against the holder."""

    @classmethod
    def of(cls, step: MatterChanged, case: MatterCase, language: Language) -> Self:
        """Return what a client sees."""
        return cls(
            action=step.action,
            before=step.before,
            after=step.after,
            at=step.at,
            by=step.by,
            authority=step.authority,
            reason=step.reason,
            rules=step.rules,
            papers=[PaperShown.of(each) for each in step.papers],
            details=dict(step.details),
            conditions=provisos_to_json(step.conditions),
            remedies=RemedyShown.against(step, case, language),
        )


class MatterDueShown(BaseModel):
    """One time limit of a matter as it is now, by the rule set in force. What is late is still taken."""

    deadline: MatterDeadline
    name: str
    """In the language that was asked for."""
    until: datetime
    until_local: str
    """The same in Asia/Shanghai, for people."""
    who: list[str]
    who_said: str
    """In the language that was asked for."""
    actions: list[MatterAction]
    overdue: bool
    calendar: Literal["published", "configured", "assumed"]
    """How well the working days are known that it was counted by."""

    @classmethod
    def of(cls, due: MatterDue, at: datetime, language: Language) -> Self:
        """Return what a client sees."""
        return cls(
            deadline=due.deadline,
            name=matter_deadline_name(due.deadline, language),
            until=due.at,
            until_local=local_text(due.at),
            who=sorted(due.actors),
            who_said=", ".join(actor_name(each, language) for each in sorted(due.actors)),
            actions=list(due.actions),
            overdue=due.is_overdue(at),
            calendar=CALENDARS[due.known],
        )


class MatterShown(BaseModel):
    """A matter under a permit: what it is about, what is due in it, and every step of its life."""

    matter_id: str
    permit: str
    kind: MatterKind
    kind_name: str
    """In the language that was asked for."""
    state: MatterState
    open: bool
    holder_id: str
    owners: list[str]
    """The organisations whose vehicles it is about: of a consortium's permit they are not all its holder's."""
    about: dict[str, Any]
    """By its kind."""
    revision: int
    allowed: list[MatterAction]
    """What may be done in this state, by whoever may."""
    deadlines: list[MatterDueShown]
    overdue: bool
    reported_late: bool
    """Of an accident: whether its first report came after its time."""
    severity: Severity | None
    """Of an accident: the gravest of its harm."""
    history: list[MatterStepShown]

    @classmethod
    def of(cls, case: MatterCase, at: datetime, language: Language) -> Self:
        """Return what a client sees at a moment."""
        matter, dues = case.matter, matter_dues(case)
        return cls(
            matter_id=matter.matter_id,
            permit=matter.number,
            kind=matter.kind,
            kind_name=matter_kind_name(matter.kind, language),
            state=matter.state,
            open=matter.is_open,
            holder_id=matter.holder_id,
            owners=list(case.owners),
            about=_plain(matter.about),
            revision=matter.revision,
            allowed=sorted(MATTER_MOVES[matter.family][matter.state]),
            deadlines=[MatterDueShown.of(each, at, language) for each in dues],
            overdue=any(each.is_overdue(at) for each in dues),
            reported_late=reported_late(case),
            severity=severity_of(matter.about.harm) if isinstance(matter.about, Accident) else None,
            history=[MatterStepShown.of(each, case, language) for each in case.changes],
        )


def _plain(about: object) -> dict[str, Any]:
    """Return what a matter is about as plain JSON values, its lists in order."""
    found: dict[str, Any] = msgspec.to_builtins(about, order="sorted")
    return found
