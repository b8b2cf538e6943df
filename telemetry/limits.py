"""What is plausible for a device."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What is plausible for a device."""

    max_speed_mps: float = 100.0
    max_acceleration_mps2: float = math.inf
    """Of its class. Without one, what a device says of its own motion is held against nothing."""
    max_skew_s: float = 5.0
    """Between a device's clock and ours, transport included."""
    default_accuracy_m: float = 15.0
    """Where a report does not say."""
    max_gap_s: float = 60.0
    """Between two fixes: the straight line between them says nothing after longer."""
    replay_distance: int = 1_024
    """Repetition this far behind the stored sequence is no redelivery, but a replay."""
    reorder_window_s: float = 0.0
    """For which a report that has overtaken another waits for it; 0 is never."""
    give_up_after_s: float = 600.0
    """Without progress in filling a hole: a device that could fill it would have."""
