"""Reports of the authority, made from a small city on a store of each kind."""

from datetime import date
from hashlib import sha256

import pypdfium2 as pdfium
import pytest
from shapely import box

from geofence.zone import Area, Volume, Zone, ZoneKind
from permits.document import Covered, Document, StoredFile
from permits.document_kinds import CoveredKind, DocumentKind
from permits.permit import PermitAction as A
from permits.report_figures import Value, figures
from permits.report_periods import NotYetOver, Period, PeriodUnknown, ReportKind
from telemetry.device_day import DeviceDay
from tests.permits.lives import local
from tests.permits.test_further import TESTED
from tests.store.city import (
    ADMINISTRATOR,
    KITE,
    POLICE,
    REVIEWER,
    SWIFT,
    UNDER,
    change,
    commit,
    road,
)
from tests.store.stepping import do, issued, rectified
from tests.store.test_accidents import tell
from tests.store.test_recognitions import keep, trust
from tests.store.workbook import sheets_of
from zone_service.report_making import awaited, make, remake
from zone_service.rule_library import RuleLibrary
from zone_service.settings import Settings
from zone_service.store import (
    authority_reports,
    device_days,
    documents,
    driven,
    journal,
    register,
    report_facts,
    violations,
    zones,
)
from zone_service.store.engine import Store
from zone_service.store.errors import NotAllowed, NotFound
from zone_service.store.records import (
    PLATFORM,
    DrivenFigure,
    HeardDay,
    KeptReport,
    RegisterEntry,
    ViolationFilter,
)

HALF, YEAR = ReportKind.HALF_YEARLY, ReportKind.ANNUAL
DAY = local("2026-12-03 10:00")
PARK = Zone(
    "park", ZoneKind.KEEP_IN, "Park", (Volume(Area(box(121.90, 30.90, 121.91, 30.91))),),
    domains=frozenset({"road"}),
)  # fmt: skip


@pytest.fixture(scope="session")
def rules(tmp_path_factory: pytest.TempPathFactory) -> RuleLibrary:
    folder = tmp_path_factory.mktemp("rules")
    return RuleLibrary(Settings(data_dir=folder, rule_set="demonstration"))


def seeded(store: Store) -> Store:
    """A road test in force since July, suspended once; two violations; a road and a park."""
    with store.write() as session:
        zones.publish(session, PLATFORM, (road(), PARK), local("2026-01-04 10:00"))
    permit = do(store, PLATFORM, issued(store), A.ACTIVATE, "2026-07-01 00:00")
    permit = do(store, POLICE, permit, A.SUSPEND, "2026-08-03 10:00")
    permit = do(store, SWIFT, permit, A.START_RECTIFICATION, "2026-08-04 10:00")
    rectified(store, permit, "2026-08-05 09:00")
    permit = do(store, SWIFT, permit, A.REQUEST_RESUME, "2026-08-05 10:00")
    do(store, POLICE, permit, A.RESUME, "2026-08-06 10:00")
    saw(store, "OVERSPEED", "2026-08-02 09:00")
    saw(store, "KEEP_OUT_BREACH", "2026-08-03 09:00")
    return store


def saw(store: Store, code: str, at: str, detected: str = "") -> None:
    when, seen = local(at), local(detected or at)
    journal.commit_batch(
        store, commit(change(code=code, opened_at=when, detected_at=seen, updated_at=seen))
    )


def found_none(store: Store, code: str, at: str) -> None:
    """Have the police find out of the first violation of a code that it was none."""
    asked = ViolationFilter(code=code)
    with store.write() as session:
        seen = violations.page(session, POLICE, asked)[0]
        violations.resolve(
            session, POLICE, seen.id, seen.revision, "leap", local(at), unfounded=True
        )


def drove(store: Store, day: date, km: float) -> None:
    """Have the platform hear the car for 50 minutes, 40 of them without a gap."""
    noon_s = local(f"{day} 12:00").timestamp()
    heard = DeviceDay(
        (day - device_days.EPOCH).days, noon_s, noon_s + 3000, 2400, 0, 2400.0, 3600.0, km * 1000,
        0.0, 0.0, 2,
    )  # fmt: skip
    device_days.keep(store, [HeardDay("car-1", heard)])


def files_of(store: Store, report: KeptReport) -> tuple[bytes, bytes]:
    with store.read() as session:
        return (
            authority_reports.file(session, PLATFORM, report.report_id, "pdf")[1],
            authority_reports.file(session, PLATFORM, report.report_id, "xlsx")[1],
        )


def text_of(content: bytes) -> str:
    document = pdfium.PdfDocument(content)
    found = " ".join(page.get_textpage().get_text_bounded() for page in document)
    return " ".join(found.split())


