"""Hours of a week as a set: so that two sets can be met, and what remains be written as hours again.

A set is a row of spans in whole microseconds since Monday 00:00 in Shanghai: sorted, apart from each
other, none without length. The same hours have the same spans, however they were written.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta

from permits.terms import EPOCH_WEEKDAY, SHANGHAI_UTC_OFFSET_S, DailyHours
from permits.value_words import ValueRefused

Week = tuple[tuple[int, int], ...]

_SECOND = 1_000_000
_DAY = 86_400 * _SECOND
_WEEK = 7 * _DAY
_HALF_A_DAY = _DAY // 2
_WEEK_S = _WEEK / _SECOND
_ALL_DAY = "00:00-24:00"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ALWAYS: Week = ((0, _WEEK),)
NEVER: Week = ()


def week_of(hours: Iterable[DailyHours]) -> Week:
    """Return the moments of a week that lie in some of the windows; without any, all of them."""
    windows = tuple(hours)
    return _joined(span for window in windows for span in _spans(window)) if windows else ALWAYS


def week_said(windows: Iterable[str]) -> Week:
    """Return the moments that windows of a rule set name, such as ``07:30-09:00``; none without any.

    ``00:00-24:00`` is all of the week.
    """
    said = tuple(windows)
    if not said:
        return NEVER
    return ALWAYS if _ALL_DAY in said else week_of(map(_window, said))


def holds(week: Week, at_s: float) -> bool:
    """Tell whether a moment (Unix seconds) lies in a set; the end of a span does not."""
    since_monday_s = (at_s + SHANGHAI_UTC_OFFSET_S + EPOCH_WEEKDAY * _DAY / _SECOND) % _WEEK_S
    moment = since_monday_s * _SECOND
    return any(start <= moment < end for start, end in week)


def both(one: Week, other: Week) -> Week:
    """Return what lies in both; where they only touch, that is nothing."""
    return _joined((max(a[0], b[0]), min(a[1], b[1])) for a in one for b in other)


def week_between(begins: datetime, ends: datetime) -> Week:
    """Return the moments of a week that lie between two, the last one not among them; of a whole week all of them."""
    if ends - begins >= timedelta(microseconds=_WEEK):
        return ALWAYS
    start = _since_monday(begins)
    end = start + (ends - begins) // timedelta(microseconds=1)
    return _joined(((start, min(end, _WEEK)), (0, end - _WEEK)))


def stretches(week: Week, begins: datetime, ends: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield from when to when the moments of a week lie between two, in order."""
    monday = begins - timedelta(microseconds=_since_monday(begins))
    while monday < ends:
        for start, end in week:
            since = max(begins, monday + timedelta(microseconds=start))
            until = min(ends, monday + timedelta(microseconds=end))
            if since < until:
                yield since, until
        monday += timedelta(microseconds=_WEEK)


def daily(week: Week) -> tuple[DailyHours, ...]:
    """Return windows that hold exactly what lies in a set; none for all of the week.

    Raises:
        ValueError: nothing lies in it, and no windows would mean all of the week.
    """
    if not week:
        raise ValueRefused(why="no hours")
    days: dict[tuple[int, int], set[int]] = {}
    for start, end in () if week == ALWAYS else _pieces(week):
        days.setdefault((start % _DAY, end % _DAY), set()).add(start // _DAY % 7)
    return tuple(
        DailyHours(_clock(start), _clock(end), frozenset(on))
        for (start, end), on in sorted(days.items())
    )


def _spans(window: DailyHours) -> Iterator[tuple[int, int]]:
    for day in window.days:
        start, end = (
            day * _DAY + _since_midnight(window.start),
            day * _DAY + _since_midnight(window.end),
        )
        end += _DAY if end <= start else 0
        yield start, min(end, _WEEK)
        if end > _WEEK:
            yield 0, end - _WEEK


def _joined(spans: Iterable[tuple[int, int]]) -> Week:
    found: list[tuple[int, int]] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)


def _pieces(week: Week) -> Iterator[tuple[int, int]]:
    """One window is shorter than a day: what is longer is cut into halves of days."""
    for start, end in _over_sunday(week):
        step = _HALF_A_DAY if end - start >= _DAY else _DAY
        for at in range(start, end, step):
            yield at, min(at + step, end)


def _over_sunday(week: Week) -> Week:
    """What ends with the week and what begins it are one window over midnight."""
    if len(week) > 1 and week[0][0] == 0 and week[-1][1] == _WEEK:
        return (*week[1:-1], (week[-1][0], _WEEK + week[0][1]))
    return week


def _window(said: str) -> DailyHours:
    start, _, end = said.replace("24:00", "00:00").partition("-")
    return DailyHours(time.fromisoformat(start), time.fromisoformat(end))


def _since_midnight(at: time) -> int:
    return ((at.hour * 60 + at.minute) * 60 + at.second) * _SECOND + at.microsecond


def _since_monday(at: datetime) -> int:
    """Microseconds since Monday 00:00 in Shanghai, which has one offset all the year."""
    local = (at - _EPOCH) // timedelta(microseconds=1) + SHANGHAI_UTC_OFFSET_S * _SECOND
    return int(local + EPOCH_WEEKDAY * _DAY) % _WEEK


def _clock(microseconds: int) -> time:
    seconds, rest = divmod(microseconds, _SECOND)
    return time(seconds // 3600, seconds // 60 % 60, seconds % 60, rest)
