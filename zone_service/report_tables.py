"""A report as tables: the same for paper, for a workbook and for programs."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from permits.issuing import SHANGHAI
from permits.report_contents import CONTENTS, Section
from permits.report_figures import Figures, NoFigure, Value
from permits.report_periods import Period, ReportKind
from zone_service.certificate_words import Both, kind_name
from zone_service.report_words import (
    NO_FIGURES,
    SECTIONS,
    STAGES,
    TITLES,
    action_name,
    code_name,
    state_name,
    words,
)

Cell = Both | str | int | float
"""What stands in one place of a table: words in both languages, a text, or a number."""
Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A part of a report."""

    title: Both
    columns: tuple[Both, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a report says of itself."""

    kind: ReportKind
    name: str
    edition: int
    period: Period
    due_at: datetime | None
    as_of: datetime
    rules: str
    made_by: str

    @property
    def title(self) -> Both:
        """Return what it is called."""
        return TITLES[self.kind]


def tables(kind: ReportKind, found: Figures) -> tuple[Table, ...]:
    """Return a report's tables in the order that its contents have."""
    return tuple(_table(section, found) for section in CONTENTS[kind])


def head_rows(head: Head) -> Iterator[tuple[Both, str]]:
    """Yield what stands above the tables."""
    zh_and_en = words("ministries" if head.kind is ReportKind.HALF_YEARLY else "public")
    yield words("to"), _both(zh_and_en)
    yield words("period"), f"{head.period.begins} – {head.period.last}"
    if head.due_at is not None:
        yield words("due"), f"{_shanghai(head.due_at - timedelta(seconds=1)):%Y-%m-%d}"
    yield words("as of"), f"{_shanghai(head.as_of):%Y-%m-%d %H:%M:%S} UTC+8"
    yield words("rules"), head.rules
    yield words("edition"), str(head.edition)
    if head.made_by:
        yield words("made by"), head.made_by


def shown(cell: Cell) -> str:
    """Return a cell for a person to read: Chinese and then English."""
    if isinstance(cell, tuple):
        return _both(cell)
    if isinstance(cell, float):
        return f"{cell:,.3f}".rstrip("0").rstrip(".")
    return f"{cell:,}" if isinstance(cell, int) else cell


def _both(pair: Both) -> str:
    english, chinese = pair
    return chinese if english == chinese else f"{chinese}  {english}"


def _shanghai(at: datetime) -> datetime:
    return at.astimezone(SHANGHAI)


def _table(section: Section, found: Figures) -> Table:
    columns, rows = _ROWS[section]
    return Table(SECTIONS[section], tuple(map(words, columns)), tuple(rows(found)))


def _value(value: Value) -> Cell:
    return NO_FIGURES[value] if isinstance(value, NoFigure) else value


def _summary(found: Figures) -> Iterator[Row]:
    yield words("in force"), found.in_force
    yield words("operators"), found.operators
    yield words("fleet"), found.devices
    yield words("km"), _value(found.driven.km)
    yield words("hours"), _value(found.driven.hours)
    yield words("violations"), found.violations_total
    yield words("unfounded"), _value(found.unfounded)
    yield words("accidents"), _value(found.accidents)


def _opened(found: Figures) -> Iterator[Row]:
    yield words("roads"), found.roads
    yield words("roads km"), _value(found.roads_km)
    yield words("areas"), found.areas
    yield words("areas km2"), _value(found.areas_km2)


def _permits(found: Figures) -> Iterator[Row]:
    for each in found.permits:
        district = each.district or NO_FIGURES[NoFigure.UNKNOWN]
        named = (kind_name(each.kind), STAGES[each.stage], state_name(each.state))
        yield (*named, district, each.count)


def _acts(found: Figures) -> Iterator[Row]:
    for each in found.acts:
        yield kind_name(each.kind), action_name(each.action), each.count


def _operators(found: Figures) -> Iterator[Row]:
    for each in found.by_operator:
        yield each.holder, each.permits, each.devices


def _driven(found: Figures) -> Iterator[Row]:
    seen, told, own = found.measured, found.driven, words("by the platform")
    yield words("km measured"), _value(seen.km), own
    yield words("hours measured"), _value(seen.hours), own
    yield words("takeovers measured"), _value(seen.takeovers), own
    yield words("online"), _value(seen.online), own
    yield words("devices heard"), seen.devices, own
    roads = seen.on_segments
    yield words("km on segments"), _value(roads.km), own
    yield words("coverage by line"), _value(roads.coverage), own
    yield words("segments by line"), roads.by_line, own
    yield words("segments by area"), roads.by_area, own
    yield words("km measured"), _value(seen.attested_km), words("attested")
    yield words("hours measured"), _value(seen.attested_hours), words("attested")
    yield words("coverage"), _value(seen.attested_coverage), words("attested")
    yield words("km"), _value(told.km), words("declared")
    yield words("hours"), _value(told.hours), words("declared")
    yield words("takeovers"), _value(told.takeovers), words("declared")
    yield words("driven permits"), told.permits, own
    yield words("reported"), told.reported, own


def _violations(found: Figures) -> Iterator[Row]:
    for code, count in found.violations:
        yield code, code_name(code), count


def _safety(found: Figures) -> Iterator[Row]:
    yield words("accidents"), _value(found.accidents)
    yield words("suspensions"), found.suspensions
    yield words("suspended"), found.suspended
    yield words("recognised"), _value(found.recognised)


_FIGURE = ("figure", "value")
_ROWS: Mapping[Section, tuple[tuple[str, ...], Callable[[Figures], Iterator[Row]]]] = (
    MappingProxyType(
        {
            Section.SUMMARY: (_FIGURE, _summary),
            Section.OPENED: (_FIGURE, _opened),
            Section.PERMITS: (("kind", "stage", "state", "district", "count"), _permits),
            Section.ACTS: (("kind", "act", "count"), _acts),
            Section.OPERATORS: (("operator", "permits", "devices"), _operators),
            Section.DRIVEN: ((*_FIGURE, "source"), _driven),
            Section.VIOLATIONS: (("code", "violation", "count"), _violations),
            Section.SAFETY: (_FIGURE, _safety),
        }
    )
)
