"""So many of the latest so many fixes: what an excursion outlives, and when it opens."""

from collections.abc import Callable, Iterable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from permits.compliance import Breach, ViolationCode
from permits.ruleset import DOMAINS, RuleSet, RuleSetError, parse
from permits.violation import RAISED
from permits.watch import Closed, Event, Opened, Watch, step
from tests.permits.conftest import shipped

C = ViolationCode
OUT = Breach(C.KEEP_IN_EXIT, "segment")
Load = Callable[[str], str]


def rules_of(samples: int, of_samples: int, opens_after_s: float = 0.0) -> RuleSet:
    text = f"""
        id = "ours"
        version = "1"
        extends = "shanghai-default"
        basis = {{ status = "own proposal" }}
        [violations.KEEP_IN_EXIT]
        samples = {samples}
        of_samples = {of_samples}
        opens_after_s = {opens_after_s}
        closes_after_s = 3
    """
    return parse(text, shipped)


def track(shows: str) -> list[tuple[float, bool]]:
    """A fix a second: ``x`` shows it, ``.`` does not."""
    return [(float(at_s), each == "x") for at_s, each in enumerate(shows)]


def told(rules: RuleSet, fixes: Iterable[tuple[float, bool]], domain: str = "road") -> list[Event]:
    watch, events = Watch(domain), list[Event]()
    for at_s, shows in fixes:
        place = (121.0 + at_s / 1000.0, 31.0)
        watch, found = step(watch, (OUT,) if shows else (), at_s, rules, place)
        # As in a checkpoint between any two fixes.
        watch = msgspec.msgpack.decode(msgspec.msgpack.encode(watch), type=Watch)
        events += found
    return events


def openings(events: list[Event]) -> list[tuple[float, float]]:
    return [(each.since_s, each.at_s) for each in events if isinstance(each, Opened)]


@pytest.mark.requirement("D4d-50")
@pytest.mark.parametrize(
    ("shows", "expected"),
    [
        ("xxx", [(0, 2)]),
        ("x.xx", [(0, 3)]),
        ("x..xx", [(0, 4)]),
        ("x...xx", []),
        ("x...xxx", [(4, 6)]),
        ("x.x..xx", [(2, 6)]),
        ("x.x.", []),
    ],
)
def test_three_of_the_latest_five_open(shows: str, expected: list[tuple[float, float]]) -> None:
    assert openings(told(rules_of(3, 5), track(shows))) == expected


@pytest.mark.requirement("D4d-50")
def test_three_of_three_are_dropped_by_one_clean_fix() -> None:
    assert openings(told(rules_of(3, 3), track("xx.xx.xx.xxx"))) == [(9, 11)]


@pytest.mark.requirement("D4d-50")
def test_it_must_last_as_well_in_the_time_of_the_device() -> None:
    rules = rules_of(3, 5, opens_after_s=10)
    assert openings(told(rules, track("xx.xx.xx.xx.xx."))) == [(0, 10)]
    ten_a_second = [(at_s / 10.0, shows) for at_s, shows in track("xx.xx.xx.xx.xx.")]
    assert openings(told(rules, ten_a_second)) == []


def test_it_is_placed_where_the_first_fix_that_counts_was() -> None:
    (opened,) = told(rules_of(3, 5), track("x.x..xx"))
    assert isinstance(opened, Opened)
    assert opened.position == (121.002, 31.0)


def test_once_open_it_closes_by_its_recovery_alone() -> None:
    events = told(rules_of(2, 5), track("xx.x....x"))
    assert [type(each) for each in events] == [Opened, Closed]
    assert isinstance(events[1], Closed)
    assert (events[1].until_s, events[1].at_s) == (4, 7)


def test_the_same_fix_again_is_not_another_sample() -> None:
    again = [(0.0, True), (0.0, True), (1.0, False), (1.0, False), (2.0, True)]
    assert openings(told(rules_of(3, 5), again)) == []


@pytest.mark.requirement("D4d-50")
@given(
    st.lists(st.booleans(), max_size=30),
    st.integers(1, 5),
    st.integers(0, 4),
    st.sampled_from([0.0, 2.0, 6.0]),
)
def test_what_opens_first_is_what_counting_all_windows_says(
    shows: list[bool], samples: int, more: int, lasts_s: float
) -> None:
    fixes = [(float(at_s), each) for at_s, each in enumerate(shows)]
    found = openings(told(rules_of(samples, samples + more, lasts_s), fixes))
    expected = slowly(shows, samples, samples + more, lasts_s)
    assert found[:1] == expected


def slowly(shows: list[bool], n: int, m: int, lasts_s: float) -> list[tuple[float, float]]:
    """The first opening: it begins where no window of ``m`` fixes since lacks more than it may."""

    def holds(begin: int, end: int) -> bool:
        return shows[begin] and all(
            shows[a : min(a + m, end + 1)].count(False) <= m - n for a in range(begin, end + 1)
        )

    for end in range(len(shows)):
        begin = next((each for each in range(end + 1) if shows[end] and holds(each, end)), None)
        if begin is None or end - begin < lasts_s:
            continue
        if shows[max(begin, end - m + 1) : end + 1].count(True) >= n:
            return [(float(begin), float(end))]
    return []


@pytest.mark.requirement("D4d-38", "D4d-50")
@pytest.mark.parametrize("name", ["shanghai-default", "demonstration"])
def test_the_rule_sets_that_ship_ask_for_samples_one_after_another(name: str) -> None:
    rules = parse(shipped(name), shipped)
    assert all(rule.of_samples == rule.samples for rule in rules.rules.values())
    assert len(rules.rules) >= len(RAISED) * len(DOMAINS)


@pytest.mark.requirement("D4d-38")
def test_aircraft_and_airports_open_at_the_first_fix_whatever_the_others_need(load: Load) -> None:
    text = 'id = "ours"\nversion = "1"\nextends = "shanghai-default"\n'
    text += 'basis = { status = "own proposal" }\n'
    text += "[violations.KEEP_OUT_BREACH]\nsamples = 3\nof_samples = 8\n"
    rules = parse(text, load)
    for domain, category in (("air", ""), ("air", "airport"), ("road", "airport")):
        breach = Breach(C.KEEP_OUT_BREACH, "z", category=category)
        _, (opened,) = step(Watch(domain), (breach,), 5.0, rules)
        assert isinstance(opened, Opened)
    _, nothing = step(Watch("road"), (Breach(C.KEEP_OUT_BREACH, "z"),), 5.0, rules)
    assert nothing == ()


def test_a_table_that_says_how_many_alone_means_one_after_another() -> None:
    rules = rules_of(2, 6)
    found = [rules.rule(C.KEEP_IN_EXIT, domain) for domain in ("road", "water", "air")]
    assert [(each.samples, each.of_samples) for each in found] == [(2, 6), (3, 3), (1, 1)]


@pytest.mark.parametrize(
    ("samples", "of_samples", "complaint"),
    [
        (3, 2, "violations.KEEP_IN_EXIT.of_samples is 2.0: expected a number from 3 to 60"),
        (3, 61, "violations.KEEP_IN_EXIT.of_samples is 61.0: expected a number from 1 to 60"),
    ],
)
def test_a_window_of_fewer_than_the_samples_is_refused(
    samples: int, of_samples: int, complaint: str
) -> None:
    with pytest.raises(RuleSetError) as refused:
        rules_of(samples, of_samples)
    assert str(refused.value) == complaint
