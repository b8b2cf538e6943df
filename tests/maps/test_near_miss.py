"""Which names were meant for others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps.geojson import LIMITS, PROPERTIES
from maps.near_miss import meant

LONG = ("schedule", "speed_limit_mps", "restriction", "exit_margin_m")
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("Upper", "upper"),
        ("uppper", "upper"),
        ("pper", "upper"),
        ("uppre", "upper"),
        ("UPPER_FT", "upper"),
        ("upper-limit", "upper"),
        ("upperVerticalReference", "upper"),
        ("lowerLimit", "lower"),
        ("loewr", "lower"),
        ("shedule", "schedule"),
        ("scheduel", "schedule"),
        ("schedules", "schedule"),
        ("speedLimit", "speed_limit_mps"),
        ("speed_limit", "speed_limit_mps"),
        ("sped_limt_mps", "speed_limit_mps"),
        ("exit_margin", "exit_margin_m"),
        ("domain", "domains"),
    ],
)
def test_slips_other_units_and_more_words_are_near_misses(name: str, limit: str) -> None:
    assert meant(name, LIMITS) == limit


OTHERS = (
    *("tower", "power", "super", "owner", "slower", "flower", "paper", "note", "fill", "stroke"),
    *("marker-color", "scheme", "speed", "remarks", "m", "", "备注", "_"),
)


@pytest.mark.parametrize("name", OTHERS)
def test_other_words_are_not(name: str) -> None:
    assert meant(name, LIMITS) is None


def test_no_property_is_taken_for_another() -> None:
    for name in PROPERTIES - LIMITS.keys():
        assert meant(name, LIMITS) is None, name


@given(st.sampled_from(LONG), st.data())
def test_one_slip_in_a_long_name_is_always_noticed(limit: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(limit) - 2))
    letter = data.draw(st.sampled_from(LETTERS))
    left_out = limit[:at] + limit[at + 1 :]
    changed = limit[:at] + letter + limit[at + 1 :]
    put_in = limit[:at] + letter + limit[at:]
    swapped = limit[:at] + limit[at + 1] + limit[at] + limit[at + 2 :]
    for name in (left_out, changed, put_in, swapped):
        assert name == limit or meant(name, LIMITS) == limit, name
