"""Joint review as requests and answers: votes, conditions, opinions, and what waits for whom."""

# ruff: noqa: RUF012 -- pydantic copies a default; ruff does not see through `Given` that it is one

from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, BaseModel, Field

from permits.department import Department, department_name
from permits.opinion import Opinion, OpinionKind, Verdict
from permits.permit import PermitKind, PermitState
from permits.provisos import Clash, Provisos, provisos_to_json
from permits.review import Ballot, Choice, Pending, conditions_of, tally, warnings
from permits.rule_words import Language
from permits.terms import DailyHours
from permits.weekly_hours import week_of
from zone_service.schemas.fields import Given, Id, LongName, Name, Note, Positive, Reason, ZoneId
from zone_service.schemas.permits import HoursGiven
from zone_service.store.records import Awaited, Outcome, Principal, ReviewFile, Role, Round
from zone_service.store.roles import SEES_ALL


class ConditionsGiven(Given):
    """What an approval depends on; what is left out or empty asks for nothing."""

    max_speed_mps: Positive | None = None
    max_height_agl_m: Positive | None = None
    hours: Annotated[list[HoursGiven], Field(max_length=50)] = []
    only_zone_ids: Annotated[list[ZoneId], Field(max_length=1000)] = []
    excluded_zone_ids: Annotated[list[ZoneId], Field(max_length=1000)] = []
    control_modes: Annotated[list[Name], Field(max_length=20)] = []
    min_visibility_m: Positive | None = None
    max_wind_mps: Positive | None = None
    valid_to: AwareDatetime | None = None
    max_vehicles: Annotated[int, Field(ge=1, le=5000)] | None = None
    others: Annotated[list[LongName], Field(max_length=50)] = []

    def provisos(self) -> Provisos:
        """Return the conditions.

        Raises:
            ValueError: hours that say nothing.
        """
        hours = tuple(DailyHours(each.start, each.end, frozenset(each.days)) for each in self.hours)
        return Provisos(
            max_speed_mps=self.max_speed_mps,
            max_height_agl_m=self.max_height_agl_m,
            hours=week_of(hours) if hours else None,
            only_zone_ids=frozenset(self.only_zone_ids) or None,
            excluded_zone_ids=frozenset(self.excluded_zone_ids),
            control_modes=frozenset(self.control_modes) or None,
            min_visibility_m=self.min_visibility_m,
            max_wind_mps=self.max_wind_mps,
            valid_to=None if self.valid_to is None else self.valid_to.astimezone(UTC),
            max_vehicles=self.max_vehicles,
            others=frozenset(self.others),
        )


class VoteGiven(Given):
    """The vote of one's department; which one may be said, and is refused if it is another."""

    choice: Choice
    reason: Note = ""
    missing: Annotated[list[Reason], Field(max_length=100)] = []
    """One list of all that the applicant must put right; of a RETURN alone."""
    conditions: ConditionsGiven = ConditionsGiven()
    department: Department | None = None


class AssessorGiven(Given):
    """Who is asked for an opinion."""

    organisation_id: Id
    kind: OpinionKind


class OpinionGiven(Given):
    """An opinion; the document is the report that it rests on, handed in about the permit."""

    verdict: Verdict
    text: Annotated[Reason, Field(max_length=2000)]
    document_id: Annotated[str, Field(max_length=32)] | None = None


class ClashShown(BaseModel):
    """Where the conditions made so far leave nothing."""

    detail: str
    detail_zh: str

    @classmethod
    def of(cls, clash: Clash) -> Self:
        """Return what a client sees."""
        return cls(detail=clash.said(Language.ENGLISH), detail_zh=clash.said(Language.CHINESE))


class BallotShown(BaseModel):
    """The vote of a department. What it says is told to the applicant once the round is over."""

    department: Department
    name: str
    name_zh: str
    mandatory: bool
    has_voted: bool
    choice: Choice | None = None
    reason: str | None = None
    missing: list[str] = []
    conditions: dict[str, Any] = {}
    at: datetime | None = None
    voter: str | None = None
    """Told to departments alone."""

    @classmethod
    def of(cls, ballot: Ballot, *, told: bool, named: bool) -> Self:
        """Return what a client sees, by whether the vote and its voter are told."""
        vote = ballot.vote
        department = ballot.department
        shown = cls(
            department=department,
            name=department_name(department, Language.ENGLISH),
            name_zh=department_name(department, Language.CHINESE),
            mandatory=ballot.mandatory,
            has_voted=vote is not None,
        )
        if vote is None or not told:
            return shown
        return shown.model_copy(
            update={
                "choice": vote.choice,
                "reason": vote.reason,
                "missing": list(vote.missing),
                "conditions": provisos_to_json(vote.conditions),
                "at": vote.at,
                "voter": vote.voter.name if named else None,
            }
        )


