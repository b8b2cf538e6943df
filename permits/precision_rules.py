"""How exactly positions that are kept may be read, by a rule set: they tell where people were."""

from typing import NamedTuple

from permits.precondition_facts import number_in
from permits.sheet import Sheet


class Coarse(NamedTuple):
    """What those read who are not told exactly."""

    department_decimals: int
    """Of a degree, in what departments read: of five the last is a metre."""
    public_grid_m: float
    """The least side of a cell, of whose middle alone the public is told."""


PROPOSED = Coarse(5, 100.0)
"""Where a rule set says nothing."""


def precision_rules(sheet: Sheet) -> Coarse:
    """Return what a rule set asks."""
    decimals = number_in(sheet, "precision.department_decimals")
    grid_m = number_in(sheet, "precision.public_grid_m")
    return Coarse(
        PROPOSED.department_decimals if decimals is None else round(decimals),
        PROPOSED.public_grid_m if grid_m is None else grid_m,
    )
