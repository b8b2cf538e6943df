"""How a unit stands to the zones that it is to know. Pure."""

from enum import StrEnum

from zone_service.store.records import Device, Fence


class FenceState(StrEnum):
    """Whether a unit has the fence of now. Only ``HELD`` is good."""

    HELD = "held"
    """It has said that it holds the version of now."""
    OLD = "old"
    """It has said that it holds another one."""
    REFUSED = "refused"
    """It has said that it cannot take the version of now."""
    UNWATCHED = "unwatched"
    """It holds the last version that was made; whether that is the one of now nobody has looked lately."""
    UNKNOWN = "unknown"
    """It has never said what it holds."""
    NONE = "none"
    """There was no permit yet under which it would have to know any."""
    NOT_CARRIED = "not_carried"
    """Its format has no way to tell it."""


def state_of(
    device: Device, fence: Fence | None, carried: frozenset[str], *, is_watched: bool
) -> FenceState:
    """Return how a device stands to its fence; ``carried`` are the formats that have a way to tell it."""
    if device.codec not in carried:
        return FenceState.NOT_CARRIED
    if fence is None:
        return FenceState.NONE
    if fence.held_version == fence.version:
        return FenceState.HELD if is_watched else FenceState.UNWATCHED
    if fence.refused_version == fence.version:
        return FenceState.REFUSED
    return FenceState.UNKNOWN if fence.held_version is None else FenceState.OLD
