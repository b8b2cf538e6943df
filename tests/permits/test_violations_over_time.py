"""Violations over time: when one opens, what it tells, when it is over."""

from collections.abc import Iterable
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from permits.compliance import Breach, Severity, ViolationCode
from permits.ruleset import Rule, RuleSet
from permits.watch import Closed, Event, Opened, Updated, Watch, end, step, tick

C = ViolationCode
OUT = Breach(C.KEEP_IN_EXIT, "segment")
PRISON = Breach(C.KEEP_OUT_BREACH, "prison")
AIRPORT = Breach(C.KEEP_OUT_BREACH, "apt-inner", category="airport")
EXPIRED = Breach(C.PERMIT_EXPIRED, detail="expired")
HERE = (121.928, 30.897)

Fix = tuple[float, tuple[Breach, ...]]


def no_position() -> Breach:
    return Breach(C.MISSING_MANDATORY_FIELD, detail="position")


def fast(speed_mps: float) -> Breach:
    return Breach(C.OVERSPEED, None, speed_mps, 10.0)


def watch_over(
    rules: RuleSet, *fixes: Fix, domain: str = "road", start: Watch | None = None
) -> tuple[Watch, list[Event]]:
    watch, told = start or Watch(domain), list[Event]()
    for at_s, seen in fixes:
        watch, events = step(watch, seen, at_s, rules, HERE)
        told += events
    return watch, told


def told(rules: RuleSet, *fixes: Fix, domain: str = "road") -> list[Event]:
    return watch_over(rules, *fixes, domain=domain)[1]


def every_second(start: int, stop: int, *seen: Breach) -> list[Fix]:
    return [(float(at_s), seen) for at_s in range(start, stop)]


# --- opening ----------------------------------------------------------------------------------


@pytest.mark.requirement("A44-3", "D4d-37")
def test_a_breach_that_lasts_opens_one_violation_dated_from_its_start(rules: RuleSet) -> None:
    assert told(rules, *every_second(100, 120, OUT)) == [
        Opened(
            C.KEEP_IN_EXIT,
            "segment",
            since_s=100,
            at_s=110,
            severity=Severity.MAJOR,
            position=HERE,
        )
    ]


@pytest.mark.requirement("D4d-37")
def test_a_breach_shorter_than_its_hold_off_opens_nothing(rules: RuleSet) -> None:
    assert told(rules, *every_second(0, 10, OUT), (10, ()), *every_second(11, 21, OUT)) == []


@pytest.mark.requirement("D4d-37")
def test_ten_seconds_between_two_fixes_are_not_three_samples(rules: RuleSet) -> None:
    assert told(rules, (0, (OUT,)), (10, (OUT,))) == []
    assert told(rules, (0, (OUT,)), (10, (OUT,)), (10, (OUT,))) == []  # the same fix again
    assert len(told(rules, (0, (OUT,)), (10, (OUT,)), (10.1, (OUT,)))) == 1


@pytest.mark.requirement("D4d-38", "D4d-1")
def test_an_aircraft_in_a_keep_out_zone_is_a_violation_at_its_first_fix(rules: RuleSet) -> None:
    (opened,) = told(rules, (5, (PRISON,)), domain="air")

    assert (opened.since_s, opened.at_s, opened.severity) == (5, 5, Severity.CRITICAL)


@pytest.mark.requirement("D4d-38")
def test_an_airport_has_no_hold_off_for_a_car_and_a_prison_has(rules: RuleSet) -> None:
    (opened,) = told(rules, (5, (PRISON, AIRPORT)))

    assert opened.zone_id == "apt-inner"


def test_two_zones_are_two_violations(rules: RuleSet) -> None:
    opened = told(rules, (5, (PRISON, AIRPORT)), domain="air")

    assert [event.zone_id for event in opened] == ["prison", "apt-inner"]


def test_all_that_is_missing_is_one_violation(rules: RuleSet) -> None:
    gaps = (no_position(), Breach(C.MISSING_MANDATORY_FIELD, detail="height"))
    (opened,) = told(rules, *((float(at_s), gaps) for at_s in range(4)), domain="air")

    assert isinstance(opened, Opened)
    assert opened.detail == "height,position"


# --- getting worse ----------------------------------------------------------------------------


