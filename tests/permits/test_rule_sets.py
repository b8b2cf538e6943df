"""Rule sets: values with origins, and when permits may be issued under them."""

from collections.abc import Callable
from datetime import date

import pytest

from permits.issuing import may_issue, refusals
from permits.life_cycle import Family
from permits.ruleset import DOMAINS, RuleSet, RuleSetError, Status, parse
from permits.sheet import read_sheet
from permits.violation import RAISED, Severity, ViolationCode

Load = Callable[[str], str]
C = ViolationCode

CHANGED = """
id = "ours"
version = "1"
extends = "shanghai-default"
basis = { status = "own proposal" }
"""


def changed(load: Load, text: str) -> RuleSet:
    return parse(CHANGED + text, load)


@pytest.mark.requirement("A43-5")
def test_every_value_says_where_it_is_from(rules: RuleSet) -> None:
    for parameter in rules.parameters.values():
        ours = parameter.status in {Status.OWN_PROPOSAL, Status.DEMONSTRATION}
        assert ours or parameter.instrument in rules.instruments, parameter
        assert parameter.rule_set in {"shanghai-default", "national", "xiangyang"}


@pytest.mark.requirement("A43-5")
def test_the_height_limit_is_article_19_of_order_761(rules: RuleSet) -> None:
    limit = rules.parameters["height.max_agl_m"]

    assert (limit.value, limit.unit, limit.article) == (120.0, "m", "19")
    assert rules.instruments[limit.instrument].title_zh == (
        "无人驾驶航空器飞行管理暂行条例(国务院 中央军委令第761号)"
    )


def test_the_shipped_limits_are_those_of_the_catalogue(rules: RuleSet) -> None:
    assert rules.max_height_agl_m == 120
    assert rules.max_skew_s == 5
    assert rules.reorder_window_s == 0.3
    assert rules.overspeed_margin_mps == pytest.approx(3 / 3.6)
    assert rules.overspeed_margin_ratio == 0.05
    assert rules.jump_factor == 1.5
    assert rules.max_speed_mps["air"] == pytest.approx(100 / 3.6)


@pytest.mark.requirement("D4d-8", "D4d-37")
def test_silence_is_60_s_for_a_car_5_s_for_an_aircraft_and_30_s_for_a_vessel(
    rules: RuleSet,
) -> None:
    silences = [rules.rule(C.TELEMETRY_SILENCE, domain).opens_after_s for domain in DOMAINS]

    assert silences == [60, 5, 30]


@pytest.mark.requirement("D4d-37", "D4d-38")
@pytest.mark.parametrize(
    ("code", "domain", "category", "hold_off"),
    [
        (C.KEEP_IN_EXIT, "road", "", (10, 3)),
        (C.KEEP_IN_EXIT, "air", "", (0, 1)),
        (C.ROUTE_DEVIATION, "road", "", (10, 3)),
        (C.ROUTE_DEVIATION, "air", "", (0, 1)),
        (C.ROUTE_DEVIATION, "water", "", (10, 3)),
        (C.KEEP_OUT_BREACH, "road", "", (10, 3)),
        (C.KEEP_OUT_BREACH, "road", "airport", (0, 1)),
        (C.KEEP_OUT_BREACH, "air", "", (0, 1)),
        (C.KEEP_OUT_BREACH, "air", "airport", (0, 1)),
        (C.KEEP_OUT_BREACH, "road", "no such category", (10, 3)),
        (C.OVERSPEED, "road", "", (5, 2)),
        (C.OUTSIDE_TIME_WINDOW, "road", "", (0, 1)),
    ],
)
def test_hold_off_by_domain_and_category(
    rules: RuleSet, code: ViolationCode, domain: str, category: str, hold_off: tuple[float, int]
) -> None:
    rule = rules.rule(code, domain, category)

    assert (rule.opens_after_s, rule.samples) == hold_off


@pytest.mark.requirement("D4d-41")
def test_every_code_that_is_raised_has_a_rule_and_somebody_who_hears(rules: RuleSet) -> None:
    for code in RAISED:
        for domain in DOMAINS:
            assert rules.rule(code, domain).notify, (code, domain)


@pytest.mark.requirement("D4d-41", "A44-4")
def test_a_keep_out_breach_goes_to_other_departments_on_the_road_in_the_air_and_on_water(
    rules: RuleSet,
) -> None:
    heard = {domain: rules.rule(C.KEEP_OUT_BREACH, domain).notify for domain in DOMAINS}

    assert heard == {
        "road": ("traffic_police",),
        "air": ("atm", "police", "civil_aviation"),
        "water": ("msa",),
    }


