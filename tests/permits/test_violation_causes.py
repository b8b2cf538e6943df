"""Why a violation began and why it was over is asked once for each, of the look that turned it."""

from collections.abc import Iterator

import pytest

from permits.cause import Cause
from permits.compliance import Breach, ViolationCode
from permits.episode import Key
from permits.ruleset import RuleSet, parse
from permits.watch import Closed, Event, Opened, Watch, end, step, tick
from tests.permits.conftest import shipped

C = ViolationCode
OUT, PRISON = Breach(C.KEEP_IN_EXIT, "segment"), Breach(C.KEEP_OUT_BREACH, "prison")
EXPIRED = Breach(C.PERMIT_EXPIRED, detail="expired")
DEVICE, ZONE, TIME = Cause.DEVICE_MOVED, Cause.ZONE_CHANGED, Cause.TIME_PASSED

pytestmark = pytest.mark.requirement("D4d-65")


def told(
    rules: RuleSet, shows: str, causes: Iterator[Cause], breach: Breach = OUT
) -> tuple[list[Event], list[float]]:
    """A fix a second: ``x`` shows it, ``.`` does not; what is told, and when it was asked why."""
    domain = "air" if breach is PRISON else "road"
    watch, events, asked = Watch(domain), list[Event](), list[float]()
    for second, each in enumerate(shows):

        def why(key: Key, at_s: float = float(second)) -> Cause:
            assert key == breach[:2]
            asked.append(at_s)
            return next(causes)

        seen = (breach,) if each == "x" else ()
        watch, found = step(watch, seen, float(second), rules, why=why)
        events += found
    return events, asked


def of(events: list[Event]) -> list[Cause | None]:
    return [each.cause for each in events if isinstance(each, Opened | Closed)]


def test_what_opens_after_its_hold_off_tells_why_its_first_fix_showed_it(rules: RuleSet) -> None:
    events, asked = told(rules, "." + "x" * 15, iter([ZONE]))
    assert of(events) == [ZONE]
    assert asked == [1.0], "and of those that confirm it nothing is asked"


def test_what_is_over_tells_why_the_first_fix_no_longer_showed_it(rules: RuleSet) -> None:
    events, asked = told(rules, "x.x.", iter([DEVICE, TIME, ZONE]), PRISON)
    assert of(events) == [DEVICE]
    events, asked = told(rules, "x.x...", iter([DEVICE, TIME, ZONE]), PRISON)
    assert of(events) == [DEVICE, ZONE]
    assert asked == [0.0, 1.0, 3.0]


def test_an_excursion_that_begins_at_a_later_fix_tells_why_of_that_one() -> None:
    """Two of five may miss it; the third that does has it begin behind the first that did."""
    rules = parse(
        """
        id = "ours"
        version = "1"
        extends = "shanghai-default"
        basis = { status = "own proposal" }
        [violations.KEEP_IN_EXIT]
        samples = 3
        of_samples = 5
        opens_after_s = 0
        """,
        shipped,
    )
    events, asked = told(rules, "x..x.xx", iter([ZONE, DEVICE, TIME]))
    assert [(each.since_s, each.cause) for each in events if isinstance(each, Opened)] == [
        (3.0, DEVICE)
    ]
    assert asked == [0.0, 3.0, 5.0]


def test_what_the_clock_brings_is_time_and_a_word_ends_a_silence(rules: RuleSet) -> None:
    watch, opened = tick(Watch("road"), 400.0, 0.0, rules, on_task=True, seen=(EXPIRED,))
    codes = {each.code: each.cause for each in opened if isinstance(each, Opened)}
    assert codes[C.TELEMETRY_SILENCE] is TIME
    assert set(codes.values()) == {TIME}
    _, closed = tick(watch, 401.0, 400.5, rules, on_task=True)
    assert [each.cause for each in closed if isinstance(each, Closed)] == [DEVICE]


def test_who_ends_all_says_why_and_where_nobody_does_it_is_not_known(rules: RuleSet) -> None:
    watch, events = step(Watch("air"), (PRISON,), 0.0, rules)
    assert of(list(events)) == [None]
    assert of(list(end(watch, 9.0, Cause.REGISTER_CHANGED)[1])) == [Cause.REGISTER_CHANGED]