@pytest.mark.requirement("D4f-2", "D4f-14")
def test_the_half_yearly_report_says_in_both_languages_what_was(
    store: Store, rules: RuleLibrary
) -> None:
    drove(seeded(store), date(2026, 7, 2), km=12.5)
    drove(store, date(2026, 12, 1), km=99.0)
    made = make(store, rules, REVIEWER, HALF, "2026-12", DAY)
    assert (made.report_id, made.rules) == ("half-yearly-2026-12-1", "demonstration@2026.12")
    assert made.as_of == local("2026-12-03 09:59:30")
    pdf, xlsx = files_of(store, made)
    assert (sha256(pdf).hexdigest(), sha256(xlsx).hexdigest()) == (made.pdf_sha256, made.xlsx_sha256)  # fmt: skip
    text = text_of(pdf)
    for words in (
        "道路测试与示范应用半年报告 2026-12", "Half-yearly report on road tests and demonstration",
        "工业和信息化部、公安部、交通运输部", "2026-06-01 – 2026-11-30", "2026-12-31",
        "2026-12-03 09:59:30 UTC+8", "demonstration@2026.12", "期末有效许可数",
        "未知 unknown", "道路测试 Road test 测试 test 有效 active",
        "Swift Cars (swift)", "闯入禁入区", "Inside a keep-out zone", "rui",
    ):  # fmt: skip
        assert words in text, words

    sheets = sheets_of(xlsx)
    permits = sheets["许可情况（类别、阶段、状态、地区）"]
    assert [row[-1] for row in permits[1:]] == [1.0]
    assert permits[1][0] == "道路测试  Road test"
    assert sheets["违规情况"][1:] == [
        ["KEEP_OUT_BREACH", "闯入禁入区  Inside a keep-out zone", 1.0],
        ["OVERSPEED", sheets["违规情况"][2][1], 1.0],
    ]
    assert [row[1] for row in sheets["概况"][1:]] == [
        1.0, 1.0, 1.0, "未知  unknown", "未知  unknown", 2.0, 0.0, 0.0,
    ]  # fmt: skip
    assert [row[1] for row in sheets["道路与区域开放情况"][1:]] == pytest.approx(
        [1.0, 2.211, 1.0, 1.060], abs=0.002
    )
    assert [row[1] for row in sheets["事故、暂停与互认"][1:]] == [
        0.0, 1.0, 0.0, 0.0,
    ]  # fmt: skip
    assert [row[1:] for row in sheets["自动驾驶运行情况"][1:6]] == [
        [each, "平台实测  Measured by the platform"] for each in (12.5, 1.0, 2.0, 0.8, 1.0)
    ]
    assert [row[1] for row in sheets["自动驾驶运行情况"][6:10]] == [
        "未知  unknown", "未知  unknown", 0.0, 0.0,
    ], "of no day it is known on which roads"  # fmt: skip
    assert sheets["自动驾驶运行情况"][10][1:] == [
        "未知  unknown",
        "主管部门核验  Attested by a department",
    ]
    assert sheets["自动驾驶运行情况"][13][1:] == [
        "未知  unknown",
        "运营单位申报  Declared by operators",
    ]
    assert sheets["运营单位"][1:] == [["Swift Cars (swift)", 1.0, 1.0]]


@pytest.mark.requirement("D4f-13")
def test_it_is_made_again_byte_by_byte_unless_its_past_was_changed(
    store: Store, rules: RuleLibrary
) -> None:
    made = make(seeded(store), rules, REVIEWER, HALF, "2026-12", DAY)
    saw(store, "OVERSPEED", "2026-11-30 09:00", "2026-12-03 11:00")
    with store.write() as session:
        zones.publish(session, PLATFORM, (road(), road("road-2")), local("2026-12-03 11:00"))
    again = remake(store, rules, ADMINISTRATOR, made.report_id)
    assert (again.same, again.figures_same) == (True, True)
    second = make(store, rules, REVIEWER, HALF, "2026-12", local("2026-12-04 10:00"))
    assert (second.report_id, second.figures.violations_total) == ("half-yearly-2026-12-2", 3)
    assert made.figures.violations_total == 2
    assert second.figures.roads == made.figures.roads  # the other road was opened after the period
    # One that was found to be none since is none in reports from then on, and was one before.
    found_none(store, "OVERSPEED", "2026-12-04 11:00")
    assert remake(store, rules, ADMINISTRATOR, second.report_id).same
    third = make(store, rules, REVIEWER, HALF, "2026-12", local("2026-12-04 12:00")).figures
    assert (third.violations_total, third.unfounded) == (2, 1)
    assert (second.figures.unfounded, made.figures.unfounded) == (0, 0)
    # What was written down in a past that was already reported on is told.
    saw(store, "OVERSPEED", "2026-11-30 10:00", "2026-12-01 09:00")
    again = remake(store, rules, ADMINISTRATOR, made.report_id)
    assert (again.same, again.figures_same) == (False, False)


