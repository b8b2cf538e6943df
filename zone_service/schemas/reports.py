"""Reports as requests and answers."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field, StringConstraints

from permits.report_periods import ReportKind
from zone_service.report_making import Awaited, Remade
from zone_service.report_tables import Cell, tables
from zone_service.report_words import NO_FIGURES, TITLES
from zone_service.schemas.fields import Given
from zone_service.store.records import KeptReport


class ReportGiven(Given):
    """Which report is to be made."""

    kind: ReportKind
    name: Annotated[
        str,
        StringConstraints(pattern=r"^\d{4}(-\d{2})?$"),
        Field(
            description="The month in which it is made, `2026-12`, or the year, `2026`.",
            examples=["2026-12"],
        ),
    ]


class ReportShown(BaseModel):
    """A report of the authority, without its figures."""

    report_id: str
    kind: ReportKind
    title: str
    title_zh: str
    name: str
    edition: int
    begins: date
    ends: date
    """The first day that does not belong to it."""
    as_of: datetime
    rules: str
    made_at: datetime
    pdf_sha256: str
    xlsx_sha256: str

    @classmethod
    def of(cls, report: KeptReport) -> Self:
        """Return what a client sees."""
        english, chinese = TITLES[report.kind]
        return cls(
            report_id=report.report_id,
            kind=report.kind,
            title=english,
            title_zh=chinese,
            name=report.name,
            edition=report.edition,
            begins=report.period.begins,
            ends=report.period.ends,
            as_of=report.as_of,
            rules=report.rules,
            made_at=report.made_at,
            pdf_sha256=report.pdf_sha256,
            xlsx_sha256=report.xlsx_sha256,
        )


class ReportTable(BaseModel):
    """A part of a report; what has words has both languages, English first."""

    title: list[str]
    columns: list[list[str]]
    rows: list[list[list[str] | str | int | float | None]]
    """null where there is no figure: it is unknown, or not recorded."""


class ReportWithFigures(ReportShown):
    """A report with all that is in it."""

    figures: dict[str, Any]
    tables: list[ReportTable]

    @classmethod
    def with_figures(cls, report: KeptReport) -> Self:
        """Return what a client sees."""
        shown = ReportShown.of(report).model_dump()
        parts = [
            ReportTable(
                title=list(part.title),
                columns=[list(each) for each in part.columns],
                rows=[[_cell(each) for each in row] for row in part.rows],
            )
            for part in tables(report.kind, report.figures)
        ]
        return cls(**shown, figures=asdict(report.figures), tables=parts)


class ReportDue(BaseModel):
    """A report whose period is over."""

    kind: ReportKind
    name: str
    begins: date
    ends: date
    due_at: datetime | None
    """The first moment that is too late; null where no text says one."""
    made_at: datetime | None
    overdue: bool

    @classmethod
    def of(cls, awaited: Awaited, at: datetime) -> Self:
        """Return what a client sees."""
        turn = awaited.turn
        return cls(
            kind=turn.kind,
            name=turn.name,
            begins=turn.period.begins,
            ends=turn.period.ends,
            due_at=turn.due_at,
            made_at=awaited.made_at,
            overdue=awaited.is_overdue(at),
        )


class ReportChecked(BaseModel):
    """What came of making a kept report again."""

    report_id: str
    same: bool
    """Whether both files are the same, byte for byte."""
    figures_same: bool
    pdf_same: bool
    xlsx_same: bool

    @classmethod
    def of(cls, found: Remade) -> Self:
        """Return what a client sees."""
        return cls(
            report_id=found.report.report_id,
            same=found.same,
            figures_same=found.figures_same,
            pdf_same=found.pdf_same,
            xlsx_same=found.xlsx_same,
        )


def _cell(cell: Cell) -> list[str] | str | int | float | None:
    if isinstance(cell, tuple):
        return None if cell in NO_FIGURES.values() else list(cell)
    return cell
