"""Permits, their terms and their lives as requests and answers."""

# ruff: noqa: RUF012 -- pydantic copies a default; ruff does not see through `Given` that it is one

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, Field, FiniteFloat, StringConstraints

from permits.corridor import MOST_PLACES, Height, OwnCorridor
from permits.deadlines import Case, Due, open_deadlines
from permits.department import Department, department_name
from permits.first_check import Awaited, Want
from permits.issue_words import Remark
from permits.permit import (
    TRANSITIONS,
    Permit,
    PermitAction,
    PermitChanged,
    PermitKind,
    PermitState,
)
from permits.places import Mapped
from permits.plating import PlateWanted
from permits.replacing import Hold
from permits.review import Ballot
from permits.review_words import review_words
from permits.rule_words import Language
from permits.sheet import Sheet
from permits.step_checks import local_text
from permits.step_words import actor_name, deadline_name, step_words
from permits.termination_checks import ground_name_of, grounds_for
from permits.terms import DailyHours, Terms, terms_to_json
from permits.transition import Deadline, Detail, Guard, Transition
from permits.validity import Papers
from zone_service.schemas.calendars import CALENDARS
from zone_service.schemas.fields import DeviceId, Given, Id, Name, Note, Positive, ZoneId
from zone_service.schemas.named_zones import NamedZoneShown
from zone_service.schemas.remedies import RemedyShown

PlateNumber = Annotated[str, StringConstraints(min_length=1, max_length=32)]


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
    jurisdiction: Name | None = None
    """Under whose rules, such as ``pudong``; without it that of the installation."""
    terms: TermsGiven


class PlateGiven(Given):
    """A temporary plate for one vehicle. Days are the last that are valid, in Shanghai."""

    device_id: DeviceId
    number: PlateNumber
    vin: Annotated[str, StringConstraints(max_length=32)] = ""
    """Empty: that of the register."""
    insured_to: date | None = None
    inspected_to: date | None = None
    limited_to: date | None = None
    """To which the police limit it, where that is less."""

    def plate(self) -> PlateWanted:
        """Return what is asked for."""
        papers = Papers(self.insured_to, self.inspected_to, self.limited_to)
        return PlateWanted(self.device_id, self.number, self.vin, papers)


class ActionGiven(Given):
    """One step in the life of a permit; with a revision it is refused when somebody was first.

    ``plates`` go with ``ISSUE`` and ``ISSUE_PLATES``; ``ended_plates`` with ``RECALL_PLATES`` and
    ``ANNOUNCE_PLATES_VOID``, where none are all of the permit; ``terms`` with ``AMEND_TERMS``, whole:
    they take the place of those that were applied for.
    """

    action: PermitAction
    reason: Note = ""
    revision: Annotated[int, Field(ge=0)] | None = None
    details: dict[Detail, Note] = {}
    """What the step needs or takes beside its reason, such as the id of a navigational warning."""
    plates: Annotated[list[PlateGiven], Field(max_length=5000)] = []
    ended_plates: Annotated[list[PlateNumber], Field(max_length=5000)] = []
    terms: TermsGiven | None = None

    def wanted(self) -> tuple[PlateWanted, ...]:
        """Return the plates that are asked for."""
        return tuple(each.plate() for each in self.plates)


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
    effective_at: datetime
    """From when it counts in law; with a step of the law that may be long before it was written."""
    details: dict[Detail, str]
    """What was said with it."""
    ground_name: str | None
    """Of a suspension or a termination: what its ground is called, in the language that was asked for."""
    remedies: list[RemedyShown]
    """What can be done against it, where it is against the holder."""

    @classmethod
    def of(cls, step: PermitChanged, case: Case, language: Language) -> Self:
        """Return what a client sees."""
        return cls(
            action=step.action,
            before=step.before,
            after=step.after,
            at=step.at,
            by=step.by,
            reason=step.reason,
            rules=step.rules,
            effective_at=step.counts_from,
            details=dict(step.details),
            ground_name=ground_name_of(step, language),
            remedies=RemedyShown.against(step, case, language),
        )


class RemarkShown(BaseModel):
    """One thing that is to be looked at, and where."""

    path: str
    message: str

    @classmethod
    def of(cls, remark: Remark, language: Language) -> Self:
        """Return what a client sees."""
        return cls(path=remark.path, message=remark.said(language))


