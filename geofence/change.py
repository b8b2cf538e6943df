"""How the zones that hold a device change from one verdict to the next."""

from typing import NamedTuple

Slots = tuple[int, ...]
"""Slots of zones, ascending."""


class Change(NamedTuple):
    """What one row does to the slots that a device is held in."""

    held: Slots
    entered: Slots
    left: Slots


def change(before: Slots, inside: Slots, unknown: Slots) -> Change:
    """Compare the slots held before with a row's verdict.

    A zone that held the device and is unknown now goes on holding it: losing the height is
    neither an exit nor, when the height is back, another entry.
    """
    held = held_after(before, inside, unknown)
    return Change(
        held,
        tuple(slot for slot in inside if slot not in before),
        tuple(slot for slot in before if slot not in held),
    )


def held_after(before: Slots, inside: Slots, unknown: Slots) -> Slots:
    """Return the slots that hold a device after a verdict, ascending; ``before`` itself if the same."""
    if inside == before:
        return before
    kept = [slot for slot in before if slot in unknown] if unknown else ()
    return tuple(sorted({*inside, *kept})) if kept else inside
