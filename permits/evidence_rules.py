"""How much of before and after an accident or a violation is kept as evidence, by a rule set, and how long."""

from typing import NamedTuple

from permits.precondition_facts import number_in
from permits.sheet import Sheet


class Around(NamedTuple):
    """What a rule set asks of a clip."""

    before_s: float
    after_s: float
    kept_years: int


def evidence_rules(sheet: Sheet) -> Around | None:
    """Return what a rule set asks; ``None`` where it does not say all of it."""
    before_s = number_in(sheet, "evidence.before_s")
    after_s = number_in(sheet, "evidence.after_s")
    kept_years = number_in(sheet, "evidence.kept_years")
    if before_s is None or after_s is None or kept_years is None:
        return None
    return Around(before_s, after_s, round(kept_years))