class PermitShown(BaseModel):
    """A permit."""

    number: str
    kind: PermitKind
    state: PermitState
    holder_id: str
    jurisdiction: str | None
    """The rule set that it is decided under; null is that of the installation."""
    terms: dict[str, Any]
    revision: int
    remarks: list[RemarkShown] = []
    """What is to be looked at after a step and refused nothing, such as the check digit of a VIN."""
    remedies: list[RemedyShown] = []
    """What can be done against the step; of a permit that is looked at, against the last one that allows it still."""

    @classmethod
    def of(
        cls, permit: Permit, *remarks: RemarkShown, remedies: Sequence[RemedyShown] = ()
    ) -> Self:
        """Return what a client sees."""
        return cls(**_members(permit), remarks=list(remarks), remedies=list(remedies))


class DueShown(BaseModel):
    """One time limit of a permit as it is now, by the rule set in force."""

    deadline: Deadline
    name: str
    """In the language that was asked for."""
    until: datetime | None
    """The end of it; null while its clock stands still."""
    until_local: str | None
    """The same in Asia/Shanghai, for people."""
    who: list[str]
    who_said: str
    """In the language that was asked for."""
    actions: list[PermitAction]
    """What is to be done, or may be."""
    by_law: PermitAction | None
    """What comes about by itself once it has passed."""
    owed: bool
    """Whether somebody owes it; else it may be done until then, and not later."""
    passed: bool
    overdue: bool
    paused: bool
    left_working_days: int | None
    """While its clock stands still."""
    calendar: Literal["published", "configured", "assumed"]
    """How well the working days are known that it was counted by; the least of its years counts."""

    @classmethod
    def of(cls, due: Due, at: datetime, language: Language) -> Self:
        """Return what a client sees."""
        end = due.limit.at
        return cls(
            deadline=due.deadline,
            name=deadline_name(due.deadline, language),
            until=end,
            until_local=None if end is None else local_text(end),
            who=sorted(due.actors),
            who_said=", ".join(actor_name(each, language) for each in sorted(due.actors)),
            actions=list(due.actions),
            by_law=due.by_law,
            owed=not due.is_window,
            passed=due.has_passed(at),
            overdue=due.is_overdue(at),
            paused=due.is_paused,
            left_working_days=due.limit.left_wd,
            calendar=CALENDARS[due.limit.known],
        )


class GroundShown(BaseModel):
    """A ground that may be named."""

    code: str
    name: str
    """In the language that was asked for."""


class StepOpenShown(BaseModel):
    """A step that the life of a permit has next, be it somebody's or the law's."""

    action: PermitAction
    after: PermitState
    who: list[str]
    who_said: str
    """In the language that was asked for."""
    yours: bool
    """Whether it is the caller's to take; what else must hold is looked at when it is taken."""
    by_law: bool
    """Whether it comes about by itself at its time."""
    needs_reason: bool
    needs: list[Detail]
    """What must be said with it."""
    takes: list[Detail]
    """What may be."""
    grounds: list[GroundShown]
    """Those that may be named as its ground, where it has one."""
    guards: list[Guard]
    """What else must hold."""
    until: datetime | None
    """By when; null where nothing is counted, or while its clock stands still."""
    until_local: str | None
    overdue: bool

    @classmethod
    def all(
        cls,
        case: Case,
        own: Container[PermitAction],
        at: datetime,
        language: Language,
        sheet: Sheet,
    ) -> list[Self]:
        """Return every step, what is due first to come first; ``own`` are the caller's to take."""
        dues = open_deadlines(case)
        steps = TRANSITIONS[case.permit.family].get(case.permit.state, {}).values()
        found = [
            cls._of(
                each,
                _due(each, dues),
                each.action in own,
                at,
                language,
                [
                    GroundShown(code=code, name=name)
                    for code, name in grounds_for(each.action, sheet, case.permit, language)
                ],
            )
            for each in steps
        ]
        return sorted(found, key=lambda each: (each.until is None, each.until or at, each.action))

    @classmethod
    def _of(
        cls,
        step: Transition,
        due: Due | None,
        yours: bool,  # noqa: FBT001 -- one of what it is told
        at: datetime,
        language: Language,
        grounds: list[GroundShown],
    ) -> Self:
        end = None if due is None else due.limit.at
        return cls(
            action=step.action,
            after=step.after,
            who=sorted(step.actors),
            who_said=", ".join(actor_name(each, language) for each in sorted(step.actors)),
            yours=yours,
            by_law=step.by_law,
            needs_reason=step.needs_reason,
            needs=list(step.needs),
            takes=list(step.takes),
            grounds=grounds,
            guards=list(step.guards),
            until=end,
            until_local=None if end is None else local_text(end),
            overdue=due is not None and due.is_overdue(at),
        )


def _due(step: Transition, dues: Iterable[Due]) -> Due | None:
    return next((each for each in dues if each.deadline in step.deadlines), None)


