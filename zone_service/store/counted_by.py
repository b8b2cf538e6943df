"""What the time of permits is counted by, of a rule set: read off its sheet once, and not with every step."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from permits.remedies import RemedyRules, remedy_rules
from permits.sheet import Sheet
from permits.subject_reports import ReportRules, report_rules
from permits.time_limits import TimeLimits, time_limits

_MOST_SHEETS: Final = 64
"""More than are in force anywhere: an old one is read again when somebody asks."""


class CountedBy(NamedTuple):
    """What a rule set says about time."""

    limits: TimeLimits
    reporting: ReportRules | None
    remedies: RemedyRules


_KNOWN: Final[dict[int, tuple[Sheet, CountedBy]]] = {}
"""By which sheet it is, and not by what it says: of one label a test, or a draft, may say something else.

Each keeps its sheet, so that no other has its number.
"""


def counted_by(sheet: Sheet) -> CountedBy:
    """Return what a rule set says about time.

    Raises:
        RuleSetError: every value that is needed for it and missing.
    """
    known: Mapping[int, tuple[Sheet, CountedBy]] = _KNOWN
    if (found := known.get(id(sheet))) is not None:
        return found[1]
    read = CountedBy(time_limits(sheet), report_rules(sheet), remedy_rules(sheet))
    if len(_KNOWN) >= _MOST_SHEETS:
        _KNOWN.clear()
    _KNOWN[id(sheet)] = sheet, read
    return read