@pytest.mark.requirement("D4d-41")
def test_silence_is_critical_in_the_air_alone(rules: RuleSet) -> None:
    found = [rules.rule(C.TELEMETRY_SILENCE, domain).severity for domain in DOMAINS]

    assert found == [Severity.MAJOR, Severity.CRITICAL, Severity.MAJOR]


@pytest.mark.requirement("D4d-40")
def test_a_rule_set_is_named_by_id_and_version(rules: RuleSet) -> None:
    assert rules.label == "shanghai-default@2026.12"


@pytest.mark.parametrize(
    ("on", "road", "flight"),
    [
        (date(2026, 1, 31), True, False),  # the city's flight measures start the day after
        (date(2026, 10, 31), True, True),
        (date(2026, 11, 1), False, True),
    ],
)
def test_no_permit_is_issued_before_or_after_its_instruments(
    rules: RuleSet, on: date, *, road: bool, flight: bool
) -> None:
    assert may_issue(rules.sheet, on, Family.ROAD) is road
    assert may_issue(rules.sheet, on, Family.FLIGHT) is flight


def test_a_refusal_to_issue_names_the_instrument_and_its_end(rules: RuleSet) -> None:
    (refusal,) = refusals(rules.sheet, date(2026, 11, 23))

    assert str(refusal).startswith(
        "上海市智能网联汽车测试与示范实施办法(沪经信规范〔2021〕3号) (Shanghai procedure"
    )
    assert str(refusal).endswith(
        "2021 no. 3) ran out on 2026-10-31 and no successor or extension is configured"
    )
    assert "is in force from 2026-02-01, not on 2026-01-01" in "".join(
        map(str, refusals(rules.sheet, date(2026, 1, 1), Family.FLIGHT))
    )


def test_an_extension_lets_permits_be_issued_until_its_own_end(load: Load) -> None:
    extended = changed(
        load,
        """
        [extensions.sh-icv-procedure]
        valid_to = 2027-10-31
        decided_by = "Li, 经信委"
        note = "extended by notice"
        """,
    )

    assert may_issue(extended.sheet, date(2027, 10, 31))
    assert not may_issue(extended.sheet, date(2027, 11, 1))
    assert "ran out on 2027-10-31" in str(
        refusals(extended.sheet, date(2027, 11, 1), Family.ROAD)[0]
    )


def test_what_extends_a_rule_set_keeps_the_origin_of_what_it_does_not_change(
    load: Load,
) -> None:
    ours = changed(load, "[violations.OVERSPEED]\nopens_after_s = 7")

    assert ours.rule(C.OVERSPEED, "road").opens_after_s == 7
    mine = ours.parameters["violations.OVERSPEED.opens_after_s"]
    theirs = ours.parameters["violations.OVERSPEED.severity"]
    assert (mine.rule_set, mine.status) == ("ours", Status.OWN_PROPOSAL)
    assert (theirs.rule_set, theirs.status, theirs.instrument) == (
        "xiangyang",
        Status.COMPARATOR,
        "xiangyang",
    )


def test_the_demonstration_is_shorter_and_marked_as_such(
    rules: RuleSet, demonstration: RuleSet
) -> None:
    own = {
        key: each
        for key, each in demonstration.parameters.items()
        if each.rule_set == demonstration.rule_set_id
    }

    assert {each.status for each in own.values()} == {Status.DEMONSTRATION}
    assert may_issue(demonstration.sheet, date(2026, 11, 23))
    for code in RAISED:
        for domain in DOMAINS:
            shown, real = demonstration.rule(code, domain), rules.rule(code, domain)
            assert shown.opens_after_s <= max(real.opens_after_s, 8), (code, domain)
            assert (shown.severity, shown.notify) == (real.severity, real.notify)


