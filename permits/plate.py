"""Temporary plates (临时行驶车号牌): one to a vehicle, for as long as it is valid."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

MOST_CHARACTERS = 16
_BLANKS = re.compile(r"[\s·.-]")


@dataclass(frozen=True, slots=True)
class Plate:
    """A plate as it binds a device of a permit."""

    device_id: str
    number: str
    vin: str
    valid_from: datetime
    valid_to: datetime
    """The first moment that is not valid."""

    def __post_init__(self) -> None:
        for name in ("valid_from", "valid_to"):
            if getattr(self, name).utcoffset() is None:
                msg = f"plate {self.number}: {name} has no time zone: expected an aware time"
                raise ValueError(msg)


def as_plate(typed: str) -> str:
    """Return a plate's number as it is kept and compared: capitals, without blanks and dots."""
    return _BLANKS.sub("", typed).upper()


def is_plate(number: str) -> bool:
    """Tell whether a text can be the number of a plate: letters, figures and characters, not many."""
    return number.isalnum() and len(number) <= MOST_CHARACTERS


def plate_to_json(plate: Plate) -> dict[str, object]:
    """Return a plate as plain JSON values."""
    return {
        "device_id": plate.device_id,
        "number": plate.number,
        "vin": plate.vin,
        "valid_from": plate.valid_from.isoformat(),
        "valid_to": plate.valid_to.isoformat(),
    }


def plate_from_json(found: object) -> Plate:
    """Return the plate that ``plate_to_json`` wrote.

    Raises:
        ValueError: a member is absent, unknown or of another type.
    """
    match found:
        case {
            "device_id": str(device_id),
            "number": str(number),
            "vin": str(vin),
            "valid_from": str(begins),
            "valid_to": str(ends),
            **more,
        } if not more:
            times = datetime.fromisoformat(begins), datetime.fromisoformat(ends)
            return Plate(device_id, number, vin, *times)
        case _:
            shown = sorted(found) if isinstance(found, Mapping) else found
            msg = f"terms: plates has {shown!r}: expected device_id, number, vin and its validity"
            raise ValueError(msg)
