"""What the subject of a permit reports: each stage, and in the end.

The first stage begins on the day on which the permit came into force, each lasts so many months, and
one that is whole is reported within so many months of its end. A stage that the permit does not
live to see whole is told of in the final report, which is due so many months after the end.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import count
from types import MappingProxyType

from permits.issuing import legal_day
from permits.life_cycle import IN_FORCE, Family
from permits.paper_words import Fault, fault
from permits.permit import Permit, PermitChanged, PermitState
from permits.report_periods import Period, months_after
from permits.sheet import Sheet
from permits.time_limits import Values

REPORTING = frozenset({Family.ROAD})
"""The rule that asks for reports is of vehicles alone."""
ENDED = frozenset(
    {
        PermitState.EXPIRED,
        PermitState.TERMINATED,
        PermitState.ANNULLED,
        PermitState.WITHDRAWN_BY_AUTHORITY,
        PermitState.REVOKED,
        PermitState.DEREGISTERED,
    }
)
HALTED = frozenset({PermitState.SUSPENDED, PermitState.RECTIFICATION, PermitState.RESUME_REQUESTED})
"""It goes on to report."""
KEYS = (
    "reports.stage_every_months",
    "reports.stage_within_months",
    "reports.final_within_months",
)
MOST_CHARACTERS = 20_000
_DAY = timedelta(days=1)


class SubjectReportKind(StrEnum):
    """When a subject reports."""

    STAGE = "STAGE"
    """阶段性报告"""
    FINAL = "FINAL"
    """总结报告"""


class ReportPart(StrEnum):
    """What a report of a subject says in words."""

    ACTIVITY = "activity"
    """What was done, with what and where."""
    SAFETY = "safety"
    """Takeovers, faults, dangerous situations, and what was learnt."""
    PLAN = "plan"
    """What comes next."""
    CONCLUSION = "conclusion"


PARTS: Mapping[SubjectReportKind, tuple[ReportPart, ...]] = MappingProxyType(
    {
        SubjectReportKind.STAGE: (ReportPart.ACTIVITY, ReportPart.SAFETY, ReportPart.PLAN),
        SubjectReportKind.FINAL: (ReportPart.ACTIVITY, ReportPart.SAFETY, ReportPart.CONCLUSION),
    }
)
"""What a report of each kind must say."""


@dataclass(frozen=True, slots=True)
class ReportRules:
    """How often and by when subjects report: values of a rule set."""

    stage_months: int
    stage_within_months: int
    final_within_months: int


@dataclass(frozen=True, slots=True)
class ReportOf:
    """Which report of a permit: a stage by its number, from 1, or the final one, which has 0."""

    kind: SubjectReportKind
    stage: int = 0


@dataclass(frozen=True, slots=True)
class Owed:
    """A report that a subject owes, or will once its period is over."""

    which: ReportOf
    period: Period
    last_day: date
    """On which it is still in time, before it is moved to one that is worked."""


@dataclass(frozen=True, slots=True)
class SubjectReport:
    """What a subject reports."""

    kind: SubjectReportKind
    said: Mapping[ReportPart, str]
    automated_km: float | None = None
    """Since the stage before, in the final report too: so what is reported adds up. ``None`` where
    the subject does not know."""
    automated_h: float | None = None
    takeovers: int | None = None
    document_ids: tuple[str, ...] = ()


def report_rules(sheet: Sheet) -> ReportRules | None:
    """Return how subjects report; ``None`` under a rule set that does not ask for it."""
    if any(key not in sheet.parameters for key in KEYS):
        return None
    values = Values(sheet)
    stage, within, final = (values.days(key) for key in KEYS)
    return ReportRules(stage, within, final)


def owed(
    permit: Permit,
    changes: Iterable[PermitChanged],
    rules: ReportRules,
    filed: frozenset[ReportOf] = frozenset(),
) -> Iterator[Owed]:
    """Yield the reports of a permit that were not filed, in the order in which they fall due.

    Of a permit that goes on without an end in sight the first stage that was not filed is the last.
    """
    done = tuple(changes)
    began = next((each.counts_from for each in done if each.after in IN_FORCE), None)
    if permit.family not in REPORTING or began is None:
        return
    first, ended = legal_day(began), ended_at(done)
    # What ends at 24:00 of a day has that day as its last.
    last = None if ended is None else legal_day(ended - timedelta(microseconds=1))
    for stage in count(1):
        begins, ends = (
            months_after(first, each * rules.stage_months) for each in (stage - 1, stage)
        )
        if last is not None and ends - _DAY > last:
            break
        which = ReportOf(SubjectReportKind.STAGE, stage)
        if which not in filed:
            due = months_after(ends - _DAY, rules.stage_within_months)
            yield Owed(which, Period(begins, ends), due)
            if last is None:
                return
    final = ReportOf(SubjectReportKind.FINAL)
    if final not in filed and last is not None:
        period = Period(first, max(last, first) + _DAY)
        yield Owed(final, period, months_after(last, rules.final_within_months))


def ended_at(changes: Iterable[PermitChanged]) -> datetime | None:
    """Return when a permit ended; ``None`` of one that goes on, again or still."""
    ended: datetime | None = None
    for each in changes:
        if each.after not in ENDED:
            ended = None
        elif ended is None:
            ended = each.counts_from
    return ended


def faults(report: SubjectReport, which: Owed | None, today: date) -> tuple[Fault, ...]:
    """Return all that is wrong with a report; ``which``: that it is, ``None`` where none is owed."""
    found = [_part(report, part) for part in PARTS[report.kind]]
    found += [
        fault(f"said.{part}", part, "one of", choice=", ".join(PARTS[report.kind]))
        for part in report.said
        if part not in PARTS[report.kind]
    ]
    if which is None:
        found.append(fault("kind", report.kind, "report owed"))
    elif which.period.ends > today:
        found.append(fault("kind", report.kind, "period over", day=which.period.ends))
    return tuple(each for each in found if each is not None)


def _part(report: SubjectReport, part: ReportPart) -> Fault | None:
    said = report.said.get(part, "").strip()
    return None if said else fault(f"said.{part}", None, f"report {part}")