def test_a_rule_set_may_extend_one_that_extends_another(load: Load) -> None:
    deeper = CHANGED.replace('"ours"', '"deeper"').replace("shanghai-default", "ours")

    def either(name: str) -> str:
        return CHANGED if name == "ours" else load(name)

    assert parse(deeper, either).max_height_agl_m == 120


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[height]\nmax_agl_m = -5", "height.max_agl_m is -5.0: expected a number from 1 to 1000"),
        ("[height]\nmax_agl_m = nan", "height.max_agl_m is nan: expected a number from 1"),
        ('[height]\nmax_agl_m = "high"', "height.max_agl_m is 'high': expected a number from 1"),
        (
            "[height]\nmax_agl_m = true",
            "height.max_agl_m is True: expected a number from 1 to 1000",
        ),
        ("[height]\nmaximum = 120", "height.maximum is 120.0: expected no such key"),
        (
            "[violations.OVERSPEEED]\nopens_after_s = 7",
            "violations.OVERSPEEED.opens_after_s is 7.0: expected no such key",
        ),
        (
            "[violations.OVERSPEED.sea]\nopens_after_s = 7",
            "violations.OVERSPEED.sea.opens_after_s is 7.0: expected no such key",
        ),
        (
            "[violations.OVERSPEED]\nsamples = 2.5",
            "violations.OVERSPEED.samples is 2.5: expected a whole number",
        ),
        (
            '[violations.OVERSPEED]\nseverity = "bad"',
            "violations.OVERSPEED.severity is 'bad': expected one of",
        ),
        (
            '[violations.OVERSPEED]\nnotify = "police"',
            "violations.OVERSPEED.notify is 'police': expected a list of texts",
        ),
        (
            '[height]\nmax_agl_m = { value = 100, status = "guess" }',
            "height.max_agl_m: status is 'guess': expected one of",
        ),
        (
            '[height]\nmax_agl_m = { value = 100, status = "seen" }',
            "height.max_agl_m: instrument is '': expected one of",
        ),
        ("basis = 7", "the text is .*: expected TOML"),
        (
            f"[height]\nmax_agl_m = 1{'0' * 400}",
            "height.max_agl_m is inf: expected a number from 1",
        ),
        (f"[height]\nmax_agl_m = 1{'0' * 5000}", "the text is .*: expected TOML"),
        (f"[height]\nmax_agl_m = {'[' * 5000}", "the text is .*: expected TOML"),
        ("[height]\nbasis = 7", "height.basis is 7: expected a table"),
        ("[instruments]\nlaw = 7", "instruments.law is 7: expected a table"),
        (
            '[instruments.law]\ntitle = "Law"',
            "instruments.law.title_zh is None: expected a text",
        ),
        (
            '[instruments.law]\ntitle = "Law"\ntitle_zh = "法"\nfamilies = ["rail"]',
            "instruments.law.families is 'rail': expected a list of",
        ),
        (
            '[instruments.law]\ntitle = "Law"\ntitle_zh = "法"\nfamilies = "road"',
            "instruments.law.families is 'road': expected a list of",
        ),
        (
            '[instruments.law]\ntitle = "Law"\ntitle_zh = "法"\nvalid_to = "soon"',
            "instruments.law.valid_to is 'soon': expected a date",
        ),
        (
            '[extensions.law]\nvalid_to = 2030-01-01\ndecided_by = "Li"\nnote = "n"',
            "extensions.law is 'law': expected one of",
        ),
        (
            '[extensions.sh-icv-procedure]\ndecided_by = "Li"\nnote = "n"',
            "extensions.sh-icv-procedure.valid_to is None: expected a date",
        ),
        (
            "[extensions.sh-icv-procedure]\nvalid_to = 2030-01-01",
            "extensions.sh-icv-procedure.decided_by is None: expected a text",
        ),
    ],
)
def test_an_error_names_the_key_what_was_found_and_what_was_expected(
    load: Load, text: str, message: str
) -> None:
    with pytest.raises(RuleSetError, match=message):
        changed(load, text)


def test_a_rule_set_without_a_value_is_refused_by_its_key() -> None:
    text = 'id = "empty"\nversion = "1"\njurisdiction = "nowhere"'

    with pytest.raises(RuleSetError, match=r"height\.max_agl_m is None: expected a number from 1"):
        parse(text)


def test_a_circle_of_rule_sets_is_refused() -> None:
    with pytest.raises(RuleSetError, match=r"extends is 'ours': expected .* no circle"):
        parse(CHANGED.replace("shanghai-default", "ours"), lambda _: CHANGED)


def test_a_rule_set_that_extends_another_needs_a_way_to_load_it() -> None:
    with pytest.raises(RuleSetError, match="extends is 'shanghai-default'"):
        parse(CHANGED)


PARK = """
id = "park"
version = "1"
jurisdiction = "park"
title = "Park"
extends = "pudong@2026.12"
comparator = "xiangyang@2026.12"
basis = { status = "own proposal" }

[clock]
max_skew_s = 7
"""


def test_what_a_rule_set_rests_on_is_not_read_again_and_comes_to_the_same(load: Load) -> None:
    """To read it took 70 ms, for which a published version waited before it was judged by."""
    read = {
        label: read_sheet(load(label), load) for label in ("pudong@2026.12", "xiangyang@2026.12")
    }

    def never(label: str) -> str:
        raise AssertionError(label)

    assert read_sheet(PARK, never, read.get) == read_sheet(PARK, load)


def test_a_circle_through_what_was_read_before_is_refused(load: Load) -> None:
    read = {"pudong@2026.12": read_sheet(load("pudong@2026.12"), load)}
    below = next(iter(read["pudong@2026.12"].layers)).partition("@")[0]
    text = PARK.replace('id = "park"', f'id = "{below}"')
    for known in (read.get, lambda _: None):
        with pytest.raises(RuleSetError, match="no circle"):
            read_sheet(text, load, known)
