"""Numbers by which vehicles, aircraft, vessels and people are known, and their check digits."""

import re

_VIN = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
_UPIC = re.compile(r"[0-9A-HJ-NP-Z]{20}")
_MMSI = re.compile(r"[2-7][0-9]{8}")
_RESIDENT = re.compile(r"[1-9][0-9]{16}[0-9X]")

_VIN_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))  # fmt: skip
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_VIN_CHECK = 8
"""Place of the check digit, counted from 0."""
_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_RESIDENT_CHECKS = "10X98765432"


def vin_check(vin: str) -> str | None:
    """Return the check digit that a VIN of 17 characters must have (GB 16735); ``None`` for no VIN."""
    if not _VIN.fullmatch(vin):
        return None
    values = (int(each) if each.isdigit() else _VIN_VALUES[each] for each in vin)
    rest = sum(value * weight for value, weight in zip(values, _VIN_WEIGHTS, strict=True)) % 11
    return "X" if rest == 10 else str(rest)


def is_vin(vin: str) -> bool:
    """Tell whether a text is a VIN whose check digit is right."""
    return vin_check(vin) == vin[_VIN_CHECK : _VIN_CHECK + 1] != ""


def is_upic(upic: str) -> bool:
    """Tell whether a text is a unique product code (GB 46860): 20 characters without O and I."""
    return _UPIC.fullmatch(upic) is not None


def is_mmsi(mmsi: str) -> bool:
    """Tell whether a text is the MMSI of a ship: nine digits that begin with a country's."""
    return _MMSI.fullmatch(mmsi) is not None


def is_resident_id(number: str) -> bool:
    """Tell whether a text is the number of a resident identity card (GB 11643), with its check."""
    if not _RESIDENT.fullmatch(number):
        return False
    total = sum(
        int(each) * weight for each, weight in zip(number[:17], _RESIDENT_WEIGHTS, strict=True)
    )
    return _RESIDENT_CHECKS[total % 11] == number[17]


def masked(number: str) -> str:
    """Return a person's number for those who do not decide by it: who knows it knows it again."""
    shown = 3 if len(number) > 10 else 1
    return number[:shown] + "*" * (len(number) - 2 * shown) + number[-shown:]