class RoundShown(BaseModel):
    """A round of the review."""

    round: int
    is_open: bool
    rules: str
    """The rule set that named who votes."""
    opened_at: datetime
    closed_at: datetime | None
    outcome: Outcome | None
    opinions_due: datetime | None
    """Until then the opinions of advisory departments are waited for."""
    waits_for: list[Department]
    ballots: list[BallotShown]
    conditions: dict[str, Any]
    """The strictest of all that were made so far."""
    warnings: list[ClashShown]

    @classmethod
    def of(cls, found: Round, principal: Principal, at: datetime) -> Self:
        """Return what somebody sees."""
        review, supervises = found.review, principal.role in SEES_ALL
        told = supervises or not review.open
        outcome = tally(review, at) if review.open else None
        pending = outcome if isinstance(outcome, Pending) else Pending((), ())
        return cls(
            round=review.round,
            is_open=review.open,
            rules=found.rules,
            opened_at=found.opened_at,
            closed_at=found.closed_at,
            outcome=found.outcome,
            opinions_due=review.opinions_due,
            waits_for=[*pending.missing, *pending.awaited],
            ballots=[BallotShown.of(e, told=told, named=supervises) for e in review.ballots],
            conditions=provisos_to_json(conditions_of(review)) if told else {},
            warnings=[ClashShown.of(e) for e in warnings(review)] if told and review.open else [],
        )


class OpinionShown(BaseModel):
    """An opinion."""

    kind: OpinionKind
    organisation_id: str
    verdict: Verdict
    text: str
    at: datetime
    document_id: str | None
    author: str | None
    """Told to departments, and to their own organisation."""

    @classmethod
    def of(cls, opinion: Opinion, principal: Principal) -> Self:
        """Return what somebody sees."""
        own = principal.organisation_id == opinion.organisation_id
        return cls(
            kind=opinion.kind,
            organisation_id=opinion.organisation_id,
            verdict=opinion.verdict,
            text=opinion.text,
            at=opinion.at,
            document_id=opinion.document_id,
            author=opinion.author if own or principal.role in SEES_ALL else None,
        )


class AssessorShown(BaseModel):
    """Who was asked for an opinion."""

    organisation_id: str
    kind: OpinionKind
    at: datetime


class ReviewShown(BaseModel):
    """The joint review of a permit; the last round is the one that goes on, if any does."""

    number: str
    kind: PermitKind
    state: PermitState
    is_open: bool
    rounds: list[RoundShown]
    assessors: list[AssessorShown]
    opinions: list[OpinionShown]
    """A third party sees its own alone: it is to judge by itself."""

    @classmethod
    def of(cls, file: ReviewFile, principal: Principal, at: datetime) -> Self:
        """Return what somebody sees."""
        own_only = principal.role is Role.ASSESSOR

        def is_shown(organisation_id: str) -> bool:
            return not own_only or organisation_id == principal.organisation_id

        return cls(
            number=file.permit.number,
            kind=file.permit.kind,
            state=file.permit.state,
            is_open=file.is_open,
            rounds=[RoundShown.of(each, principal, at) for each in file.rounds],
            assessors=[
                AssessorShown(organisation_id=e.organisation_id, kind=e.kind, at=e.at)
                for e in file.assignments
                if is_shown(e.organisation_id)
            ],
            opinions=[
                OpinionShown.of(e, principal) for e in file.opinions if is_shown(e.organisation_id)
            ],
        )


class AwaitedShown(BaseModel):
    """A permit that waits for the vote of one's department."""

    number: str
    kind: PermitKind
    holder_id: str
    round: int
    department: Department
    mandatory: bool
    opened_at: datetime
    due_at: datetime | None
    """By when it is to be decided; null where its clock stands still or nothing limits it."""

    @classmethod
    def of(cls, found: Awaited) -> Self:
        """Return what a client sees."""
        return cls(
            number=found.permit.number,
            kind=found.permit.kind,
            holder_id=found.permit.holder_id,
            round=found.round,
            department=found.department,
            mandatory=found.mandatory,
            opened_at=found.opened_at,
            due_at=found.due_at,
        )
