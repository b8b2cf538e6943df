"""What the formats of remote identification have in common.

GB 46750 and ASTM F3411 grade accuracy alike and ride in the same element of a Wi-Fi beacon.
"""

from typing import Final

HORIZONTAL_ACCURACY_M: Final = (
    None, 18_520.0, 7_408.0, 3_704.0, 1_852.0, 926.0, 555.6, 185.2, 92.6, 30.0, 10.0, 3.0, 1.0,
)  # fmt: skip
"""By class: what 95 % of the errors are below. Class 0 is unknown."""

VERTICAL_ACCURACY_M: Final = (None, 150.0, 45.0, 25.0, 10.0, 3.0, 1.0)

IDENTIFICATION_FAILED: Final = "remote_id_failed"
"""The unit itself says that its identification does not work."""

ID_ABSENT: Final = "id_absent"
"""Nothing in the payload says whose it is; the topic alone does."""

_ELEMENT: Final = b"\xfa\x0b\xbc\x0d"
"""The organisation and the type under which both formats are broadcast."""

_VENDOR: Final = 0xDD
_BEACON: Final = b"\x80\x00"
_BEACON_BYTES: Final = 4_096
"""More than a frame of Wi-Fi holds: whoever sends more is not passing one on."""
_ELEMENTS_AT: Final = 36
"""Behind the header of a beacon of 24 bytes and its 12 of time stamp, interval and abilities."""


def accuracy_m(classes: tuple[float | None, ...], grade: int) -> float | None:
    """Return the metres of a class, or None for a class that is unknown or reserved."""
    return classes[grade] if grade < len(classes) else None


def text(raw: bytes) -> str:
    """Return an identifier without the zeros or blanks that fill it up."""
    return raw.strip(b"\x00 ").decode("ascii", "replace")


def unwrap(payload: bytes) -> bytes:
    """Return what a receiver heard without the Wi-Fi around it; bare messages come back as given.

    Takes a whole beacon, its vendor element, or the element's content from the organisation on.
    Comes back empty where a beacon has no such element.
    """
    if payload.startswith(_BEACON):
        return _in_elements(payload[:_BEACON_BYTES], _ELEMENTS_AT)
    if payload[:1] == b"\xdd" and payload[2:6] == _ELEMENT:
        return _in_elements(payload[:_BEACON_BYTES], 0)
    return _content(payload) if payload.startswith(_ELEMENT) else payload


def _in_elements(payload: bytes, at: int) -> bytes:
    """Look through elements of a number, a length, and as many bytes."""
    while at + 2 <= len(payload):
        end = at + 2 + payload[at + 1]
        element = payload[at + 2 : end]
        if payload[at] == _VENDOR and element.startswith(_ELEMENT):
            return _content(element) if end <= len(payload) else b""
        at = end
    return b""


def _content(element: bytes) -> bytes:
    """Skip the organisation, the type, and the counter of messages."""
    return element[len(_ELEMENT) + 1 :]


def vendor_element(message: bytes, *, counter: int = 0) -> bytes:
    """Return the element of a beacon around a message; raises ValueError where it is too long."""
    content = _ELEMENT + bytes((counter & 0xFF,)) + message
    if len(content) > 0xFF:
        msg = f"found a message of {len(message)} bytes, expected at most {0xFF - 5}"
        raise ValueError(msg)
    return bytes((_VENDOR, len(content))) + content
