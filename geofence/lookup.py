"""Which volumes a batch of ways has to do with: those it ends in, and those it may pass.

The compiled pass over the grid answers for nearly all. The geometry library decides where rounding
could; ways too long for the grid, after a gap or of something fast, are looked up in the tree of the
volumes' boxes.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geofence.exactly import holds
from geofence.grid import FloatArray, IntArray
from geofence.holding import DROPPED
from geofence.local_edges import Pairs
from geofence.looking import (
    ASKED,
    AT,
    INSIDE,
    LONG,
    OUTSIDE,
    PAIRS,
    Hours,
    Lists,
    Ways,
    look,
    meeting,
    sides,
)
from geofence.presence import within_limits
from geofence.room import longer
from geofence.snapshot import Volumes
from geofence.straight import straight

BoolArray = NDArray[np.bool_]
EXPECTED_EACH = 4
"""Pairs of a row, before there is more room for them."""
EXPECTED_MORE = 64


class Found(NamedTuple):
    """What a batch of ways has to do with."""

    lists: Lists
    """Of which only the first are there, as many as the next two say."""
    pairs: int
    passes: int
    hours: Hours


def look_up(volumes: Volumes, way: Ways) -> Found:
    """Return what the rows have to do with. All ends must be known places.

    The pairs are judged: none of them is in doubt any more. What may have been passed is in the order
    of the rows.
    """
    hours = volumes.openings.hours(way)
    lists, counts = _room(len(way.domain)), np.zeros(LONG + 1, np.int64)
    while not look(volumes.grid, volumes.limits, volumes.sets, hours, way, lists, counts):
        lists = _longer(lists)
    pairs, passes, doubts, longs = counts[PAIRS : LONG + 1].tolist()
    if doubts:
        _decide(volumes, way, lists, doubts)
    if longs:
        lists, passes = _with_long(volumes, hours, way, lists, passes, longs)
    return Found(lists, pairs, passes, hours)


def over_outlines(found: Found) -> tuple[IntArray, IntArray]:
    """Return pairs of a row and a volume, not of the set that fills its cell, that it is in.

    In by all that is known: its ground is sure, a height that decides may be unknown.
    """
    lists = found.lists
    row = np.repeat(np.arange(len(lists.cell)), np.diff(lists.first_pair))
    there = (lists.pair_how[: found.pairs] != OUTSIDE).nonzero()[0]
    return row[there], lists.pair_volume[there].astype(np.int64)


def _room(rows: int) -> Lists:
    most = EXPECTED_EACH * rows + EXPECTED_MORE
    return Lists(
        np.empty(rows, np.int64),
        np.empty(rows, np.int64),
        np.empty(rows, np.int32),
        np.empty(rows + 1, np.int64),
        np.empty(most, np.int32),
        np.empty(most, np.int8),
        np.empty(most, np.int32),
        np.empty(most, np.int32),
        np.empty(most, np.bool_),
        np.empty(most, np.int32),
        np.empty(most, np.int64),
        np.empty(most, np.int64),
        np.empty(most, np.bool_),
        np.empty(rows, np.int32),
    )


def _longer(lists: Lists) -> Lists:
    """Return the lists with twice the room in those that grow, and what is in them."""
    by_row = {"cell", "before", "filled_by", "first_pair", "long"}
    grown = {name: longer(each) for name, each in lists._asdict().items() if name not in by_row}
    return lists._replace(**grown)


def _decide(volumes: Volumes, way: Ways, lists: Lists, doubts: int) -> None:
    """Have the geometry library, and the calendars, decide the pairs that are in doubt."""
    pair, row = lists.doubt_pair[:doubts], lists.doubt_row[:doubts].astype(np.int64)
    volume = lists.pair_volume[pair].astype(np.int64)
    end = way.end[row]
    held = ~lists.doubt_ground[:doubts] | holds(
        volumes.ground[volume], volumes.rims[volume], end[:, :AT]
    )
    how = np.full(doubts, OUTSIDE, np.int8)
    over = held.nonzero()[0]
    how[over] = within_limits(volumes, row[over], volume[over], way.end)
    lists.pair_how[pair] = how
    passed = lists.doubt_passed[:doubts]
    met = passed >= 0
    lists.passed_above[passed[met & held & (how == OUTSIDE)]] = True
    lists.passed_volume[passed[met & (how != OUTSIDE)]] = DROPPED


def _with_long(
    volumes: Volumes, hours: Hours, way: Ways, lists: Lists, passes: int, longs: int
) -> tuple[Lists, int]:
    """Add what ways may have passed that are too long for the grid, in the order of the rows."""
    long = lists.long[:longs].astype(np.int64)
    row, volume = _in_tree(volumes, way, long)
    meets = np.empty(len(row), np.bool_)
    meeting(volumes.limits, hours, way, row, volume, meets)
    row, volume = row[meets], volume[meets]
    rows = np.concatenate((lists.passed_row[:passes], row.astype(np.int32)))
    order = np.argsort(rows, kind="stable")
    volumes_passed = np.concatenate((lists.passed_volume[:passes], volume.astype(np.int32)))
    above = np.concatenate((lists.passed_above[:passes], np.zeros(len(row), np.bool_)))
    longer = lists._replace(
        passed_row=rows[order], passed_volume=volumes_passed[order], passed_above=above[order]
    )
    return longer, len(rows)


def _in_tree(volumes: Volumes, way: Ways, row: IntArray) -> tuple[IntArray, IntArray]:
    """Return pairs of a row and a volume whose box its way meets."""
    which, volume = volumes.boxes.query(straight(way.start[row, :2], way.end[row, :2]))
    concerned = volumes.cells.concerns(volume, way.domain[row[which]])
    return row[which[concerned]], volume[concerned]


def held(volumes: Volumes, pairs: Pairs, at: FloatArray) -> BoolArray:
    """Tell which pairs' places lie over their volume's ground, its boundary included.

    ``at`` (n, 2) are longitudes and latitudes, each in the cell of its pairs.
    """
    grid, how = volumes.grid, np.empty(len(pairs.at), np.int8)
    sides(grid, pairs.border, np.ascontiguousarray(at), pairs.at, how)
    inside: BoolArray = how == INSIDE
    asked = (how == ASKED).nonzero()[0]
    if asked.size:
        volume = grid.borders["volume"][pairs.border[asked]]
        place = at[pairs.at[asked]]
        inside[asked] = holds(volumes.ground[volume], volumes.rims[volume], place)
    return inside
