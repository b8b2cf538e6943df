"""Conditions as data: comparisons, all and any, and what is not known."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permits.condition import (
    FACTS,
    Compared,
    Comparison,
    Condition,
    Fact,
    Group,
    Joined,
    Verdict,
    condition_to_json,
    in_words,
    judge,
    leaves,
    read_condition,
)
from permits.rule_words import Language, RuleSetError
from permits.sheet import Sheet, read_sheet

Load = Callable[[str], str]


def limits(sheet: Sheet) -> dict[str, Fact]:
    found = sheet.parameters.items()
    return {key: each.value for key, each in found if isinstance(each.value, float | bool)}


def held(load: Load, name: str, key: str, **facts: Fact) -> Verdict:
    sheet = read_sheet(load(name), load)
    condition = sheet.parameters[key].value
    assert isinstance(condition, Compared | Group)
    return judge(condition, facts, limits(sheet))


TESTED = "requires.TEST_HOURS_GE_240_OR_KM_GE_1000"


@pytest.mark.requirement("D0-5")
@pytest.mark.parametrize(
    ("hours", "kilometres", "national", "xiangyang"),
    [
        (240, 0, Verdict.MET, Verdict.NOT_MET),
        (0, 1000, Verdict.MET, Verdict.NOT_MET),
        (239.9, 999.9, Verdict.NOT_MET, Verdict.NOT_MET),
        (480, 999, Verdict.MET, Verdict.NOT_MET),
        (480, 1000, Verdict.MET, Verdict.MET),
    ],
)
def test_hours_or_kilometres_is_the_rule_sets(
    load: Load, hours: float, kilometres: float, national: Verdict, xiangyang: Verdict
) -> None:
    facts: dict[str, Fact] = {"automated_h": hours, "automated_km": kilometres}

    assert held(load, "shanghai-default", TESTED, **facts) is national
    assert held(load, "xiangyang", TESTED, **facts) is xiangyang


@pytest.mark.requirement("D0-5")
@pytest.mark.parametrize(
    ("cls", "facts", "expected"),
    [
        ("micro", {"empty_mass_kg": 0.249, "height_agl_m": 50, "speed_kmh": 40}, Verdict.MET),
        ("micro", {"empty_mass_kg": 0.25, "height_agl_m": 50, "speed_kmh": 40}, Verdict.NOT_MET),
        ("light", {"empty_mass_kg": 4, "takeoff_mass_kg": 7, "speed_kmh": 100}, Verdict.UNKNOWN),
        ("light", {"takeoff_mass_kg": 7.1}, Verdict.NOT_MET),
        ("medium", {"takeoff_mass_kg": 150}, Verdict.MET),
        ("large", {"takeoff_mass_kg": 150}, Verdict.NOT_MET),
        ("large", {"takeoff_mass_kg": 150.1}, Verdict.MET),
    ],
)
def test_the_classes_of_unmanned_aircraft_are_below_or_up_to_their_masses(
    load: Load, cls: str, facts: dict[str, Fact], expected: Verdict
) -> None:
    assert held(load, "national", f"conditions.uav.{cls}", **facts) is expected


def test_insurance_may_be_a_policy_or_a_letter_of_guarantee(load: Load) -> None:
    key = "requires.INS_COVER_GE_5M"
    assert held(load, "pudong", key, liability_cover_cny=5e6) is Verdict.MET
    assert held(load, "pudong", key, guarantee_letter_cny=5e6) is Verdict.MET
    assert held(load, "pudong", key, liability_cover_cny=4.9e6) is Verdict.UNKNOWN
    both: dict[str, Fact] = {"liability_cover_cny": 4.9e6, "guarantee_letter_cny": 0}
    assert held(load, "pudong", key, **both) is Verdict.NOT_MET


def test_what_is_not_a_number_is_not_known() -> None:
    less = Compared("automated_h", Comparison.LESS, value=5.0)

    assert judge(less, {"automated_h": float("nan")}, {}) is Verdict.UNKNOWN


@pytest.mark.parametrize("sign", list(Comparison))
@given(found=st.floats(-10, 10), limit=st.floats(-10, 10))
def test_a_comparison_is_what_its_sign_says(sign: Comparison, found: float, limit: float) -> None:
    python = {"<": found < limit, "<=": found <= limit, "=": found == limit, ">=": found >= limit}
    expected = python.get(sign, found > limit)

    met = judge(Compared("automated_h", sign, value=limit), {"automated_h": found}, {})
    assert (met is Verdict.MET) is expected


def conditions() -> st.SearchStrategy[Condition]:
    compared = st.builds(
        Compared, st.sampled_from(sorted(FACTS)), st.sampled_from(Comparison), st.just("p.q")
    ) | st.builds(
        Compared,
        st.sampled_from(sorted(FACTS)),
        st.just(Comparison.EQUAL),
        value=st.floats(-1e6, 1e6) | st.booleans(),
    )
    grown = st.recursive(
        compared,
        lambda parts: st.builds(
            Group, st.sampled_from(Joined), st.lists(parts, min_size=1, max_size=3).map(tuple)
        ),
        max_leaves=8,
    )
    found: st.SearchStrategy[Condition] = grown
    return found


@given(conditions())
def test_a_condition_is_written_and_read_back(condition: Condition) -> None:
    assert read_condition(condition_to_json(condition), "c") == condition


@given(conditions(), st.dictionaries(st.sampled_from(sorted(FACTS)), st.floats(-1e6, 1e6)))
def test_to_learn_more_never_overturns_what_was_settled(
    condition: Condition, facts: dict[str, Fact]
) -> None:
    few = dict(sorted(facts.items())[::2])
    before, after = (judge(condition, known, {"p.q": 3.0}) for known in (few, facts))

    assert before in {after, Verdict.UNKNOWN}


def test_a_great_sum_is_said_in_full() -> None:
    least = Compared("liability_cover_cny", Comparison.AT_LEAST, value=5e6)

    said = in_words(least, {}, Language.ENGLISH)
    assert said == "accident liability cover >= 5,000,000 CNY"


def test_a_condition_is_said_with_its_numbers_in_both_languages(load: Load) -> None:
    sheet = read_sheet(load("xiangyang"), load)
    condition = sheet.parameters[TESTED].value
    assert isinstance(condition, Group)

    said = [in_words(condition, limits(sheet), language) for language in Language]
    assert said == [
        "hours in automated mode >= 480 h and kilometres in automated mode >= 1,000 km",
        "自动驾驶时长 >= 480 h 且 自动驾驶里程 >= 1,000 km",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('any = [{ fact = "age", is = ">=", value = 1 }]', r"_1000\.any\[0\]\.fact is 'age'"),
        ('any = [{ fact = "automated_h", is = "~", value = 1 }]', r"_1000\.any\[0\] is .*: expected all"),
        ("any = []", "_1000 is .*: expected all or any"),
        ('all = [{ fact = "automated_h", is = ">", value = nan }]', r"_1000\.all\[0\] is .*: expected all"),
        (f'all = [{{ fact = "automated_h", is = ">", value = 1{"0" * 400} }}]', r"_1000\.all\[0\] is"),
        ('all = [{ fact = "automated_h", is = ">=" }]', r"_1000\.all\[0\] is {}: expected all or any"),
        (
            'all = [{ fact = "automated_h", is = ">=", parameter = "tested.automated_min_km" }]',
            "automated_h is 'tested.automated_min_km': expected a parameter of the unit of its fact: h",
        ),
        (
            'all = [{ fact = "automated_h", is = ">=", parameter = "tested.nothing" }]',
            "automated_h is 'tested.nothing': expected a parameter",
        ),
    ],
)  # fmt: skip
def test_a_condition_that_is_none_is_refused_with_its_place(
    load: Load, text: str, message: str
) -> None:
    ours = (
        'id = "ours"\nversion = "1"\nextends = "shanghai-default"\n'
        'basis = { status = "own proposal" }\n[requires.TEST_HOURS_GE_240_OR_KM_GE_1000]\n'
    )
    with pytest.raises(RuleSetError, match=message):
        read_sheet(ours + text, load)


def test_every_comparison_that_ships_names_a_fact_and_every_fact_is_asked_for(load: Load) -> None:
    asked = {
        leaf.fact
        for name in ("national", "xiangyang", "shanghai-default", "pudong", "lingang")
        for each in read_sheet(load(name), load).parameters.values()
        if isinstance(each.value, Compared | Group)
        for leaf in leaves(each.value)
    }

    assert asked == FACTS.keys()
