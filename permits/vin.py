"""VINs as the police type them for a plate: their form, and a doubt where the check digit is wrong.

Of a vehicle in the register the check digit was right when it was registered. A plate may be for one that
is not there, of a maker who need not use it: then the ninth place may hold anything.
"""

import re
from collections.abc import Collection

from permits.identities import vin_check

_CHECK_AT = 8


def as_vin(typed: str) -> str:
    """Return a number as it is kept: capitals, without blanks and hyphens."""
    return re.sub(r"[\s-]", "", typed).upper()


def has_form(vin: str) -> bool:
    """Tell whether a text has 17 capitals and figures, without I, O and Q."""
    return vin_check(vin) is not None


def is_doubtful(vin: str, regions: Collection[str]) -> bool:
    """Tell whether the ninth place is wrong of a maker that uses it.

    ``regions`` are the first characters of those who must.
    """
    return vin[0] in regions and vin[_CHECK_AT] != vin_check(vin)
