"""One pass over a batch, compiled: what each row is over now, and what its way may have passed.

The grid answers with the volumes that fill the cell of a place and the few edges that pass it; heights
and hours are looked at in the same breath. Within a centimetre of an edge, and at hours that were not
looked up, the pair is put on a list of doubts that somebody else decides. A way that meets none of the
edges of its cells meets no outline; whatever may meet one is put on a list as well.

A place is on the same side of an outline as the known place of its cell when an even number of edges
lies between them. A vertex on the line between counts once, since both edges that meet in it find it
on the same side.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geofence.compiled import compiled, fetch, inlined
from geofence.grid import (
    BLOCK_BITS,
    BLOCK_COLUMN_BITS,
    BLOCK_KEY_BITS,
    BLOCK_MASK,
    CELLS_PER_DEGREE,
)
from geofence.judge import Presence

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Numbers = NDArray[np.int32]

MOST_CELLS: Final = 64
"""In the box of a way that is looked at cell by cell; longer ones are the tree's matter."""
TOUCH_DEG2: Final = 1e-18
"""Twice the area between a way and the end of an edge below which they may touch. Rounding is a
ten-thousandth of it; what is let through is asked about exactly."""
NEAR_DEG: Final = 1e-8
"""1 mm: a tenth of what the cells list around themselves, 10 000 times the rounding."""
ROUNDING_DEG: Final = 1e-11
MIXED: Final = 0x45D9F3B
"""An odd number with as many bits set as not."""
TOGETHER: Final = 64
"""Rows whose memory is asked for before the first of them is looked at: what comes of it stays at hand."""
KEY, FIRST = 0, 1
EMPTY: Final = -1
OUTSIDE: Final = int(Presence.OUTSIDE)
UNKNOWN: Final = int(Presence.UNKNOWN)
INSIDE: Final = int(Presence.INSIDE)
ASKED: Final = 3
"""Beside the values of ``Presence``: somebody else decides."""
AT: Final = 2
HEIGHTS: Final = 3
"""The columns of places: the time, and the first of the heights."""
ROW, PAIRS, PASSES, DOUBTS, LONG = range(5)
"""What ``look`` counts: rows that are done, and what is written of each list."""


class Grid(NamedTuple):
    """The cells of a snapshot; see ``geofence.cells`` for what each array means."""

    table: IntArray
    """Shape (a power of two, 2): where to look a block up, see ``lay``."""
    filled_by: Numbers
    first_border: IntArray
    borders: NDArray[np.void]
    """Rows of ``cells.BORDER``."""
    edges: FloatArray
    first_wide: IntArray
    """By layer where its volumes begin that are too large for cells, and one more at the end."""
    wide: IntArray


class Limits(NamedTuple):
    """What there is to volumes beside their ground; arrays by volume."""

    slot: IntArray
    bounded: BoolArray
    lower_m: FloatArray
    lower_column: IntArray
    upper_m: FloatArray
    upper_column: IntArray
    calendar: IntArray
    """The number of its schedule, 0 of none."""


class Sets(NamedTuple):
    """The sets of volumes that fill cells, by number; see ``geofence.fillings``."""

    first_slot: IntArray
    slot_count: IntArray
    slots: IntArray
    first_limited: IntArray
    limited_count: IntArray
    limited: IntArray


class Hours(NamedTuple):
    """In which stretches of time ways begin and end, between which nothing opens or shuts."""

    at_start: Numbers
    at_end: Numbers
    """The row of ``is_open``; -1 where somebody else must look it up. Arrays (n,)."""
    is_open: BoolArray
    """Shape (stretches, schedules): the first schedule is that of a volume without one."""
    number: IntArray
    """Of each stretch, ascending: between two whose numbers are next to each other there is none."""


class Ways(NamedTuple):
    """The straight ways from each device's last fix to this one."""

    start: FloatArray
    """Places, (n, 6); NaN where there was none."""
    end: FloatArray
    is_way: BoolArray
    """Whether there is a way: a last fix, and neither gap nor jump since."""
    domain: NDArray[np.int8]