@pytest.mark.requirement("D4d-6", "D4d-37")
def test_an_open_violation_that_gets_worse_is_told_every_ten_seconds_at_most(
    rules: RuleSet,
) -> None:
    events = told(rules, *((float(at_s), (fast(12 + at_s / 100),)) for at_s in range(31)))

    assert [(type(event), event.at_s, event.measured) for event in events] == [
        (Opened, 5, 12.05),
        (Updated, 15, 12.15),
        (Updated, 25, 12.25),
    ]


def test_a_violation_that_turns_critical_is_told_at_once(rules: RuleSet) -> None:
    events = told(rules, *every_second(0, 6, fast(12)), (6, (fast(16),)), (7, (fast(15.5),)))

    assert [(type(event), event.at_s, event.severity) for event in events] == [
        (Opened, 5, Severity.MAJOR),
        (Updated, 6, Severity.CRITICAL),
    ]


def test_a_peak_between_two_updates_is_not_lost(rules: RuleSet) -> None:
    peak = [(7.0, (fast(14),)), *every_second(8, 17, fast(12))]
    events = told(rules, *every_second(0, 7, fast(12)), *peak)

    assert [(event.at_s, event.measured) for event in events] == [(5, 12), (15, 14)]


def test_a_steady_violation_is_told_once(rules: RuleSet) -> None:
    assert len(told(rules, *every_second(0, 100, fast(12)))) == 1


# --- closing ----------------------------------------------------------------------------------


@pytest.mark.requirement("D4d-37")
def test_a_violation_closes_after_its_recovery_dated_from_the_first_clean_fix(
    rules: RuleSet,
) -> None:
    events = told(rules, *every_second(0, 20, OUT), *every_second(20, 40))

    assert events[1:] == [
        Closed(C.KEEP_IN_EXIT, "segment", since_s=0, until_s=20, at_s=30, severity=Severity.MAJOR)
    ]


def test_a_short_return_does_not_end_a_violation(rules: RuleSet) -> None:
    events = told(
        rules, *every_second(0, 20, OUT), *every_second(20, 29), *every_second(29, 40, OUT)
    )

    assert [type(event) for event in events] == [Opened]


def test_one_that_comes_back_soon_is_a_repeat_and_much_later_it_is_not(rules: RuleSet) -> None:
    def again(at: int) -> list[Opened]:
        return [
            event
            for event in told(
                rules,
                *every_second(0, 20, OUT),
                *every_second(20, 40),
                *every_second(at, at + 20, OUT),
            )
            if isinstance(event, Opened)
        ]

    assert [opened.is_repeat for opened in again(1820)] == [False, True]
    assert [opened.is_repeat for opened in again(1821)] == [False, False]


@pytest.mark.requirement("D4d-39")
def test_an_unknown_position_neither_ends_an_exit_nor_makes_it_longer(rules: RuleSet) -> None:
    lost = every_second(20, 60, no_position())
    watch, events = watch_over(rules, *every_second(0, 20, OUT), *lost)

    assert [event.code for event in events] == [C.KEEP_IN_EXIT, C.MISSING_MANDATORY_FIELD]
    assert {each.code: each.last_s for each in watch.excursions}[C.KEEP_IN_EXIT] == 19


def test_an_open_violation_ends_when_its_device_leaves_the_register(rules: RuleSet) -> None:
    watch, _ = watch_over(rules, *every_second(0, 20, OUT), (20, (OUT, PRISON)))
    ended, events = end(watch, 50)

    assert [(event.code, event.at_s) for event in events] == [(C.KEEP_IN_EXIT, 50)]
    assert ended.excursions == ()


# --- time that passes -------------------------------------------------------------------------


@pytest.mark.requirement("D4d-8")
@pytest.mark.parametrize(("domain", "limit_s"), [("road", 60), ("air", 5), ("water", 30)])
def test_a_device_on_task_that_falls_silent_is_told_after_its_limit(
    rules: RuleSet, domain: str, limit_s: int
) -> None:
    watch = Watch(domain)
    _, before = tick(watch, 1000 + limit_s - 0.1, 1000, rules, on_task=True)
    _, after = tick(watch, 1000 + limit_s, 1000, rules, on_task=True)

    assert before == ()
    assert [(event.code, event.since_s, event.measured) for event in after] == [
        (C.TELEMETRY_SILENCE, 1000, limit_s)
    ]


