"""A batch of positions to judge, as arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DOMAIN_CODES = {"road": 0, "air": 1, "water": 2}
"""The code of each domain in ``Fixes.domain``."""


@dataclass(frozen=True, slots=True)
class Fixes:
    """Positions of devices in the order in which they are to be judged; each array is (n,).

    A device may come several times: its fixes are chained in order.
    """

    device: NDArray[np.int32]
    """Dense device numbers, from 0."""
    longitude_deg: NDArray[np.float64]
    latitude_deg: NDArray[np.float64]
    at_s: NDArray[np.float64]
    """Device time, seconds since 1970."""
    agl_m: NDArray[np.float64]
    """Height above the ground; NaN is unknown."""
    amsl_m: NDArray[np.float64]
    """Height above mean sea level; NaN is unknown."""
    hae_m: NDArray[np.float64]
    """Height above the ellipsoid; NaN is unknown."""
    domain: NDArray[np.int8]
    """0 road, 1 air, 2 water."""
    crossing: NDArray[np.bool_]
    """Whether the way from the device's last fix may be judged: no gap, no jump."""
    accuracy_m: NDArray[np.float64] | None = None
    """The radius that holds 95 % of the error over ground, NaN unknown; ``None``: of none known.
    It decides nothing, and says how sure a change was."""

    def __post_init__(self) -> None:
        arrays = (getattr(self, name) for name in self.__slots__)
        lengths = {len(array) for array in arrays if array is not None}
        if len(lengths) > 1:
            msg = f"the arrays of a batch have different lengths: {sorted(lengths)}"
            raise ValueError(msg)

    def __len__(self) -> int:
        return len(self.device)