class PermitDue(PermitShown):
    """A permit with what is due of it, the earliest first; what stands still comes last."""

    deadlines: list[DueShown]
    overdue: bool
    """Whether somebody owes a step and is late."""

    @classmethod
    def of_case(cls, case: Case, at: datetime, language: Language) -> Self:
        """Return what a client sees at a moment."""
        return cls(**_members(case.permit), **_due_members(case, at, language))


class AwaitedShown(BaseModel):
    """A device without which a permit does not come into force."""

    device_id: str
    want: Want
    said: str
    """In the language that was asked for."""
    heard_at: datetime | None
    """When it was heard last; null where it never was."""
    lacks: list[str]
    """What its first self-check does not show."""

    @classmethod
    def of(cls, each: Awaited, language: Language) -> Self:
        """Return what a client sees."""
        return cls(
            device_id=each.device_id,
            want=each.want,
            said=each.said(language),
            heard_at=each.heard_at,
            lacks=sorted(each.lacks),
        )


class HeldBackShown(BaseModel):
    """A permit whose place another takes, and what of it holds that back."""

    permit: str
    """The number of the one whose place is taken."""
    want: Hold
    said: str
    """In the language that was asked for."""

    @classmethod
    def of(cls, permit: Permit, found: tuple[str, Hold], language: Language) -> Self:
        """Return what a client sees."""
        other, why = found
        said = step_words(
            why.value, language, action=PermitAction.ACTIVATE, number=permit.number, other=other
        )
        return cls(permit=other, want=why, said=said)


class VacantShown(BaseModel):
    """A department that is to vote on an application, or to give its opinion, and of which nobody could."""

    department: Department
    want: Literal["account"] = "account"
    said: str
    """In the language that was asked for."""

    @classmethod
    def of(cls, ballot: Ballot, language: Language) -> Self:
        """Return what a client sees."""
        key, name = ("nobody votes" if ballot.mandatory else "nobody advises"), ballot.department
        said = review_words(key, language, department=name, name=department_name(name, language))
        return cls(department=name, said=said)

    def remark(self) -> RemarkShown:
        """Return the same as what is to be looked at after the step that hands it in."""
        return RemarkShown(path=f"review.{self.department}", message=self.said)


class PermitWithHistory(PermitDue):
    """A permit with what is due of it and every step of its life."""

    history: list[StepShown]
    warning_id: str | None
    """Of the navigational warning or notice of a trial, once it is published."""
    approval_number: str | None
    """Of the approval of air traffic management that a flight names, once it is granted."""
    waits_for: list[VacantShown | AwaitedShown | HeldBackShown] = []
    """Of an application: the departments that are to vote on it and of which nobody has an account. Before it is in force: its devices that are not online, or have not passed a first self-check, and the permit
    whose place it takes while something of that is halted or is to be taken."""
    places: list[NamedZoneShown] = []
    """The zones that its terms name, and how each stands on the map now."""

    @classmethod
    def with_history(
        cls,
        case: Case,
        at: datetime,
        language: Language,
        awaited: Iterable[Awaited] = (),
        held_back: tuple[str, Hold] | None = None,
        vacant: Iterable[Ballot] = (),
        *,
        on_map: Mapping[str, Mapped],
    ) -> Self:
        """Return what a client sees at a moment; ``on_map``: what the map says of its zones."""
        held = () if held_back is None else (HeldBackShown.of(case.permit, held_back, language),)
        return cls(
            places=NamedZoneShown.all(case.permit, on_map, language),
            waits_for=[
                *(VacantShown.of(each, language) for each in vacant),
                *(AwaitedShown.of(each, language) for each in awaited),
                *held,
            ],
            **_members(case.permit),
            **_due_members(case, at, language),
            remedies=RemedyShown.still(case, at, language),
            history=[StepShown.of(each, case, language) for each in case.changes],
            warning_id=_last_said(case, Detail.WARNING_ID),
            approval_number=_last_said(case, Detail.APPROVAL_NUMBER),
        )


def _last_said(case: Case, name: Detail) -> str | None:
    said = (step.details.get(name) for step in reversed(case.changes))
    return next((each for each in said if each), None)


def _due_members(case: Case, at: datetime, language: Language) -> dict[str, Any]:
    found = open_deadlines(case)
    return {
        "deadlines": [DueShown.of(each, at, language) for each in found],
        "overdue": any(each.is_overdue(at) for each in found),
    }


def _members(permit: Permit) -> dict[str, Any]:
    return {
        "number": permit.number,
        "kind": permit.kind,
        "state": permit.state,
        "holder_id": permit.holder_id,
        "jurisdiction": permit.jurisdiction or None,
        "terms": terms_to_json(permit.terms),
        "revision": permit.revision,
    }