@pytest.mark.requirement("D4f-10")
def test_the_annual_report_is_everybodys_and_names_nobody(store: Store, rules: RuleLibrary) -> None:
    made = make(seeded(store), rules, ADMINISTRATOR, YEAR, "2026", local("2027-01-02 10:00"))
    half = make(store, rules, REVIEWER, HALF, "2026-12", DAY)
    with store.read() as session:
        assert authority_reports.page(session, None) == (made,)
        assert authority_reports.page(session, SWIFT) == (made,)
        assert authority_reports.page(session, POLICE) == (made, half)
        assert authority_reports.page(session, POLICE, after=made.report_id) == (half,)
        with pytest.raises(NotFound):
            authority_reports.get(session, None, half.report_id)
        with pytest.raises(NotFound):
            authority_reports.file(session, SWIFT, half.report_id, "pdf")
    pdf, xlsx = files_of(store, made)
    text = text_of(pdf)
    assert ("测试示范区年度公开报告 2026", "社会公众" in text) == (
        "测试示范区年度公开报告 2026",
        True,
    )
    for secret in ("Swift", "swift", "ada", "car-1"):
        assert secret not in text
        assert secret not in str(sheets_of(xlsx))


@pytest.mark.requirement("D4f-2")
def test_who_is_not_of_the_authority_makes_none_and_nobody_makes_one_too_early(
    store: Store, rules: RuleLibrary
) -> None:
    for who in (SWIFT, KITE, POLICE):
        with pytest.raises(NotAllowed):
            make(store, rules, who, HALF, "2026-12", DAY)
    for at in ("2026-11-30 23:59", "2026-12-01 00:00"):
        with pytest.raises(NotYetOver):
            make(store, rules, REVIEWER, HALF, "2026-12", local(at))
    with pytest.raises(PeriodUnknown):
        make(store, rules, REVIEWER, HALF, "2026-10", DAY)


@pytest.mark.requirement("D4f-2")
def test_one_that_was_not_made_in_its_month_is_overdue(store: Store, rules: RuleLibrary) -> None:
    def overdue(at: str) -> list[tuple[str, bool]]:
        when = local(at)
        return [(each.turn.name, each.is_overdue(when)) for each in awaited(store, rules, when)]

    assert overdue("2026-12-31 23:59") == [("2026-12", False), ("2025", False)]
    assert overdue("2027-01-01 00:00") == [("2026-12", True), ("2026", False)]
    make(store, rules, REVIEWER, HALF, "2026-12", local("2027-01-02 10:00"))
    assert overdue("2027-01-03 00:00") == [("2026-12", False), ("2026", False)]


@pytest.mark.requirement("D4f-14")
def test_accidents_and_recognised_vehicles_are_counted_once_they_are_on_record(
    store: Store,
) -> None:
    permit = do(store, PLATFORM, issued(store), A.ACTIVATE, "2026-07-01 00:00")
    tell(store, permit)  # on 2 July, an hour after it happened
    trust(store)
    keep(store)  # on 1 December
    period = Period(date(2026, 1, 1), date(2027, 1, 1))

    def counted(as_of: str) -> tuple[Value, Value]:
        with store.read() as session:
            found = report_facts.facts(session, period, local(as_of), lambda _: "")
        made = figures(YEAR, period, local(as_of), found)
        return made.accidents, made.recognised

    assert counted("2026-07-02 09:59") == (0, 0)
    assert counted("2026-07-02 10:00") == (1, 0)
    assert counted("2026-12-01 20:01") == (1, 1)


@pytest.mark.requirement("D4f-14")
def test_what_a_vehicle_drove_stays_in_reports_of_before_it_was_out_of_service(
    store: Store,
) -> None:
    permit = do(store, PLATFORM, issued(store), A.ACTIVATE, "2026-07-01 00:00")
    period = Period(date(2026, 7, 1), date(2026, 8, 1))
    attest(store)

    def attested() -> list[tuple[str, float | None]]:
        with store.read() as session:
            found = report_facts.facts(session, period, local("2026-08-01 10:00"), lambda _: "")
        return [(each.device_id, each.automated_km) for each in found.attested]

    assert attested() == [("car-1", 12.0)]
    do(store, POLICE, permit, A.SUSPEND, "2026-08-03 10:00")
    with store.write() as session:
        register.retire(session, SWIFT, "V-1", local("2026-08-04 10:00"))
    assert attested() == [("car-1", 12.0)]


def attest(store: Store) -> None:
    """Have it attested that the car drove twelve kilometres on 1 July."""
    early, car = local("2026-07-02 10:00"), Covered(CoveredKind.VEHICLE, "V-1")
    day = date(2026, 7, 1)
    with store.write() as session:
        register.add(session, SWIFT, RegisterEntry("V-1", "swift", TESTED, "car-1"), early)
        said = Document(kind=DocumentKind.TEST_EVIDENCE, covers=car, issued_by="lab", valid_from=early.date())  # fmt: skip
        log = documents.add(session, SWIFT, said, early).document_id
        documents.put_file(session, SWIFT, log, StoredFile("ab" * 32, "text/csv", 7), early)
        told = DrivenFigure(zone_id=None, begins=day, ends=day, document_id=log, automated_km=12.0)
        made = driven.declare(session, SWIFT, "V-1", told, early)
        driven.attest(session, POLICE, "V-1", made.figure_id, early, under=UNDER)
