"""How two rule sets differ."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permits.parameters import Parameter, Status
from permits.rule_diff import Entry, applied, contents, diff, difference
from permits.sheet import read_sheet

Load = Callable[[str], str]
NAMES = ("national", "xiangyang", "shanghai-default", "pudong", "lingang", "demonstration")
NOON = datetime(2026, 11, 27, 4, tzinfo=UTC)

entries = st.dictionaries(
    st.sampled_from([f"height.k{number}" for number in range(8)]),
    st.builds(
        Parameter,
        st.just("height.max_agl_m"),
        st.sampled_from([1.0, 2.0, True, "a", ("a", "b")]),
        st.sampled_from(Status),
        st.sampled_from(["", "law"]),
        st.sampled_from(["", "19"]),
        st.just("ours"),
    )
    | st.sampled_from(["1", "a text"])
    | st.dates(),
)


@pytest.mark.requirement("D0-8")
@given(entries)
def test_a_rule_set_does_not_differ_from_itself(one: dict[str, Entry]) -> None:
    assert not difference(one, one)


@pytest.mark.requirement("D0-8")
@given(entries, entries)
def test_a_difference_applied_to_the_first_gives_the_second(
    one: dict[str, Entry], other: dict[str, Entry]
) -> None:
    found = difference(one, other)
    after = applied(one, found)

    assert after == other
    assert {key: repr(each) for key, each in after.items()} == {
        key: repr(each) for key, each in other.items()
    }


@pytest.mark.requirement("D0-8")
@given(entries, entries)
def test_a_difference_the_other_way_round_swaps_what_was_added_and_removed(
    one: dict[str, Entry], other: dict[str, Entry]
) -> None:
    there, back = difference(one, other), difference(other, one)

    assert (there.added, there.removed) == (back.removed, back.added)
    assert {key: (each.before, each.after) for key, each in there.changed.items()} == {
        key: (each.after, each.before) for key, each in back.changed.items()
    }


@given(entries, entries, entries)
def test_a_difference_fits_only_what_it_was_made_from(
    one: dict[str, Entry], other: dict[str, Entry], third: dict[str, Entry]
) -> None:
    found = difference(one, other)
    touched = {*found.added, *found.removed, *found.changed}
    if any(third.get(key) != one.get(key) for key in touched):
        with pytest.raises(ValueError, match="expected what the difference was made from"):
            applied(third, found)
    else:
        after = applied(third, found)
        assert {key: after.get(key) for key in touched} == {key: other.get(key) for key in touched}


@pytest.mark.requirement("D0-8")
@pytest.mark.parametrize("before", NAMES)
@pytest.mark.parametrize("after", NAMES)
def test_the_laws_hold_between_all_that_ship(load: Load, before: str, after: str) -> None:
    one, other = (read_sheet(load(name), load) for name in (before, after))

    assert applied(contents(one), diff(one, other)) == contents(other)
    assert bool(diff(one, other)) is (before != after)


@pytest.mark.requirement("D0-8")
def test_a_change_is_told_with_what_was_before_and_what_is_after(load: Load) -> None:
    text = (
        'id = "ours"\nversion = "1"\ntitle = "Shanghai"\ntitle_zh = "上海市"\n'
        'extends = "shanghai-default"\nbasis = { status = "own proposal" }\n'
        "[height]\nmax_agl_m = 100\n[airspace.capacity]\nnew-park = 5"
    )
    found = diff(read_sheet(load("shanghai-default"), load), read_sheet(text, load))

    assert list(found.added) == ["airspace.capacity.new-park"]
    assert (list(found.removed), list(found.changed)) == ([], ["height.max_agl_m"])
    change = found.changed["height.max_agl_m"]
    assert isinstance(change.before, Parameter)
    assert isinstance(change.after, Parameter)
    assert (change.before.value, change.after.value) == (120.0, 100.0)
    assert (change.before.status, change.after.status) == (Status.SEEN, Status.OWN_PROPOSAL)