@pytest.mark.requirement("D4d-8")
def test_a_low_speed_device_may_be_silent_for_less(rules: RuleSet) -> None:
    def told(
        second: float, rules: RuleSet = rules, *, low_speed: bool = False
    ) -> list[tuple[str, float | None]]:
        found = tick(Watch("road"), second, 0, rules, on_task=True, low_speed=low_speed)[1]
        return [(each.code, each.limit) for each in found if isinstance(each, Opened)]

    assert told(29.9, low_speed=True) == []
    assert told(30, low_speed=True) == [(C.TELEMETRY_SILENCE, 30)]
    assert told(30) == []
    hasty = replace(rules, low_speed_silence_s=600.0)
    assert told(60, hasty, low_speed=True) == [(C.TELEMETRY_SILENCE, 60)], "never for longer"


@pytest.mark.requirement("D4d-8")
def test_a_device_that_landed_or_parked_may_be_silent(rules: RuleSet) -> None:
    assert tick(Watch("air"), 9999, 1000, rules, on_task=False) == (Watch("air"), ())


@pytest.mark.requirement("D4d-8")
def test_silence_is_told_once_and_ends_when_something_is_heard(rules: RuleSet) -> None:
    watch, events = Watch("air"), list[Event]()
    for now_s, last_heard_s in [(6, 0), (7, 0), (8, 7.5), (14, 7.5)]:
        watch, more = tick(watch, now_s, last_heard_s, rules, on_task=True)
        events += more

    assert [(type(event), event.since_s, event.at_s) for event in events] == [
        (Opened, 0, 6),
        (Closed, 0, 8),
        (Opened, 7.5, 14),
    ]
    assert isinstance(events[1], Closed)
    assert events[1].until_s == 7.5


def test_two_silences_with_a_word_between_two_ticks_are_two(rules: RuleSet) -> None:
    watch, _ = tick(Watch("air"), 6, 0, rules, on_task=True)
    _, events = tick(watch, 20, 10, rules, on_task=True)

    assert [(type(event), event.since_s) for event in events] == [(Closed, 0), (Opened, 10)]


def test_a_fix_does_not_end_a_silence_by_itself(rules: RuleSet) -> None:
    silent, _ = tick(Watch("air"), 6, 0, rules, on_task=True)

    assert step(silent, (), 100, rules)[1] == ()


@pytest.mark.requirement("D4d-7", "D4b-16")
def test_a_permit_that_runs_out_between_two_fixes_is_told_by_the_tick(rules: RuleSet) -> None:
    watch, events = tick(Watch("road"), 100, 99.5, rules, on_task=True, seen=[EXPIRED, OUT])

    assert [(event.code, event.since_s) for event in events] == [(C.PERMIT_EXPIRED, 100)]
    assert tick(watch, 101, 99.5, rules, on_task=True, seen=[EXPIRED])[1] == ()


def test_what_a_tick_opened_a_later_fix_closes_and_an_earlier_one_does_not(
    rules: RuleSet,
) -> None:
    watch, _ = tick(Watch("road"), 100, 99.5, rules, on_task=True, seen=[EXPIRED])
    _, events = watch_over(rules, *every_second(98, 162), start=watch)

    assert [(type(event), event.at_s) for event in events] == [(Closed, 161)]


def test_a_tick_does_not_make_a_fix_of_a_slower_clock_late(rules: RuleSet) -> None:
    watch, _ = tick(Watch("air"), 100, 99.5, rules, on_task=True, seen=[EXPIRED])
    _, events = step(watch, (PRISON,), 97, rules)

    assert [event.code for event in events] == [C.KEEP_OUT_BREACH]


# --- laws -------------------------------------------------------------------------------------

BREACHES = (OUT, PRISON, AIRPORT, fast(12), fast(13), fast(17), no_position(), EXPIRED)
DOMAINS = st.sampled_from(["road", "air", "water"])


@st.composite
def drives(draw: st.DrawFn) -> list[Fix]:
    """Fixes at 0.5 to 5 s from each other, each with any breaches."""
    gaps = draw(st.lists(st.integers(1, 10), max_size=40))
    fixes, at_s = list[Fix](), 0.0
    for gap in gaps:
        at_s += gap / 2
        fixes.append((at_s, tuple(draw(st.lists(st.sampled_from(BREACHES), max_size=3)))))
    return fixes