class Lists(NamedTuple):
    """What ``look`` writes."""

    cell: IntArray
    """By row the cell of its end."""
    before: IntArray
    """By row the cell of its start, where it has a way from another cell than that of its end; else 0."""
    filled_by: Numbers
    """By row the number of the set of volumes that fill the cell of its end."""
    first_pair: IntArray
    """By row where its pairs begin, and one more at the end."""
    pair_volume: Numbers
    """Over the ground of which a row may be; volumes without limits that fill its cell are not here."""
    pair_how: NDArray[np.int8]
    """Of ``Presence``, or ``ASKED``."""
    passed_row: Numbers
    """Ways that may have passed what their row is not in. Some have not, some are here twice."""
    passed_volume: Numbers
    passed_above: BoolArray
    """Whether it is known that the way meets the ground: its end is over it, too high or too early."""
    doubt_row: Numbers
    doubt_pair: IntArray
    doubt_passed: IntArray
    """Where the same pair stands among those that may be passed; -1 if it does not."""
    doubt_ground: BoolArray
    """Whether it is the ground that is in doubt, and not the hours alone."""
    long: Numbers
    """Rows whose ways are too long to be looked at cell by cell."""


@inlined
def _column(longitude_deg: float) -> int:
    return int((longitude_deg + 180.0) * CELLS_PER_DEGREE)


@inlined
def _up(latitude_deg: float) -> int:
    return int((latitude_deg + 90.0) * CELLS_PER_DEGREE)


@inlined
def _ordered(one: int, other: int) -> tuple[int, int]:
    return min(one, other), max(one, other)


@inlined
def _begin(table: IntArray, key: int) -> int:
    """Return where to begin to look for a block; keys have 31 bits, so nothing overflows."""
    return int(((key * MIXED) >> 16) & (len(table) - 1))


@compiled
def lay(table: IntArray, blocks: IntArray, first_cell: IntArray, divided: BoolArray) -> None:
    """Lay blocks into a table of ``EMPTY`` that has more rows than there are blocks.

    A row has the key of a block, and twice the number of its first cell, and one more where each of
    its cells has its own. A block is found at ``_begin``, or behind it before an empty row.
    """
    for block in range(len(blocks)):
        at = _begin(table, blocks[block])
        while table[at, KEY] != EMPTY:
            at = (at + 1) & (len(table) - 1)
        table[at, KEY] = blocks[block]
        table[at, FIRST] = 2 * first_cell[block] + divided[block]


@inlined
def _cell(grid: Grid, column: int, row: int, layer: int) -> int:
    """Return the number of a cell; 0 where there is nothing."""
    key = (
        (layer << BLOCK_KEY_BITS)
        | ((row >> BLOCK_BITS) << BLOCK_COLUMN_BITS)
        | (column >> BLOCK_BITS)
    )
    at = _begin(grid.table, key)
    while grid.table[at, KEY] != key:
        if grid.table[at, KEY] == EMPTY:
            return 0
        at = (at + 1) & (len(grid.table) - 1)
    first = int(grid.table[at, FIRST])
    if first & 1:
        return (first >> 1) + (((row & BLOCK_MASK) << BLOCK_BITS) | (column & BLOCK_MASK))
    return first >> 1


@inlined
def _side(grid: Grid, border: int, longitude: float, latitude: float) -> int:
    """Return on which side of an outline a place in its border cell is: ``Presence``, or ``ASKED``."""
    if grid.borders[border]["doubtful"]:
        return ASKED
    x, y = longitude - grid.borders[border]["known_x"], latitude - grid.borders[border]["known_y"]
    inside = grid.borders[border]["known_inside"]
    first = grid.borders[border]["first_edge"]
    for edge in range(first, first + grid.borders[border]["edge_count"]):
        one = x * grid.edges[edge, 1] - y * grid.edges[edge, 0]
        other = x * grid.edges[edge, 3] - y * grid.edges[edge, 2]
        of_known = grid.edges[edge, 4]
        side = one - other - of_known
        if abs(side) <= grid.edges[edge, 5]:
            return ASKED
        if (one > 0.0) != (other > 0.0) and (side > 0.0) != (of_known < 0.0):
            inside = not inside
    return INSIDE if inside else OUTSIDE


