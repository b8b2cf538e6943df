"""Reports of operators as requests and answers."""

# ruff: noqa: RUF012 -- pydantic copies a default; ruff does not see through `Given` that it is one

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import BaseModel, Field, FiniteFloat, StringConstraints

from permits.subject_reports import MOST_CHARACTERS, Owed, ReportPart, SubjectReport
from permits.subject_reports import SubjectReportKind as Kind
from zone_service.schemas.fields import Given, Text
from zone_service.store.records import FiledReport

Said = Annotated[Text, StringConstraints(max_length=MOST_CHARACTERS)]
Figure = Annotated[FiniteFloat, Field(ge=0, le=1e9)]


class SubjectReportGiven(Given):
    """The report of a stage, or the final one.

    A stage says `activity`, `safety` and `plan`; the final report `activity`, `safety` and `conclusion`.
    """

    kind: Kind
    stage: Annotated[int | None, Field(ge=1, le=1000)] = None
    """Which stage; the first that is owed where it is not given. One that was filed is corrected."""
    said: dict[ReportPart, Said]
    automated_km: Figure | None = None
    """Since the stage before; null where it is not known, and never 0 for that."""
    automated_h: Figure | None = None
    takeovers: Annotated[int | None, Field(ge=0, le=10**9)] = None
    document_ids: Annotated[
        list[Annotated[str, StringConstraints(max_length=32)]], Field(max_length=50)
    ] = []
    """Documents of the permit, handed in before."""

    def report(self) -> SubjectReport:
        """Return the report."""
        return SubjectReport(
            kind=self.kind,
            said=self.said,
            automated_km=self.automated_km,
            automated_h=self.automated_h,
            takeovers=self.takeovers,
            document_ids=tuple(self.document_ids),
        )


class FiledReportShown(BaseModel):
    """A report as it was filed."""

    number: str
    kind: Kind
    stage: int | None
    edition: int
    begins: date
    ends: date
    """The first day that it is not about."""
    said: dict[str, str]
    automated_km: float | None
    automated_h: float | None
    takeovers: int | None
    document_ids: list[str]
    filed_at: datetime
    filed_by: str

    @classmethod
    def of(cls, filed: FiledReport) -> Self:
        """Return what a client sees."""
        report = filed.report
        return cls(
            number=filed.number,
            kind=filed.which.kind,
            stage=filed.which.stage or None,
            edition=filed.edition,
            begins=filed.period.begins,
            ends=filed.period.ends,
            said={part.value: said for part, said in report.said.items()},
            automated_km=report.automated_km,
            automated_h=report.automated_h,
            takeovers=report.takeovers,
            document_ids=list(report.document_ids),
            filed_at=filed.filed_at,
            filed_by=filed.filed_by,
        )


class OwedShown(BaseModel):
    """A report that is owed, or will be once its period is over."""

    kind: Kind
    stage: int | None
    begins: date
    ends: date
    """The first day that it is not about, and the first on which it can be filed."""
    last_day: date
    """On which it is in time; where that is not worked, the next that is: the deadlines of the permit
    have the moment."""

    @classmethod
    def of(cls, owed: Owed) -> Self:
        """Return what a client sees."""
        return cls(
            kind=owed.which.kind,
            stage=owed.which.stage or None,
            begins=owed.period.begins,
            ends=owed.period.ends,
            last_day=owed.last_day,
        )


class ReportsOfPermit(BaseModel):
    """What was reported on a permit, and what is owed."""

    owed: list[OwedShown]
    filed: list[FiledReportShown]
    """Each with all its editions; the last one counts."""
    next: str | None = None
    """The ``after`` of the following part of what was filed, null at the end."""
