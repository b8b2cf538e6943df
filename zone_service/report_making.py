"""Reports of the authority: made from the store's figures, and made again to see that they are the same."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlmodel import Session

from permits.report_figures import Figures, figures
from permits.report_periods import (
    NotYetOver,
    Period,
    ReportKind,
    Turn,
    report_times,
    turn_named,
    turns_due,
)
from zone_service.report_tables import Head, tables
from zone_service.rule_files import NoSuchRuleSet
from zone_service.rule_library import RuleLibrary
from zone_service.store import authority_reports, report_facts
from zone_service.store.engine import Store
from zone_service.store.records import KeptReport, Principal

SETTLED_AFTER = timedelta(seconds=30)
"""Whoever writes now has said when before they waited for the database, which takes ten seconds at
most: what is so old is written or never will be, and the same moment finds the same again."""


@dataclass(frozen=True, slots=True)
class Made:
    """A report and its files, not yet kept."""

    report: KeptReport
    pdf: bytes
    xlsx: bytes


@dataclass(frozen=True, slots=True)
class Remade:
    """A kept report and what comes of making it again."""

    report: KeptReport
    figures_same: bool
    pdf_same: bool
    xlsx_same: bool

    @property
    def same(self) -> bool:
        """Whether both files are the same, byte for byte."""
        return self.pdf_same and self.xlsx_same


@dataclass(frozen=True, slots=True)
class Awaited:
    """A report whose period is over, and when it was first made."""

    turn: Turn
    made_at: datetime | None

    def is_overdue(self, at: datetime) -> bool:
        """Tell whether it should have been made by now."""
        due_at = self.turn.due_at
        return self.made_at is None and due_at is not None and due_at <= at


def make(
    store: Store,
    rules: RuleLibrary,
    principal: Principal,
    kind: ReportKind,
    name: str,
    at: datetime,
) -> KeptReport:
    """Make a report by its name (``2026-12``, ``2026``) and keep it as its next edition.

    To compute and to draw it takes a moment: nobody waits for the database meanwhile.

    Raises:
        NotAllowed: the principal is not of the authority.
        PeriodUnknown, NotYetOver: there is no such report, or not yet.
        Conflict: somebody else has made this edition meanwhile.
        RuleSetError: the rule set does not say when it reports.
        FontMissing: set-up has not brought the font.
    """
    authority_reports.require_maker(principal)
    as_of = (at - SETTLED_AFTER).replace(microsecond=0)
    with store.read() as session:
        sheet = rules.ruling(session).sheet
        turn = turn_named(kind, name, report_times(sheet))
        if as_of < turn.period.ends_at:
            raise NotYetOver(turn)
        edition = authority_reports.next_edition(session, kind, name)
        found = _figures(session, rules, kind, turn.period, as_of)
    head = Head(
        kind=kind, name=name, edition=edition, period=turn.period, due_at=turn.due_at,
        as_of=as_of, rules=sheet.label, made_by=_maker(kind, principal),
    )  # fmt: skip
    made = _drawn(head, found, at, principal.username)
    with store.write() as session:
        return authority_reports.keep(session, principal, made.report, made.pdf, made.xlsx)


def remake(store: Store, rules: RuleLibrary, principal: Principal, report_id: str) -> Remade:
    """Make a kept report again from the store, as it was known at its moment.

    Raises:
        NotFound: there is none that the principal may read.
        NoSuchRuleSet: the rule set that it was made by is gone.
        FontMissing: set-up has not brought the font.
    """
    with store.read() as session:
        kept = authority_reports.get(session, principal, report_id)
        sheet = rules.sheet(session, kept.rules)
        turn = turn_named(kept.kind, kept.name, report_times(sheet))
        found = _figures(session, rules, kept.kind, kept.period, kept.as_of)
    head = Head(
        kind=kept.kind, name=kept.name, edition=kept.edition, period=kept.period,
        due_at=turn.due_at, as_of=kept.as_of, rules=kept.rules,
        made_by=_maker_named(kept.kind, kept.made_by),
    )  # fmt: skip
    again = _drawn(head, found, kept.made_at, kept.made_by).report
    return Remade(
        kept,
        figures_same=found == kept.figures,
        pdf_same=again.pdf_sha256 == kept.pdf_sha256,
        xlsx_same=again.xlsx_sha256 == kept.xlsx_sha256,
    )


def awaited(store: Store, rules: RuleLibrary, at: datetime) -> tuple[Awaited, ...]:
    """Return the latest report of each kind that can be made, and whether it was.

    Raises:
        RuleSetError: the rule set does not say when it reports.
    """
    with store.read() as session:
        times = report_times(rules.ruling(session).sheet)
        return tuple(
            Awaited(turn, authority_reports.made_since(session, turn.kind, turn.name))
            for turn in turns_due(times, at)
        )


def _figures(
    session: Session, rules: RuleLibrary, kind: ReportKind, period: Period, as_of: datetime
) -> Figures:
    def jurisdiction(label: str) -> str:
        try:
            return rules.sheet(session, label).jurisdiction
        except NoSuchRuleSet:
            return ""

    return figures(kind, period, as_of, report_facts.facts(session, period, as_of, jurisdiction))


def _maker(kind: ReportKind, principal: Principal) -> str:
    return _maker_named(kind, principal.username)


def _maker_named(kind: ReportKind, username: str) -> str:
    """The public does not read who typed it."""
    return "" if kind is ReportKind.ANNUAL else username


def _drawn(head: Head, found: Figures, made_at: datetime, made_by: str) -> Made:
    # Who never draws one does without its libraries, which take a third of a second to load.
    from zone_service import report_pdf, report_xlsx

    parts = tables(head.kind, found)
    pdf, xlsx = report_pdf.drawn(head, parts), report_xlsx.drawn(head, parts)
    report = KeptReport(
        kind=head.kind, name=head.name, edition=head.edition, period=head.period,
        as_of=head.as_of, rules=head.rules, made_at=made_at, made_by=made_by, figures=found,
        pdf_sha256=sha256(pdf).hexdigest(), xlsx_sha256=sha256(xlsx).hexdigest(),
    )  # fmt: skip
    return Made(report, pdf, xlsx)