@inlined
def _may_cross(grid: Grid, border: int, way: Ways, row: int) -> bool:
    """Tell whether a way may meet an edge of an outline in a cell."""
    known_x, known_y = grid.borders[border]["known_x"], grid.borders[border]["known_y"]
    from_x, from_y = way.start[row, 0] - known_x, way.start[row, 1] - known_y
    to_x, to_y = way.end[row, 0] - known_x, way.end[row, 1] - known_y
    move_x, move_y = to_x - from_x, to_y - from_y
    turn = move_x * from_y - move_y * from_x
    first = grid.borders[border]["first_edge"]
    for edge in range(first, first + grid.borders[border]["edge_count"]):
        ax, ay = grid.edges[edge, 0], grid.edges[edge, 1]
        bx, by = grid.edges[edge, 2], grid.edges[edge, 3]
        dx, dy, of_known = bx - ax, by - ay, grid.edges[edge, 4]
        one, other = dx * from_y - dy * from_x - of_known, dx * to_y - dy * to_x - of_known
        if min(one, other) > TOUCH_DEG2 or max(one, other) < -TOUCH_DEG2:
            continue
        one, other = move_x * ay - move_y * ax - turn, move_x * by - move_y * bx - turn
        if min(one, other) > TOUCH_DEG2 or max(one, other) < -TOUCH_DEG2:
            continue
        return True
    return False


@inlined
def _within_limits(limits: Limits, hours: Hours, volume: int, way: Ways, row: int) -> int:
    """Judge a row's end by height and hour against a volume whose ground it is over."""
    how = INSIDE
    if limits.bounded[volume]:
        lower_m, upper_m = limits.lower_m[volume], limits.upper_m[volume]
        above_m = way.end[row, HEIGHTS + limits.lower_column[volume]]
        below_m = way.end[row, HEIGHTS + limits.upper_column[volume]]
        if above_m < lower_m or below_m > upper_m:
            return OUTSIDE
        # Of a height that is not known every comparison is false.
        if not (above_m >= lower_m or lower_m == -np.inf) or not (
            below_m <= upper_m or upper_m == np.inf
        ):
            how = UNKNOWN
    calendar = limits.calendar[volume]
    if calendar > 0:
        stretch = hours.at_end[row]
        if stretch < 0:
            return ASKED
        if not hours.is_open[stretch, calendar]:
            return OUTSIDE
    return how


@inlined
def _may_meet(limits: Limits, hours: Hours, volume: int, way: Ways, row: int) -> bool:
    """Tell whether heights and hours leave it open that a way was in a volume.

    They do not where its heights at both ends are on the same side of the band: a drone that flies
    above a surface of the size of a city would else be looked at closely at every fix.
    """
    if limits.bounded[volume]:
        lower, upper = limits.lower_column[volume], limits.upper_column[volume]
        lower_m, upper_m = limits.lower_m[volume], limits.upper_m[volume]
        if way.start[row, HEIGHTS + lower] < lower_m and way.end[row, HEIGHTS + lower] < lower_m:
            return False
        if way.start[row, HEIGHTS + upper] > upper_m and way.end[row, HEIGHTS + upper] > upper_m:
            return False
    calendar, end = limits.calendar[volume], hours.at_end[row]
    start = hours.at_start[row]
    if calendar == 0 or start < 0 or end < 0:
        return True
    last = max(start, end)
    for stretch in range(min(start, end), last + 1):
        if hours.is_open[stretch, calendar]:
            return True
        if stretch < last and hours.number[stretch + 1] - hours.number[stretch] > 1:
            return True
    return False


@inlined
def _add_passed(lists: Lists, counts: IntArray, row: int, volume: int, how: int) -> None:
    at = counts[PASSES]
    lists.passed_row[at], lists.passed_volume[at] = row, volume
    lists.passed_above[at] = how == OUTSIDE
    counts[PASSES] = at + 1


