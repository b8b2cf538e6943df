"""What is known of every device between two batches."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from geofence.fleet import Fleet, OtherSnapshot
from geofence.snapshot import build
from geofence.zone import Area, Volume, Zone, ZoneKind


def zones(*names: str) -> list[Zone]:
    square = Volume(Area(box(121.5, 31.2, 121.51, 31.21)))
    return [Zone(name, ZoneKind.KEEP_OUT, name, (square,)) for name in names]


def test_a_new_fleet_knows_nobody_and_takes_on_the_first_zones() -> None:
    fleet = Fleet()
    assert len(fleet) == 0
    assert fleet.devices().tolist() == []
    fleet.expect(build(zones("a"), 7))
    assert (fleet.revision, fleet.zone_ids) == (7, ("a",))


def test_a_fleet_refuses_other_zones_by_name() -> None:
    fleet = Fleet()
    fleet.expect(build(zones("a"), 7))
    fleet.expect(build(zones("a"), 7))
    with pytest.raises(OtherSnapshot, match="revision 7, not 8: rejudge it first"):
        fleet.expect(build(zones("a"), 8))
    with pytest.raises(OtherSnapshot):
        fleet.expect(build(zones("b"), 7))


def test_it_grows_and_keeps_what_it_knows() -> None:
    fleet = Fleet()
    fleet.grow(3)
    fleet.last[2] = [121.5, 31.2, 10.0, 1.0, 2.0, np.nan]
    fleet.held[2] = (4,)
    fleet.grow(1_000)
    fleet.grow(5)
    assert len(fleet) == 1_000
    assert fleet.devices().tolist() == [2]
    assert fleet.held[2] == (4,)
    assert fleet.held[999] == ()


@given(
    rows=st.lists(
        st.tuples(
            st.floats(-180.0, 180.0) | st.just(np.nan),
            st.frozensets(st.integers(0, 2_000), max_size=4),
            st.integers(0, 2),
        ),
        max_size=20,
    ),
    revision=st.none() | st.integers(0, 2**40),
)
def test_it_comes_back_from_its_bytes_as_it_was(
    rows: list[tuple[float, frozenset[int], int]], revision: int | None
) -> None:
    fleet = Fleet()
    fleet.revision, fleet.zone_ids = revision, ("a", "浦东")
    fleet.grow(len(rows))
    for device, (longitude, held, domain) in enumerate(rows):
        fleet.last[device] = longitude
        fleet.judged_s[device] = longitude
        fleet.held[device] = tuple(sorted(held))
        fleet.domain[device] = domain
        if held:
            fleet.note_let_in(device, tuple(held))
    back = Fleet.from_bytes(fleet.to_bytes())
    count = len(rows)
    assert (back.revision, back.zone_ids, back.held) == (revision, fleet.zone_ids, fleet.held)
    np.testing.assert_array_equal(back.last[:count], fleet.last[:count])
    np.testing.assert_array_equal(back.judged_s[:count], fleet.judged_s[:count])
    np.testing.assert_array_equal(back.domain[:count], fleet.domain[:count])
    assert back.let_in.keys() == fleet.let_in.keys()
    assert [each.slots for each in back.let_in.values()] == [
        tuple(sorted(held)) for _, held, _ in rows if held
    ]
    assert back.to_bytes() == fleet.to_bytes()
    back.grow(count + 1)
    assert back.held[count] == ()


def test_bytes_that_are_not_a_fleet_are_refused() -> None:
    with pytest.raises(ValueError, match="expected a fleet"):
        Fleet.from_bytes(b"something else")


def test_bytes_cut_anywhere_are_refused() -> None:
    fleet = Fleet()
    fleet.grow(2)
    fleet.held[1] = (1, 2)
    body = fleet.to_bytes()
    for length in range(len(body)):
        with pytest.raises(ValueError, match=r"."):
            Fleet.from_bytes(body[:length])