@given(drives(), DOMAINS)
def test_opened_and_closed_take_turns(rules: RuleSet, fixes: list[Fix], domain: str) -> None:
    open_now = dict[tuple[ViolationCode, str | None], float]()
    for event in told(rules, *fixes, domain=domain):
        key = event.code, event.zone_id
        match event:
            case Opened():
                assert key not in open_now
                open_now[key] = event.since_s
            case Updated():
                assert open_now[key] == event.since_s
            case Closed():
                assert open_now.pop(key) == event.since_s
                assert event.since_s < event.until_s <= event.at_s


@given(drives(), DOMAINS, st.data())
def test_a_fix_that_comes_again_changes_nothing(
    rules: RuleSet, fixes: list[Fix], domain: str, data: st.DataObject
) -> None:
    """Each fix may come again, at once or after any later one."""
    doubled = list[Fix]()
    for count, fix in enumerate(fixes):
        doubled.append(fix)
        doubled += data.draw(st.lists(st.sampled_from(fixes[: count + 1]), max_size=2))

    assert told(rules, *doubled, domain=domain) == told(rules, *fixes, domain=domain)


@given(drives(), DOMAINS, st.integers(0, 40))
def test_a_watch_that_was_stored_and_loaded_goes_on_as_if_it_had_not_been(
    rules: RuleSet, fixes: list[Fix], domain: str, cut: int
) -> None:
    first, before = watch_over(rules, *fixes[:cut], domain=domain)
    loaded = msgspec.msgpack.decode(msgspec.msgpack.encode(first), type=Watch)
    last, after = watch_over(rules, *fixes[cut:], start=loaded)

    assert loaded == first
    assert (last, before + after) == watch_over(rules, *fixes, domain=domain)


def excursions(fixes: Iterable[Fix], rule: Rule) -> list[tuple[float, float | None]]:
    """Find the true excursions of one rule in a whole drive, knowing its end.

    An oracle of another make: runs of breach and clean fixes, joined where the clean run is
    shorter than the recovery, and dropped where the first run is shorter than the hold-off.
    """
    runs: list[tuple[bool, list[float]]] = []
    for at_s, seen in fixes:
        if not runs or runs[-1][0] != bool(seen):
            runs.append((bool(seen), []))
        runs[-1][1].append(at_s)
    found: list[tuple[float, float | None]] = []
    for is_out, times in runs:
        is_running = bool(found) and found[-1][1] is None
        lasted = times[-1] - times[0]
        if is_out and not is_running:
            if lasted >= rule.opens_after_s and len(times) >= rule.samples:
                found.append((times[0], None))
        elif not is_out and is_running and lasted >= rule.closes_after_s:
            found[-1] = (found[-1][0], times[0])
    return found


@pytest.mark.requirement("D4d-37")
@given(
    st.lists(st.tuples(st.integers(1, 8), st.booleans()), max_size=60),
    st.integers(0, 10),
    st.integers(1, 4),
    st.integers(0, 10),
)
def test_each_true_excursion_is_exactly_one_violation(
    rules: RuleSet,
    moves: list[tuple[int, bool]],
    opens_after_s: int,
    samples: int,
    closes_after_s: int,
) -> None:
    rule = replace(
        rules.rule(C.KEEP_IN_EXIT, "road"),
        opens_after_s=float(opens_after_s),
        samples=samples,
        of_samples=samples,
        closes_after_s=float(closes_after_s),
    )
    ours = replace(rules, rules={**rules.rules, (C.KEEP_IN_EXIT, "road", ""): rule})
    fixes, at_s = list[Fix](), 0.0
    for gap, is_out in moves:
        at_s += gap
        fixes.append((at_s, (OUT,) if is_out else ()))
    found: list[tuple[float, float | None]] = []
    for event in told(ours, *fixes):
        match event:
            case Opened():
                found.append((event.since_s, None))
            case Closed():
                found[-1] = (event.since_s, event.until_s)
            case Updated():
                pytest.fail("a breach without a measure does not get worse")

    assert found == excursions(fixes, rule)


def test_a_clean_fix_of_a_device_with_nothing_open_leaves_the_very_same_watch(
    rules: RuleSet,
) -> None:
    watch = Watch("road")

    assert step(watch, (), 1.0, rules, HERE)[0] is watch
    assert tick(watch, 2.0, 1.0, rules, on_task=True)[0] is watch