@inlined
def _judge(
    limits: Limits,
    hours: Hours,
    way: Ways,
    lists: Lists,
    counts: IntArray,
    row: int,
    volume: int,
    side: int,
) -> None:
    """Write down a volume that a row is over, or (``ASKED``) of which somebody else tells."""
    how = _within_limits(limits, hours, volume, way, row) if side == INSIDE else ASKED
    passed = -1
    if how in (OUTSIDE, ASKED) and way.is_way[row] and _may_meet(limits, hours, volume, way, row):
        passed = counts[PASSES]
        _add_passed(lists, counts, row, volume, how)
    if how == OUTSIDE:
        return
    pair = counts[PAIRS]
    lists.pair_volume[pair], lists.pair_how[pair] = volume, how
    counts[PAIRS] = pair + 1
    if how == ASKED:
        doubt = counts[DOUBTS]
        lists.doubt_row[doubt], lists.doubt_pair[doubt] = row, pair
        lists.doubt_passed[doubt], lists.doubt_ground[doubt] = passed, side == ASKED
        counts[DOUBTS] = doubt + 1


@inlined
def _look_here(
    grid: Grid,
    limits: Limits,
    sets: Sets,
    hours: Hours,
    way: Ways,
    lists: Lists,
    counts: IntArray,
    row: int,
) -> bool:
    """Look at the volumes that fill or pass the cell of a row's end; False without room for them."""
    cell, layer = lists.cell[row], int(way.domain[row])
    filled = grid.filled_by[cell]
    lists.filled_by[row] = filled
    first, end = grid.first_border[cell], grid.first_border[cell + 1]
    limited = sets.first_limited[filled]
    first_wide = end_wide = 0
    if 0 <= layer < len(grid.first_wide) - 1:
        first_wide, end_wide = grid.first_wide[layer], grid.first_wide[layer + 1]
    more = sets.limited_count[filled] + end - first + end_wide - first_wide
    if (
        counts[PAIRS] + more > len(lists.pair_volume)
        or counts[PASSES] + more > len(lists.passed_row)
        or counts[DOUBTS] + more > len(lists.doubt_row)
    ):
        return False
    for at in range(limited, limited + sets.limited_count[filled]):
        _judge(limits, hours, way, lists, counts, row, sets.limited[at], INSIDE)
    for border in range(first, end):
        side = _side(grid, border, way.end[row, 0], way.end[row, 1])
        if side != OUTSIDE:
            _judge(limits, hours, way, lists, counts, row, grid.borders[border]["volume"], side)
        elif way.is_way[row]:
            _pass_by(grid, limits, hours, way, lists, counts, row, border)
    for at in range(first_wide, end_wide):
        _judge(limits, hours, way, lists, counts, row, grid.wide[at], ASKED)
    return True


@inlined
def _pass_by(
    grid: Grid,
    limits: Limits,
    hours: Hours,
    way: Ways,
    lists: Lists,
    counts: IntArray,
    row: int,
    border: int,
) -> None:
    """Write down a volume whose edges in a cell a way may meet."""
    if _may_cross(grid, border, way, row) and _may_meet(
        limits, hours, grid.borders[border]["volume"], way, row
    ):
        _add_passed(lists, counts, row, grid.borders[border]["volume"], ASKED)


@inlined
def _look_back(
    grid: Grid,
    limits: Limits,
    hours: Hours,
    way: Ways,
    lists: Lists,
    counts: IntArray,
    row: int,
) -> bool:
    """Look along a row's way in other cells than that of its end; False without room for it."""
    column, up = _column(way.end[row, 0]), _up(way.end[row, 1])
    west, east = _ordered(_column(way.start[row, 0]), column)
    south, north = _ordered(_up(way.start[row, 1]), up)
    if (east - west + 1) * (north - south + 1) > MOST_CELLS:
        lists.long[counts[LONG]] = row
        counts[LONG] += 1
        return True
    for other_up in range(south, north + 1):
        for other_column in range(west, east + 1):
            if other_up == up and other_column == column:
                continue
            cell = _cell(grid, other_column, other_up, int(way.domain[row]))
            first, end = grid.first_border[cell], grid.first_border[cell + 1]
            if counts[PASSES] + end - first > len(lists.passed_row):
                return False
            for border in range(first, end):
                _pass_by(grid, limits, hours, way, lists, counts, row, border)
    return True


