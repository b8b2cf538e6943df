"""When permits may be issued: first days, last days, extensions and successors, in Asia/Shanghai."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from permits.issuing import NoRuling, Ruling, holds, legal_day, may_issue, refusals
from permits.life_cycle import Family, PermitKind, PermitState
from permits.permit import Permit
from permits.rule_words import WORDS, Language, RuleSetError, words
from permits.sheet import Sheet, read_sheet
from permits.terms import Terms

Load = Callable[[str], str]
HEAD = 'id = "ours"\nversion = "1"\nextends = "shanghai-default"\n'
ROAD = Family.ROAD
SUCCESSOR = """
[instruments.sh-icv-procedure-2026]
title = "Successor"
title_zh = "后续办法"
valid_from = 2026-12-01
families = ["road"]
replaces = "sh-icv-procedure"
"""


def ours(load: Load, text: str, head: str = "") -> Sheet:
    return read_sheet(HEAD + head + text, load)


def permit_of(jurisdiction: str) -> Permit:
    terms = Terms(
        frozenset(), frozenset(), datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
    )
    return Permit(
        "RT-1", PermitKind.ROAD_TEST, PermitState.DRAFT, "swift", terms, jurisdiction=jurisdiction
    )


@pytest.mark.requirement("D0-15")
def test_a_permit_is_decided_under_the_rules_of_its_jurisdiction_or_not_at_all(load: Load) -> None:
    city, pudong = ours(load, ""), read_sheet(load("pudong"), load)
    there: dict[str, Ruling] = {}
    there[""] = Ruling(city, elsewhere=there.get)
    there["pudong"] = Ruling(pudong, elsewhere=there.get)
    for first in there.values():
        assert first.of(permit_of("")).sheet is city
        assert first.of(permit_of("pudong")).sheet is pudong
        with pytest.raises(NoRuling, match="permit RT-1 is of 'lingang': expected a rule set that"):
            first.of(permit_of("lingang"))
    alone = Ruling(pudong)
    assert alone.of(permit_of("pudong")) is alone
    with pytest.raises(NoRuling) as refused:
        alone.of(permit_of("shanghai-default"))
    assert "许可 RT-1 属于辖区" in refused.value.said(Language.CHINESE)


@pytest.mark.requirement("D0-6")
@pytest.mark.parametrize(
    ("at", "issued"),
    [
        (datetime(2026, 10, 31, 15, 59, 59, tzinfo=UTC), True),  # 23:59:59 in Shanghai
        (datetime(2026, 10, 31, 16, 0, 0, tzinfo=UTC), False),  # midnight there
    ],
)
def test_the_last_day_of_an_instrument_ends_at_midnight_in_shanghai(
    load: Load, at: datetime, *, issued: bool
) -> None:
    assert may_issue(ours(load, ""), legal_day(at), ROAD) is issued


@pytest.mark.requirement("D0-6")
@pytest.mark.parametrize(
    ("on", "refused"),
    [
        (date(2026, 8, 31), ["the rule set"]),
        (date(2026, 9, 1), []),
        (date(2026, 9, 30), []),
        (date(2026, 10, 1), ["the rule set"]),
    ],
)
def test_a_rule_set_of_its_own_days_refuses_before_and_after_them(
    load: Load, on: date, refused: list[str]
) -> None:
    sheet = ours(load, "", "valid_from = 2026-09-01\nvalid_to = 2026-09-30\n")
    found = refusals(sheet, on, ROAD)

    assert [each.key for each in found] == ["ours@1"] * len(refused)


@pytest.mark.requirement("D0-6")
def test_a_rule_set_that_ran_out_is_named_in_both_languages(load: Load) -> None:
    (refusal,) = refusals(ours(load, "", "valid_to = 2026-09-30\n"), date(2026, 10, 1), ROAD)

    assert refusal.said(Language.ENGLISH) == (
        "the rule set ours (ours) ran out on 2026-09-30 and no later version is published"
    )
    assert refusal.said(Language.CHINESE) == "规则集 ours 已于 2026-09-30 失效，且未发布后续版本"


@pytest.mark.requirement("D0-6")
def test_the_procedure_that_ran_out_is_named_in_both_languages(load: Load) -> None:
    (refusal,) = refusals(ours(load, ""), date(2026, 11, 27), ROAD)

    assert refusal.key == "sh-icv-procedure"
    assert "2021 no. 3) ran out on 2026-10-31 and no successor" in refusal.said(Language.ENGLISH)
    assert refusal.said(Language.CHINESE) == (
        "上海市智能网联汽车测试与示范实施办法(沪经信规范〔2021〕3号)已于 2026-10-31 失效，且未设定后续文件或延期"
    )


@pytest.mark.requirement("D0-7")
@pytest.mark.parametrize(
    ("on", "issued"),
    [(date(2026, 11, 30), False), (date(2026, 12, 1), True), (date(2030, 1, 1), True)],
)
def test_a_successor_goes_on_where_an_instrument_ran_out(
    load: Load, on: date, *, issued: bool
) -> None:
    assert may_issue(ours(load, SUCCESSOR), on, ROAD) is issued


@pytest.mark.requirement("D0-7")
def test_a_successor_that_is_still_to_come_refuses_nothing_that_its_predecessor_allows(
    load: Load,
) -> None:
    sheet = ours(load, SUCCESSOR)

    assert may_issue(sheet, date(2026, 10, 31), ROAD)
    assert "ran out on 2026-10-31" in str(refusals(sheet, date(2026, 11, 30), ROAD)[0])


@pytest.mark.requirement("D0-7")
def test_successors_follow_each_other_and_the_last_to_run_out_is_named(load: Load) -> None:
    second = SUCCESSOR.replace("families", "valid_to = 2027-11-30\nfamilies") + (
        SUCCESSOR.replace('"sh-icv-procedure"', '"sh-icv-procedure-2026"')
        .replace("procedure-2026]", "procedure-2027]")
        .replace("2026-12-01", "2028-01-01")
    )
    sheet = ours(load, second)

    assert may_issue(sheet, date(2027, 11, 30), ROAD)
    (refusal,) = refusals(sheet, date(2027, 12, 1), ROAD)
    assert (refusal.key, refusal.day) == ("sh-icv-procedure-2026", date(2027, 11, 30))
    assert may_issue(sheet, date(2028, 1, 1), ROAD)


def test_instruments_that_succeed_each_other_in_a_circle_are_no_endless_line(load: Load) -> None:
    circle = SUCCESSOR + (
        '[instruments.other]\ntitle = "o"\ntitle_zh = "o"\nreplaces = "sh-icv-procedure-2026"\n'
    )
    assert may_issue(ours(load, circle), date(2026, 12, 1), ROAD)


@pytest.mark.requirement("D0-7")
def test_an_extension_never_shortens_what_it_extends(load: Load) -> None:
    early = "[extensions.sh-icv-procedure]\nvalid_to = 2026-01-01\ndecided_by = 'Li'\nnote = 'n'"
    assert may_issue(ours(load, early), date(2026, 10, 31), ROAD)


def test_what_one_family_rests_on_refuses_no_other(load: Load) -> None:
    sheet = ours(load, "")

    assert not may_issue(sheet, date(2026, 11, 27))
    assert may_issue(sheet, date(2026, 11, 27), Family.FLIGHT)
    assert may_issue(sheet, date(2026, 11, 27), Family.VESSEL)


@pytest.mark.requirement("D0-1", "D0-6")
def test_a_value_past_its_own_last_day_decides_no_more_and_is_named(load: Load) -> None:
    days = "valid_from = 2026-05-01, valid_to = 2026-05-31"
    of_roads = f'value = 3_000_000, status = "seen", instrument = "sh-icv-measures", {days}'
    sheet = ours(load, f"[insurance]\nliability_min_cny = {{ {of_roads} }}\n")
    assert may_issue(sheet, date(2026, 5, 31), ROAD)
    assert may_issue(sheet, date(2026, 6, 1), Family.FLIGHT)
    (over,) = refusals(sheet, date(2026, 6, 1), ROAD)
    assert over.key == "insurance.liability_min_cny"
    assert "Accident liability cover of each vehicle, at least" in str(over)
    assert "was a value until 2026-05-31" in str(over)
    assert "有效期至 2026-05-31" in over.said(Language.CHINESE)
    (early,) = refusals(sheet, date(2026, 4, 30), ROAD)
    assert (early.key, early.day) == ("insurance.liability_min_cny", date(2026, 5, 1))

    own = f'status = "own proposal", {days}'
    unread = f"[driverless]\ntransport_approval = {{ value = true, {own} }}\n"
    held_off = f"[violations.OVERSPEED]\nopens_after_s = {{ value = 9, {own} }}\n"
    assert may_issue(ours(load, unread + held_off), date(2026, 6, 1), ROAD)


def test_a_value_holds_on_its_own_days_else_on_those_of_its_instrument(load: Load) -> None:
    sheet = ours(
        load,
        '[height]\nmax_agl_m = { value = 100, status = "own proposal", valid_from = 2026-12-01, '
        "valid_to = 2026-12-31 }",
    )
    height, identified = (
        sheet.parameters[key] for key in ("height.max_agl_m", "remote_id.interval_max_s")
    )

    days = (date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 31), date(2027, 1, 1))
    assert [holds(height, sheet, on) for on in days] == [False, True, True, False]
    assert not holds(identified, sheet, date(2026, 4, 30))
    assert holds(identified, sheet, date(2026, 5, 1))
    assert holds(sheet.parameters["jump.factor"], sheet, date(1990, 1, 1))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "valid_from = 2026-09-02\nvalid_to = 2026-09-01",
            "instruments.x.valid_to is '2026-09-01'",
        ),
        ('replaces = "nothing"', "instruments.x.replaces is 'nothing': expected one of"),
        ('replaces = "x"', "instruments.x.replaces is 'x': expected one of"),
    ],
)
def test_days_in_the_wrong_order_and_unknown_predecessors_are_refused(
    load: Load, text: str, message: str
) -> None:
    with pytest.raises(RuleSetError, match=message):
        ours(load, f'[instruments.x]\ntitle = "x"\ntitle_zh = "x"\n{text}')


@pytest.mark.requirement("D0-10")
def test_every_problem_of_a_text_is_told_with_its_path_in_both_languages(load: Load) -> None:
    with pytest.raises(RuleSetError) as refused:
        ours(load, '[height]\nmax_agl_m = -5\ntop = 1\n[flight]\napply_by = "25:00"\nnotes = 1.5')

    paths = ["height.max_agl_m", "height.top", "flight.apply_by", "flight.notes"]
    # None of them says where it comes from: that is one more problem of each.
    assert [each.path for each in refused.value.problems] == [f"{path}: status" for path in paths]

    basis = 'basis = { status = "own proposal" }\n'
    with pytest.raises(RuleSetError) as refused:
        ours(load, '[height]\nmax_agl_m = -5\ntop = 1\n[flight]\napply_by = "25:00"', basis)
    assert {each.path for each in refused.value.problems} == set(paths[:3])
    assert refused.value.said(Language.CHINESE) == (
        "height.max_agl_m 为 -5.0：应为1 至 1000 的数; "
        "flight.apply_by 为 '25:00'：应为时刻，例如 12:00; height.top 为 1.0：应为已定义的键"
    )


def test_both_languages_fill_the_same_places() -> None:
    for english, chinese in WORDS.values():
        places = [
            {part.partition("}")[0] for part in text.split("{")[1:]} for text in (english, chinese)
        ]
        assert places[0] >= places[1], english


def test_whoever_publishes_a_set_is_told_of_each_family_by_its_name_in_both_languages() -> None:
    named = {
        language: {words(f"column {each}", language) for each in Family} for language in Language
    }
    assert [len(each) for each in named.values()] == [len(Family)] * 2
