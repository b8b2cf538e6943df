"""The files of a report: texts stay texts, and the same report gives the same bytes."""

from dataclasses import replace
from datetime import date

import pytest

from permits.report_figures import Facts, OperatorCount, figures
from permits.report_periods import Period, ReportKind
from tests.certificates.test_certificate_pdf import embedded_fonts, text_of
from tests.permits.lives import local
from tests.store.workbook import formulas_in, sheets_of
from zone_service import report_pdf, report_xlsx
from zone_service.report_tables import Head, tables

HALF = ReportKind.HALF_YEARLY
PERIOD = Period(date(2026, 6, 1), date(2026, 12, 1))
HEAD = Head(
    kind=HALF, name="2026-12", edition=1, period=PERIOD, due_at=None,
    as_of=local("2026-12-05 10:00"), rules="shanghai@1", made_by="=cmd()",
)  # fmt: skip
NONE = figures(HALF, PERIOD, HEAD.as_of, Facts(permits=(), violations=(), opened=()))
NAMES = ('=HYPERLINK("http://x","y")', "+1+1", "-2", "@SUM(A1)", "\t=1", "12")


@pytest.mark.requirement("D4f-13")
def test_a_name_that_looks_like_a_formula_stays_a_text() -> None:
    named = replace(NONE, by_operator=tuple(OperatorCount(name, 1, 1) for name in NAMES))
    xlsx = report_xlsx.drawn(HEAD, tables(HALF, named))
    assert formulas_in(xlsx) == []
    sheets = sheets_of(xlsx)
    assert [row[0] for row in sheets["运营单位"][1:]] == list(NAMES)
    assert ["编制人  Made by", "=cmd()"] in sheets["报告"]


@pytest.mark.requirement("D4f-13")
def test_the_same_report_gives_the_same_bytes_and_another_gives_others() -> None:
    parts = tables(HALF, NONE)
    for files in (report_pdf, report_xlsx):
        assert files.drawn(HEAD, parts) == files.drawn(HEAD, parts)
        assert files.drawn(replace(HEAD, edition=2), parts) != files.drawn(HEAD, parts)


@pytest.mark.requirement("D4f-2")
def test_chinese_is_readable_where_no_font_is_installed_and_nothing_says_none() -> None:
    pdf = report_pdf.drawn(HEAD, tables(HALF, NONE))
    assert all(embedded_fonts(pdf).values())
    assert ("无 none" in text_of(pdf), "违规情况" in text_of(pdf)) == (True, True)