@inlined
def _fetch(grid: Grid, way: Ways, lists: Lists, first: int, end: int) -> None:
    """Find the cells of rows, and ask for what will be read of them: of many at once, not one by one.

    Most of the time of a look goes into waiting for memory, and nothing here waits for what a row
    before has found.
    """
    for row in range(first, end):
        column, up = _column(way.end[row, 0]), _up(way.end[row, 1])
        layer, before = int(way.domain[row]), 0
        cell = _cell(grid, column, up, layer)
        fetch(grid.filled_by, cell)
        fetch(grid.first_border, cell)
        if way.is_way[row]:
            other_column, other_up = _column(way.start[row, 0]), _up(way.start[row, 1])
            if other_column != column or other_up != up:
                before = _cell(grid, other_column, other_up, layer)
                fetch(grid.first_border, before)
        lists.cell[row], lists.before[row] = cell, before
    for row in range(first, end):
        _fetch_borders(grid, lists.cell[row])
        _fetch_borders(grid, lists.before[row])
    for row in range(first, end):
        _fetch_edges(grid, lists.cell[row])
        _fetch_edges(grid, lists.before[row])


@inlined
def _fetch_borders(grid: Grid, cell: int) -> None:
    for border in range(grid.first_border[cell], grid.first_border[cell + 1]):
        fetch(grid.borders, border)


@inlined
def _fetch_edges(grid: Grid, cell: int) -> None:
    for border in range(grid.first_border[cell], grid.first_border[cell + 1]):
        first = grid.borders[border]["first_edge"]
        for edge in range(first, first + grid.borders[border]["edge_count"]):
            fetch(grid.edges, edge)


@compiled
def extent(way: Ways, begins: Numbers) -> tuple[float, float]:
    """Return the first and the last moment of ways; write 0 for each row with a way, -1 without."""
    first_s, last_s = np.inf, -np.inf
    for row in range(len(way.domain)):
        at_s = way.end[row, AT]
        first_s, last_s, begins[row] = min(first_s, at_s), max(last_s, at_s), -1
        if way.is_way[row]:
            at_s = way.start[row, AT]
            first_s, last_s, begins[row] = min(first_s, at_s), max(last_s, at_s), 0
    return first_s, last_s


@inlined
def _crossings(grid: Grid, way: Ways, row: int, volume: int, shares: FloatArray) -> int:
    """Write at which shares of a way it crosses an outline, ascending; return how many.

    -1 where rounding could decide: an edge ends within a millimetre of the way or is met so close to
    one of its ends or to another edge; or where the way is too long, or crosses more than there is room for.
    """
    start_x, start_y = way.start[row, 0], way.start[row, 1]
    dx, dy = way.end[row, 0] - start_x, way.end[row, 1] - start_y
    length, count = np.hypot(dx, dy), 0
    if length == 0.0:
        return -1
    slack, rounding = NEAR_DEG / length, ROUNDING_DEG / length
    west, east = _ordered(_column(start_x), _column(way.end[row, 0]))
    south, north = _ordered(_up(start_y), _up(way.end[row, 1]))
    if (east - west + 1) * (north - south + 1) > MOST_CELLS:
        return -1
    for up in range(south, north + 1):
        for column in range(west, east + 1):
            cell = _cell(grid, column, up, int(way.domain[row]))
            for border in range(grid.first_border[cell], grid.first_border[cell + 1]):
                if grid.borders[border]["volume"] != volume:
                    continue
                x, y = (
                    start_x - grid.borders[border]["known_x"],
                    start_y - grid.borders[border]["known_y"],
                )
                first = grid.borders[border]["first_edge"]
                for edge in range(first, first + grid.borders[border]["edge_count"]):
                    ax, ay = grid.edges[edge, 0] - x, grid.edges[edge, 1] - y
                    bx, by = grid.edges[edge, 2] - x, grid.edges[edge, 3] - y
                    one, other = dx * ay - dy * ax, dx * by - dy * bx
                    if min(abs(one), abs(other)) <= NEAR_DEG * length:
                        return -1
                    if (one > 0.0) == (other > 0.0):
                        continue
                    share = (ax * (by - ay) - ay * (bx - ax)) / (other - one)
                    if share < -slack or share > 1.0 + slack:
                        continue
                    if share < slack or share > 1.0 - slack or count == len(shares):
                        return -1
                    at = count
                    while at > 0 and shares[at - 1] > share + rounding:
                        at -= 1
                    # An edge that passes several cells is met in each of them.
                    if at > 0 and shares[at - 1] >= share - rounding:
                        continue
                    if at > 0 and shares[at - 1] >= share - slack:
                        return -1
                    if at < count and shares[at] <= share + slack:
                        return -1
                    for later in range(count, at, -1):
                        shares[later] = shares[later - 1]
                    shares[at] = share
                    count += 1
    return count


