"""What departments have answered to the plan of a day (逐日计划答复), and what may be flown by it.

Each that the rule set names answers for itself, once: approve, approve on conditions, refuse. All that
must answer have to approve; the strictest of their conditions hold. What an adviser says is waited for
until the time to answer is over, and binds nobody. No answer is never consent.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from permits.daily_plan import DailyPlan, hours_of
from permits.issuing import SHANGHAI, legal_day
from permits.plan_states import PlanState
from permits.provisos import Clash
from permits.reported_flight import ReportedFlight
from permits.review import Approved, Choice, Outcome, Pending, Returned, Review, tally
from permits.reviewers import Reviewers, named, reviewers
from permits.sheet import Sheet
from permits.states import PermitKind
from permits.terms import DailyHours, Terms

MANDATORY, ADVISORY = "review.daily_plan.mandatory", "review.daily_plan.advisory"
SILENCE = "flight.plan_silence"


class PlanAnswer(StrEnum):
    """What a department says to the plan of a day, in the words of joint review."""

    APPROVE = Choice.APPROVE.value
    APPROVE_WITH_CONDITIONS = Choice.APPROVE_WITH_CONDITIONS.value
    """附条件同意"""
    REJECT = Choice.REJECT.value
    """不同意"""


class Silence(StrEnum):
    """What it means that a department which must answer has not, once its time is over.

    Neither is consent: of an approval by silence there is no word here.
    """

    NO_TAKE_OFF = "no_take_off"
    """Nothing is flown until it answers, be it late."""
    REFUSED = "refused"
    """The plan is refused, and an answer comes too late."""


@dataclass(frozen=True, slots=True)
class PlanFile:
    """The plan of a day with what was answered to it."""

    plan: DailyPlan
    review: Review
    """Of this plan: its round counts how often one was filed for the day, its terms are those of the day."""
    silence: Silence
    rules: str
    """The version of the rule set that named who answers and until when."""

    @property
    def answer_until(self) -> datetime:
        """The last moment in time for an answer."""
        return self.review.opinions_due or hours_of(self.plan)[0]

    @property
    def tag(self) -> str:
        """What moves with each plan for the day and with each answer to it."""
        return f"{self.review.round}-{len(self.review.votes)}"


def answering(sheet: Sheet, kind: PermitKind) -> Reviewers:
    """Return who answers plans: those whom the rule set names for it, else who decides on such a permit."""
    mandatory, advisory = named(sheet, MANDATORY), named(sheet, ADVISORY)
    if mandatory is None:
        mandatory = reviewers(sheet, kind).mandatory
    return Reviewers(mandatory, tuple(e for e in advisory or () if e not in mandatory))


def silence_of(sheet: Sheet) -> Silence:
    """Return what no answer means; where the rule set says nothing, that nothing is flown."""
    said = sheet.parameters.get(SILENCE)
    return Silence.NO_TAKE_OFF if said is None else Silence(str(said.value))


def terms_of_day(plan: DailyPlan, terms: Terms) -> Terms:
    """Return what a plan asks for: the terms of its permit, on that day, in its hours, at its height."""
    begins, ends = hours_of(plan)
    hours = DailyHours(plan.begins, plan.ends, frozenset({plan.day.weekday()}))
    tops_m = (plan.max_height_agl_m, terms.max_height_agl_m)
    return replace(
        terms,
        device_ids=plan.device_ids,
        valid_from=begins,
        valid_to=ends,
        hours=(hours,),
        max_height_agl_m=min(each for each in tops_m if each is not None),
        flight=None,
    )


def outcome_of(found: PlanFile, at: datetime) -> Outcome:
    """Return what the answers come to by a moment; on conditions that leave no time it is refused."""
    if not any(each.mandatory for each in found.review.ballots):
        return Pending((), ())  # that nobody was asked is no consent either
    outcome = tally(found.review, at)
    if isinstance(outcome, Approved) and not tuple(windows(outcome.terms)):
        return Returned((), (Clash("no hours"),))
    return outcome


def state_of(found: PlanFile, at: datetime) -> PlanState:
    """Return where a plan is in its life at a moment."""
    match outcome_of(found, at):
        case Approved():
            return PlanState.APPROVED
        case Pending(missing=missing):
            late = bool(missing) and found.answer_until < at
            refused = late and found.silence is Silence.REFUSED
            return PlanState.REFUSED if refused else PlanState.FILED
        case _:
            return PlanState.REFUSED


def windows(terms: Terms) -> Iterator[tuple[datetime, datetime]]:
    """Yield from when to when may be flown by the terms of a day, in order."""
    day = legal_day(terms.valid_from)
    for each in sorted(terms.hours, key=lambda window: window.start):
        begins = max(datetime.combine(day, each.start, SHANGHAI), terms.valid_from)
        ends = datetime.combine(day, each.end, SHANGHAI)
        # Hours that end at midnight end with the day.
        ends += timedelta(days=ends <= datetime.combine(day, each.start, SHANGHAI))
        if begins < (ends := min(ends, terms.valid_to)):
            yield begins, ends


def as_flown(flight: ReportedFlight, permit: Terms, day: Terms) -> ReportedFlight:
    """Return a flight with what the terms of its day leave to it."""
    return replace(
        flight,
        device_ids=day.device_ids,
        max_height_agl_m=day.max_height_agl_m,
        max_speed_mps=day.max_speed_mps,
        control_modes=day.control_modes,
        excluded_zone_ids=_places(permit) - _places(day),
    )


def _places(terms: Terms) -> frozenset[str]:
    return terms.zone_ids | terms.transfer_zone_ids | terms.exempt_zone_ids
