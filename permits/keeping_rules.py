"""How long what devices sent is kept at the least, by a rule set."""

from collections.abc import Iterable
from typing import NamedTuple

from permits.precondition_facts import number_in
from permits.sheet import Sheet


class KeptFor(NamedTuple):
    """At the least, in months."""

    positions_months: int
    """What devices told, decoded."""
    frames_months: int
    """Their messages as they came."""


def keeping_rules(sheet: Sheet) -> KeptFor | None:
    """Return what a rule set asks; ``None`` where it does not say all of it: then all is kept."""
    positions = number_in(sheet, "evidence.positions_kept_months")
    frames = number_in(sheet, "evidence.frames_kept_months")
    if positions is None or frames is None:
        return None
    return KeptFor(round(positions), round(frames))


def longest(asked: Iterable[KeptFor | None]) -> KeptFor | None:
    """Return what satisfies several rule sets; ``None`` where one of them does not say.

    What devices of several jurisdictions told lies in the same files.
    """
    every = tuple(asked)
    found = [each for each in every if each is not None]
    if not found or len(found) < len(every):
        return None
    return KeptFor(
        max(each.positions_months for each in found), max(each.frames_months for each in found)
    )