@compiled
def passing(
    grid: Grid,
    way: Ways,
    row: Numbers,
    volume: Numbers,
    shares: FloatArray,
    counts: IntArray,
    ends: NDArray[np.int8],
) -> None:
    """Write where ways cross outlines, how often, and on which side of these their ends are.

    ``row`` and ``volume`` (m,) are pairs of a way and an outline. ``shares`` (m, most) and ``counts``
    (m,) are by ``_crossings``, also -1 of an outline too large for cells. ``ends`` (m, 2) are of
    ``Presence``, or ``ASKED`` where the cell of an end does not tell.
    """
    for pair in range(len(row)):
        for which in range(2):
            places = way.end if which else way.start
            x, y, ends[pair, which] = places[row[pair], 0], places[row[pair], 1], ASKED
            cell = _cell(grid, _column(x), _up(y), int(way.domain[row[pair]]))
            for border in range(grid.first_border[cell], grid.first_border[cell + 1]):
                if grid.borders[border]["volume"] == volume[pair]:
                    ends[pair, which] = _side(grid, border, x, y)
        is_wide = False
        for at in range(len(grid.wide)):
            is_wide = is_wide or grid.wide[at] == volume[pair]
        counts[pair] = -1
        if not is_wide:
            counts[pair] = _crossings(grid, way, row[pair], volume[pair], shares[pair])


@compiled
def sides(
    grid: Grid, border: IntArray, lonlat_deg: FloatArray, place: IntArray, how: NDArray[np.int8]
) -> None:
    """Write into ``how`` on which side of outlines places in their border cells are, or ``ASKED``.

    ``border`` and ``place`` (m,) are pairs of a row of the borders and one of ``lonlat_deg``.
    """
    for pair in range(len(border)):
        at = place[pair]
        how[pair] = _side(grid, border[pair], lonlat_deg[at, 0], lonlat_deg[at, 1])


@compiled
def meeting(
    limits: Limits, hours: Hours, way: Ways, row: IntArray, volume: IntArray, meets: BoolArray
) -> None:
    """Write into ``meets`` for which pairs heights and hours leave it open that a way was there."""
    for pair in range(len(row)):
        meets[pair] = _may_meet(limits, hours, volume[pair], way, row[pair])


@compiled
def within(
    limits: Limits,
    hours: Hours,
    way: Ways,
    row: IntArray,
    volume: IntArray,
    how: NDArray[np.int8],
) -> None:
    """Write into ``how`` how the ends of rows are within heights and hours of volumes, or ``ASKED``."""
    for pair in range(len(row)):
        how[pair] = _within_limits(limits, hours, volume[pair], way, row[pair])


@compiled
def look(
    grid: Grid,
    limits: Limits,
    sets: Sets,
    hours: Hours,
    way: Ways,
    lists: Lists,
    counts: IntArray,
) -> bool:
    """Look at the rows from ``counts[ROW]`` on, and count; False where a list is too short.

    Then the lists must be made longer, keeping what is in them, and the rows that are left be
    looked at. All ends must be known places.
    """
    rows = len(way.domain)
    fetched = counts[ROW]
    for row in range(counts[ROW], rows):
        if row == fetched:
            fetched = min(row + TOGETHER, rows)
            _fetch(grid, way, lists, row, fetched)
        pairs, passes, doubts, longs = counts[PAIRS], counts[PASSES], counts[DOUBTS], counts[LONG]
        lists.first_pair[row] = pairs
        done = _look_here(grid, limits, sets, hours, way, lists, counts, row)
        if done and way.is_way[row]:
            done = _look_back(grid, limits, hours, way, lists, counts, row)
        if not done:
            counts[ROW], counts[PAIRS], counts[PASSES] = row, pairs, passes
            counts[DOUBTS], counts[LONG] = doubts, longs
            return False
    counts[ROW], lists.first_pair[rows] = rows, counts[PAIRS]
    return True
