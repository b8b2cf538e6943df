"""Which of several versions of the rule sets of a jurisdiction is in force at a moment."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from permits.issuing import legal_day
from permits.parameters import Purpose
from permits.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a rule set: never changed, only followed by another."""

    sheet: Sheet
    published_at: datetime | None
    """``None`` for one that ships with the platform."""


class NoneInForce(LookupError):
    """There is no version for a jurisdiction at a moment."""

    def __init__(self, jurisdiction: str, at: datetime) -> None:
        self.jurisdiction = jurisdiction
        self.at = at
        super().__init__(f"no rule set of {jurisdiction!r} is in force on {legal_day(at)}")


def resolve(versions: Iterable[Version], jurisdiction: str, at: datetime) -> Sheet:
    """Return the rule set of a jurisdiction that is in force, each value with its origin.

    What is for demonstrations is never among them. A rule set whose last day is over is still
    returned: nothing may be issued under it, and what goes on under it is still judged by it.

    Raises:
        NoneInForce: the jurisdiction has none, or none yet.
    """
    own = [
        each
        for each in versions
        if each.sheet.jurisdiction == jurisdiction
        and each.sheet.purpose is not Purpose.DEMONSTRATION
    ]
    found = newest(own, at)
    if found is None:
        raise NoneInForce(jurisdiction, at)
    return found.sheet


def newest(versions: Iterable[Version], at: datetime) -> Version | None:
    """Return the one of several versions that is in force; ``None`` if none is yet.

    What an administrator published comes before what ships: an update of the platform must not undo
    a decision in silence.
    """
    begun = [each for each in versions if _has_begun(each, at)]
    return max(begun, key=_order, default=None)


def _has_begun(version: Version, at: datetime) -> bool:
    if version.published_at is not None and at < version.published_at:
        return False
    begins = version.sheet.valid_from
    return begins is None or begins <= legal_day(at)


def _order(version: Version) -> tuple[bool, float, str]:
    published = version.published_at
    if published is not None:
        return (True, published.timestamp(), version.sheet.version)
    begins = version.sheet.valid_from
    return (False, 0.0 if begins is None else begins.toordinal(), version.sheet.version)
